/** An amount of money in the form of the cardholder's locale. */
import type { Display } from './ceremonies.ts';

type Payment = Pick<NonNullable<Display['payment']>, 'amount' | 'currency'>;

/**
 * `12.34` `USD` as `$12.34` or `12,34 $`. Keeps the number of digits of `amount`: Unicode CLDR, which browsers use, has other digits than
 * ISO 4217 for some currencies. Never throws: if the browser does not know the locale, the result is `12.34 USD`.
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
    // A string is formatted exactly (ECMA-402 since 2023). Older browsers make a number of it, which is exact up to fifteen digits.
    return isolateCurrency(format.format(amount as `${number}`));
  } catch {
    return `${amount} ${currency}`;
  }
}

/**
 * Keeps the letters and the sign of `US$` together in right-to-left text, which would show it as `$US`. CLDR starts such an amount with
 * U+200F.
 */
function isolateCurrency(text: string): string {
  return text.startsWith('\u200f') ? text.replace(/[A-Z]+\p{Sc}/u, '\u2066$&\u2069') : text;
}
