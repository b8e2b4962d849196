/** The normal form of an account, which is the same for all its spellings, and the forms of earlier releases. */
import { domainToASCII, domainToUnicode } from 'node:url';
import { type AccountReferences, type Card, canonicalPan, type MobileNumber } from '@payment-passkeys/protocol';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { mayHaveTrunkPrefix } from './trunk-prefix.ts';

export type AccountKind = 'CARD' | 'EMAIL' | 'MOBILE';

/** An account reference in its normal form: two spellings of one account give equal values. */
export interface CanonicalAccount {
  readonly kind: AccountKind;
  readonly value: string;
}

/** The value of an account in normal form 1, where it differs. */
export interface EarlierForm {
  readonly account: CanonicalAccount;
  readonly value: string;
}

/** The account references of a call, or some of them. Of a card, only the number counts. */
export interface References {
  readonly cards?: readonly Pick<Card, 'primaryAccountNumber'>[] | undefined;
  readonly emailAddresses?: AccountReferences['emailAddresses'] | undefined;
  readonly mobileNumbers?: AccountReferences['mobileNumbers'] | undefined;
}

/**
 * The version of the rules of {@link canonicalAccounts}. Form 1: an e-mail address trimmed, in NFC, in lower case; a mobile number's digits
 * as sent. Form 2 adds UTS 46 for the domain and E.164 for the number (decision 73). Any change of the rules needs a form 3.
 */
export const NORMAL_FORM = 2;

/** The normal form of each account. Accounts that are equal in it are returned once. */
export function canonicalAccounts({
  cards = [],
  emailAddresses = [],
  mobileNumbers = [],
}: References): readonly CanonicalAccount[] {
  const all: CanonicalAccount[] = [
    ...cards.map((card) => ({ kind: 'CARD' as const, value: canonicalPan(card.primaryAccountNumber) })),
    ...emailAddresses.map((email) => ({ kind: 'EMAIL' as const, value: canonicalEmail(email) })),
    ...mobileNumbers.map((mobile) => ({ kind: 'MOBILE' as const, value: canonicalMobile(mobile) })),
  ];
  return [...new Map(all.map((account) => [`${account.kind}\0${account.value}`, account])).values()];
}

/**
 * The form 1 values of these accounts: of the presented spelling, of the domain in ASCII and in Unicode, of the number with and without its
 * trunk prefix.
 */
export function earlierForms({ emailAddresses = [], mobileNumbers = [] }: References): readonly EarlierForm[] {
  const ofEmails = emailAddresses.flatMap((email) => {
    const value = canonicalEmail(email);
    const values = [normalText(email), inUnicode(value)].filter((text) => canonicalEmail(text) === value);
    return toForms({ kind: 'EMAIL', value }, values);
  });
  const ofMobiles = mobileNumbers.flatMap((mobile) => {
    const value = canonicalMobile(mobile);
    const values = [digitsOf(mobile), withTrunkPrefix(value)].filter((digits) => normalDigits(digits) === value);
    return toForms({ kind: 'MOBILE', value }, values);
  });
  return [...ofEmails, ...ofMobiles];
}

function toForms(account: CanonicalAccount, values: readonly string[]): readonly EarlierForm[] {
  return [...new Set(values)].filter((value) => value !== account.value).map((value) => ({ account, value }));
}

/** An e-mail address trimmed, in Unicode NFC, in lower case; its domain in ASCII (UTS 46, as in a browser's address bar). */
export function canonicalEmail(email: string): string {
  const text = normalText(email);
  const { local, domain } = splitEmail(text);
  // ASCII is normal already. A domain that is no host name is left as it is: the parser would decode %2e, and read 1.1 as an IPv4 address.
  if (/^[!-~]*$/.test(domain) || /[^a-z0-9.\u0080-\u{10ffff}-]/u.test(domain)) return text;
  const ascii = domainToASCII(domain);
  return /^[a-z0-9.-]+$/.test(ascii) && !/^[\d.]+$/.test(ascii) ? `${local}@${ascii}` : text;
}

function inUnicode(email: string): string {
  const { local, domain } = splitEmail(email);
  return domain.includes('xn--') ? normalText(`${local}@${domainToUnicode(domain)}`) : email;
}

function normalText(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

function splitEmail(email: string): { readonly local: string; readonly domain: string } {
  const at = email.lastIndexOf('@');
  return at < 0 ? { local: email, domain: '' } : { local: email.slice(0, at), domain: email.slice(at + 1) };
}

/**
 * A mobile number as E.164 digits, without the plus. A trunk prefix is removed; a leading zero that belongs to the number stays (as in
 * Italy). A number that is not possible in its country keeps its digits.
 */
export function canonicalMobile(mobile: MobileNumber): string {
  return normalDigits(digitsOf(mobile));
}

function normalDigits(digits: string): string {
  if (!mayHaveTrunkPrefix(digits)) return digits;
  const read = readNumber(digits);
  // A result that would be read differently a second time, such as a number after two zeros, is no normal form.
  return read === digits || readNumber(read) === read ? read : digits;
}

function readNumber(digits: string): string {
  const number = parsePhoneNumberFromString(`+${digits}`);
  return number?.isPossible() ? number.number.slice(1) : digits;
}

/** The number as it is dialled within its country, after the country code. */
function withTrunkPrefix(digits: string): string {
  const number = parsePhoneNumberFromString(`+${digits}`);
  return number === undefined ? digits : number.countryCallingCode + number.formatNational().replace(/\D/g, '');
}

function digitsOf({ countryCode, phoneNumber }: MobileNumber): string {
  return countryCode.replace(/\D/g, '') + phoneNumber.replace(/\D/g, '');
}
