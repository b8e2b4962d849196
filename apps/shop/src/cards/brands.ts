/** What the brands call themselves. */
import type { CardBrand } from '@payment-passkeys/merchant/server';

const NAMES: Readonly<Record<CardBrand, string>> = {
  AMERICAN_EXPRESS: 'American Express',
  DISCOVER: 'Discover',
  JCB: 'JCB',
  MASTERCARD: 'Mastercard',
  UNIONPAY: 'UnionPay',
  VISA: 'Visa',
  OTHER: 'Card',
};

/** For a sentence; the brand is code, and no text of a shopper's. */
export function nameOf(brand: CardBrand): string {
  return NAMES[brand];
}
