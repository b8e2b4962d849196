/** A card in the form that a shop may store: with the network's id, never with its number. */
import { rules } from '@payment-passkeys/kit';
import { brandOf, type CardBrand } from '@payment-passkeys/protocol';
import { checkGiven } from '../errors.ts';

export type { CardBrand };

/** A saved card: all that a shop stores, and all that the next payment needs. */
export interface SavedCard {
  /** The network's id of this card at this merchant. It has no use elsewhere. */
  readonly bindingId: string;
  readonly brand: CardBrand;
  /** The last four digits of the card number. */
  readonly lastFour: string;
}

/** A card as it was typed. It is sent to the network encrypted, and is not stored. */
export interface CardNumber {
  /** 9 to 19 digits; spaces and hyphens between them are removed. */
  readonly primaryAccountNumber: string;
  /** `MM`. */
  readonly panExpirationMonth: string;
  /** `YYYY`. */
  readonly panExpirationYear: string;
}

/** The parts of a card number that may be shown and stored. Throws MerchantError `INVALID_CARD` if it is not a card number. */
export function describeCardNumber(card: CardNumber): Omit<SavedCard, 'bindingId'> {
  const fields = { primaryAccountNumber: rules.anyText };
  checkGiven(card, { name: 'describeCardNumber', fields, code: 'INVALID_CARD' });
  const digits = digitsOf(card.primaryAccountNumber);
  return { brand: brandOf(digits), lastFour: digits.slice(-4) };
}

/** Converts a typed card to the form of the wire. */
export function readCardNumber(card: CardNumber): CardNumber {
  const { panExpirationMonth, panExpirationYear } = card;
  return { primaryAccountNumber: digitsOf(card.primaryAccountNumber), panExpirationMonth, panExpirationYear };
}

function digitsOf(text: string): string {
  return text.replace(/[ -]/g, '');
}
