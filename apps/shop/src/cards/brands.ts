/** What the brands call themselves. */
import type { CardBrand } from '@payment-passkeys/merchant/server';
import type { Language } from '../language.ts';

const NAMES: Readonly<Record<Exclude<CardBrand, 'OTHER'>, string>> = {
  AMERICAN_EXPRESS: 'American Express',
  DISCOVER: 'Discover',
  JCB: 'JCB',
  MASTERCARD: 'Mastercard',
  UNIONPAY: 'UnionPay',
  VISA: 'Visa',
};

/** For a sentence; the brand is code, and no text of a shopper's. */
export function nameOf(brand: CardBrand, language: Language): string {
  return brand === 'OTHER' ? language.say('otherBrand') : NAMES[brand];
}
