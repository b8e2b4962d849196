/** How the bank shows accounts to their own cardholder, and keeps them beside a passkey: by the kit's masks, never whole. */
import { type AccountReferences, maskEmail, maskMobile, maskPan } from '@payment-passkeys/issuer/server';

/** Cards, e-mail addresses, mobile numbers, in that order: `•••• 4444`, `a•••@l•••.example`, `••• 00`. */
export function maskAccounts({ cards, emailAddresses = [], mobileNumbers = [] }: AccountReferences): readonly string[] {
  return [
    ...cards.map(({ primaryAccountNumber }) => maskPan(primaryAccountNumber)),
    ...emailAddresses.map(maskEmail),
    ...mobileNumbers.map(maskMobile),
  ];
}
