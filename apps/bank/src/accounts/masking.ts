/** Masks accounts for the bank's pages and for its record of a passkey. The kit does the masking. */
import { type AccountReferences, maskEmail, maskMobile, maskPan } from '@payment-passkeys/issuer/server';

/** Cards, e-mail addresses, mobile numbers, in that order: `•••• 4444`, `a•••@l•••.example`, `••• 00`. */
export function maskAccounts({ cards, emailAddresses = [], mobileNumbers = [] }: AccountReferences): readonly string[] {
  return [
    ...cards.map(({ primaryAccountNumber }) => maskPan(primaryAccountNumber)),
    ...emailAddresses.map(maskEmail),
    ...mobileNumbers.map(maskMobile),
  ];
}
