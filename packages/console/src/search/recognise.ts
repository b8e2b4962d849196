/** Recognises what an operator typed into a search field: an id, or a cardholder's account by its shape. */
import type { AccountReference } from '@payment-passkeys/protocol';
import { canonicalPan, maskEmail, maskMobile, maskPan, passesLuhn } from '@payment-passkeys/protocol/accounts';

/** Why a text is neither an id nor an account. In doubt a text counts as an account: an id may stand in an address, an account may not. */
export type SearchProblem =
  /** As many digits as a card number, with a wrong check digit. */
  | 'CHECK_DIGIT'
  /** Digits with `+` that are no E.164 number. */
  | 'MOBILE_NUMBER'
  /** An `@` without something before and after it. */
  | 'EMAIL_ADDRESS'
  /** An id has no spaces and at most 128 characters. */
  | 'ID';

/** What was typed. `masked` is what the screen shows of an account from then on. */
export type SearchTerm =
  | { readonly kind: 'NOTHING' }
  | { readonly kind: 'ID'; readonly id: string }
  | { readonly kind: 'ACCOUNT'; readonly account: AccountReference; readonly masked: string }
  | { readonly kind: 'PROBLEM'; readonly problem: SearchProblem };

/** Marks an id, because an order number of digits would look like a card number: `#1234567890123` is an id. */
const ID_MARK = '#';

const ID = /^[\x21-\x7e]{1,128}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** Digits and what people type between them. */
const DIGITS = /^[0-9][0-9 .\-/()\u00a0]*$/;
const MOBILE = /^(\+|00)[0-9 .\-/()\u00a0]+$/;
/** The country codes of ITU-T E.164 with one and two digits; all others have three. */
const COUNTRY_CODE = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2})([0-9]{4,14})$/;
/** The digits of the shortest card number (ISO/IEC 7812-1). A shorter text of digits is an id. */
const SHORTEST_PAN = 9;
const LONGEST_PAN = 19;

export function recognise(typed: string): SearchTerm {
  const text = typed.trim();
  if (text === '') return { kind: 'NOTHING' };
  if (text.startsWith(ID_MARK) && text.length > 1) return recogniseId(text.slice(1));
  if (text.includes('@')) return recogniseEmail(text);
  if (MOBILE.test(text)) return recogniseMobile(text);
  const digits = canonicalPan(text);
  if (DIGITS.test(text) && digits.length >= SHORTEST_PAN) return recognisePan(digits);
  return recogniseId(text);
}

function recogniseId(id: string): SearchTerm {
  return ID.test(id) ? { kind: 'ID', id } : { kind: 'PROBLEM', problem: 'ID' };
}

function recogniseEmail(emailAddress: string): SearchTerm {
  return EMAIL.test(emailAddress) && emailAddress.length <= 254
    ? { kind: 'ACCOUNT', account: { emailAddress }, masked: maskEmail(emailAddress) }
    : { kind: 'PROBLEM', problem: 'EMAIL_ADDRESS' };
}

function recogniseMobile(text: string): SearchTerm {
  const [, countryCode, phoneNumber] = COUNTRY_CODE.exec(text.replace(/\D/g, '').replace(/^00/, '')) ?? [];
  if (countryCode === undefined || phoneNumber === undefined || countryCode.length + phoneNumber.length > 15)
    return { kind: 'PROBLEM', problem: 'MOBILE_NUMBER' };
  const mobileNumber = { countryCode, phoneNumber };
  return { kind: 'ACCOUNT', account: { mobileNumber }, masked: maskMobile(mobileNumber) };
}

function recognisePan(primaryAccountNumber: string): SearchTerm {
  return primaryAccountNumber.length <= LONGEST_PAN && passesLuhn(primaryAccountNumber)
    ? { kind: 'ACCOUNT', account: { primaryAccountNumber }, masked: maskPan(primaryAccountNumber) }
    : { kind: 'PROBLEM', problem: 'CHECK_DIGIT' };
}
