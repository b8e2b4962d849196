/** Accounts as the bank shows them to their cardholder and keeps them with a passkey: masked by the kit. */
import { type AccountReferences, maskEmail, maskMobile, maskPan } from '@payment-passkeys/issuer/server';

/** Cards, e-mail addresses, mobile numbers, in that order: `•••• 4444`, `a•••@l•••.example`, `••• 00`. */
export function maskAccounts({ cards, emailAddresses = [], mobileNumbers = [] }: AccountReferences): readonly string[] {
  return [
    ...cards.map(({ primaryAccountNumber }) => maskPan(primaryAccountNumber)),
    ...emailAddresses.map(maskEmail),
    ...mobileNumbers.map(maskMobile),
  ];
}
