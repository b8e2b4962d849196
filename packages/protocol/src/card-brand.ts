/** The brand of a card, by its leading digits. For the eye: nothing is decided by it. */

export type CardBrand = 'AMERICAN_EXPRESS' | 'DISCOVER' | 'JCB' | 'MASTERCARD' | 'UNIONPAY' | 'VISA' | 'OTHER';

/** As the brands publish them, the longer before the shorter. */
const LEADING_DIGITS: readonly (readonly [RegExp, CardBrand])[] = [
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, 'MASTERCARD'],
  [/^4/, 'VISA'],
  [/^3[47]/, 'AMERICAN_EXPRESS'],
  [/^35(2[89]|[3-8])/, 'JCB'],
  [/^(6011|64[4-9]|65)/, 'DISCOVER'],
  [/^62/, 'UNIONPAY'],
];

/** Of a card number in digits alone; `OTHER` where the brand is not one of these. */
export function brandOf(pan: string): CardBrand {
  return LEADING_DIGITS.find(([pattern]) => pattern.test(pan))?.[1] ?? 'OTHER';
}

/** What the brands call themselves, in every language. `OTHER` has no name. */
export const CARD_BRAND_NAMES: Readonly<Record<Exclude<CardBrand, 'OTHER'>, string>> = {
  AMERICAN_EXPRESS: 'American Express',
  DISCOVER: 'Discover',
  JCB: 'JCB',
  MASTERCARD: 'Mastercard',
  UNIONPAY: 'UnionPay',
  VISA: 'Visa',
};
