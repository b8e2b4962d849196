/** A card as a shop may keep it: by the network's id, never by its number. */
import { rules } from '@payment-passkeys/channel/client';
import { checkGiven } from '../errors.ts';

/** What a shop saves of a card, and all that it needs to have it paid with again. */
export interface SavedCard {
  /** The network's id for this card at this merchant. Useless to anyone else. */
  readonly bindingId: string;
  readonly brand: CardBrand;
  /** Of the card number, four digits. */
  readonly lastFour: string;
}

/** A card as it was typed in. It goes to the network encrypted, and is not kept. */
export interface CardNumber {
  /** 9 to 19 digits; spaces and hyphens between them are left out. */
  readonly primaryAccountNumber: string;
  /** `MM`. */
  readonly panExpirationMonth: string;
  /** `YYYY`. */
  readonly panExpirationYear: string;
}

/** For a picture beside the last four digits; nothing is decided by it. */
export type CardBrand = 'AMERICAN_EXPRESS' | 'DISCOVER' | 'JCB' | 'MASTERCARD' | 'UNIONPAY' | 'VISA' | 'OTHER';

/** Leading digits as the brands publish them, the longer before the shorter. */
const LEADING_DIGITS: readonly (readonly [RegExp, CardBrand])[] = [
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, 'MASTERCARD'],
  [/^4/, 'VISA'],
  [/^3[47]/, 'AMERICAN_EXPRESS'],
  [/^35(2[89]|[3-8])/, 'JCB'],
  [/^(6011|64[4-9]|65)/, 'DISCOVER'],
  [/^62/, 'UNIONPAY'],
];

/** Of a card number: what may be shown and kept. Throws MerchantError `INVALID_CARD` where there is none. */
export function describeCardNumber(card: CardNumber): Omit<SavedCard, 'bindingId'> {
  const fields = { primaryAccountNumber: rules.anyText };
  checkGiven(card, { name: 'describeCardNumber', fields, code: 'INVALID_CARD' });
  const digits = digitsOf(card.primaryAccountNumber);
  const brand = LEADING_DIGITS.find(([pattern]) => pattern.test(digits))?.[1] ?? 'OTHER';
  return { brand, lastFour: digits.slice(-4) };
}

/** As the wire wants it. */
export function readCardNumber(card: CardNumber): CardNumber {
  const { panExpirationMonth, panExpirationYear } = card;
  return { primaryAccountNumber: digitsOf(card.primaryAccountNumber), panExpirationMonth, panExpirationYear };
}

function digitsOf(text: string): string {
  return text.replace(/[ -]/g, '');
}
