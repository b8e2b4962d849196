/** The brand of a card, from its leading digits. For display only: no decision uses it. */

/** `OTHER` is every brand that is not in the list. */
export type CardBrand = 'AMERICAN_EXPRESS' | 'DISCOVER' | 'JCB' | 'MASTERCARD' | 'UNIONPAY' | 'VISA' | 'OTHER';

/** The leading digits that the brands publish. */
const LEADING_DIGITS: readonly (readonly [RegExp, CardBrand])[] = [
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, 'MASTERCARD'],
  [/^4/, 'VISA'],
  [/^3[47]/, 'AMERICAN_EXPRESS'],
  [/^35(2[89]|[3-8])/, 'JCB'],
  [/^(6011|64[4-9]|65)/, 'DISCOVER'],
  [/^62/, 'UNIONPAY'],
];

/** The brand of a card number. Takes digits only. */
export function brandOf(pan: string): CardBrand {
  return LEADING_DIGITS.find(([pattern]) => pattern.test(pan))?.[1] ?? 'OTHER';
}

/** The brands' own names, which are the same in every language. `OTHER` has none. */
export const CARD_BRAND_NAMES: Readonly<Record<Exclude<CardBrand, 'OTHER'>, string>> = {
  AMERICAN_EXPRESS: 'American Express',
  DISCOVER: 'Discover',
  JCB: 'JCB',
  MASTERCARD: 'Mastercard',
  UNIONPAY: 'UnionPay',
  VISA: 'Visa',
};
