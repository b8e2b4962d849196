/** A card as a shop may keep it: by the network's id, never by its number. */
import { rules } from '@payment-passkeys/kit';
import { brandOf, type CardBrand } from '@payment-passkeys/protocol';
import { checkGiven } from '../errors.ts';

export type { CardBrand };

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

/** Of a card number: what may be shown and kept. Throws MerchantError `INVALID_CARD` where there is none. */
export function describeCardNumber(card: CardNumber): Omit<SavedCard, 'bindingId'> {
  const fields = { primaryAccountNumber: rules.anyText };
  checkGiven(card, { name: 'describeCardNumber', fields, code: 'INVALID_CARD' });
  const digits = digitsOf(card.primaryAccountNumber);
  return { brand: brandOf(digits), lastFour: digits.slice(-4) };
}

/** As the wire wants it. */
export function readCardNumber(card: CardNumber): CardNumber {
  const { panExpirationMonth, panExpirationYear } = card;
  return { primaryAccountNumber: digitsOf(card.primaryAccountNumber), panExpirationMonth, panExpirationYear };
}

function digitsOf(text: string): string {
  return text.replace(/[ -]/g, '');
}
