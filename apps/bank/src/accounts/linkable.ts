/** The accounts that a payment passkey can be linked to. The browser identifies them by the bank's own handles, never by a number. */
import { type AccountReferences, maskEmail, maskMobile } from '@payment-passkeys/issuer/server';
import type { CardSummary } from './customers.ts';

/** An account in the form of the registration element. */
export type LinkableAccount =
  | { readonly kind: 'CARD'; readonly id: string; readonly lastFour: string; readonly product: string }
  | { readonly kind: 'EMAIL' | 'MOBILE'; readonly id: string; readonly masked: string };

/** Cards, e-mail addresses, mobile numbers, in that order. `cards` are those of `references`, in the same order. */
export function describeAccounts(
  { emailAddresses = [], mobileNumbers = [] }: AccountReferences,
  cards: readonly CardSummary[],
): readonly LinkableAccount[] {
  return [
    ...cards.map(({ lastFour, product }, at) => ({ kind: 'CARD' as const, id: handle('card', at), lastFour, product })),
    ...emailAddresses.map((address, at) => ({
      kind: 'EMAIL' as const,
      id: handle('email', at),
      masked: maskEmail(address),
    })),
    ...mobileNumbers.map((mobile, at) => ({
      kind: 'MOBILE' as const,
      id: handle('mobile', at),
      masked: maskMobile(mobile),
    })),
  ];
}

/** The accounts with these handles. Undefined if a handle is not this customer's, or none of them is a card: then nothing may be sent. */
export function chooseAccounts(references: AccountReferences, ids: readonly string[]): AccountReferences | undefined {
  const { emailAddresses = [], mobileNumbers = [] } = references;
  const named = new Set(ids);
  const pick = <Each>(kind: string, all: readonly Each[]) => all.filter((_each, at) => named.delete(handle(kind, at)));
  const cards = pick('card', references.cards);
  const emails = pick('email', emailAddresses);
  const mobiles = pick('mobile', mobileNumbers);
  if (cards.length === 0 || named.size > 0) return undefined;
  return { cards, emailAddresses: emails, mobileNumbers: mobiles };
}

function handle(kind: string, at: number): string {
  return `${kind}-${at + 1}`;
}
