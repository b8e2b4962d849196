/** An amount of money as the cardholder's locale writes it. */
import type { Display } from './ceremonies.ts';

type Payment = Pick<NonNullable<Display['payment']>, 'amount' | 'currency'>;

/**
 * `12.34` `USD` as `$12.34`, `12,34 $`, … with the digits that the amount itself has: browsers think of some currencies' digits otherwise.
 * A locale that the browser does not know, or a browser that cannot, gives `12.34 USD`.
 */
export function formatAmount({ amount, currency }: Payment, locale: string): string {
  const digits = amount.split('.')[1]?.length ?? 0;
  try {
    const format = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    // The text itself, not a rounded number of it (ECMA-402 since 2023; before, a number of at most fifteen digits is exact as well).
    return isolateCurrency(format.format(amount as `${number}`));
  } catch {
    return `${amount} ${currency}`;
  }
}

/** Right to left, the sign of `US$` would be drawn before its letters: `$US`. CLDR begins such an amount with a right-to-left mark. */
function isolateCurrency(text: string): string {
  return text.startsWith('\u200f') ? text.replace(/[A-Z]+\p{Sc}/u, '\u2066$&\u2069') : text;
}
