/** How the bank shows an account to its own cardholder, and keeps it beside a passkey: never whole. */
import type { AccountReferences } from '@payment-passkeys/issuer/server';

/** Cards, e-mail addresses, mobile numbers, in that order: `•••• 4444`, `a•••@larkmoor.example`, `+1 ••• 00`. */
export function maskAccounts({ cards, emailAddresses = [], mobileNumbers = [] }: AccountReferences): readonly string[] {
  return [
    ...cards.map(({ primaryAccountNumber }) => maskCard(primaryAccountNumber.slice(-4))),
    ...emailAddresses.map(maskEmail),
    ...mobileNumbers.map(maskMobile),
  ];
}

export function maskCard(lastFour: string): string {
  return `•••• ${lastFour}`;
}

export function maskEmail(address: string): string {
  return `${address.slice(0, 1)}•••${address.slice(address.lastIndexOf('@'))}`;
}

export function maskMobile(mobile: { readonly countryCode: string; readonly phoneNumber: string }): string {
  return `+${mobile.countryCode} ••• ${mobile.phoneNumber.slice(-2)}`;
}
