/** The names of the card brands. */
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

/** The brand's name as it is used in a sentence. */
export function nameOf(brand: CardBrand, language: Language): string {
  return brand === 'OTHER' ? language.text('otherBrand') : NAMES[brand];
}
