import { describe, expect, it } from 'vitest';
import { formatAmount } from './amount.ts';

const usd = { merchantName: 'Corner Shop', amount: '1234.50', currency: 'USD' };
/** Replaces special spaces and removes direction marks. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ').replaceAll(/[\u200e\u200f\u061c]/g, '');

describe('an amount', () => {
  it.each([
    ['en-US', usd, '$1,234.50'],
    ['de', usd, '1.234,50 $'],
    ['fr', { ...usd, currency: 'EUR' }, '1 234,50 €'],
    ['ja', { ...usd, amount: '1234', currency: 'JPY' }, '￥1,234'],
    ['en', { ...usd, amount: '0.000', currency: 'KWD' }, 'KWD 0.000'],
    // In CLDR the forint and the Iraqi dinar have no decimal digits; in ISO 4217 they have two and three.
    ['en', { ...usd, amount: '12.34', currency: 'HUF' }, 'HUF 12.34'],
    ['en', { ...usd, amount: '12.345', currency: 'IQD' }, 'IQD 12.345'],
    ['ar-EG', { ...usd, currency: 'EGP' }, '١٬٢٣٤٫٥٠ ج.م.'],
    ['en-IN', { ...usd, amount: '123456.00', currency: 'INR' }, '₹1,23,456.00'],
  ])('in %s, of %j, is %s', (locale, payment, expected) => expect(plain(formatAmount(payment, locale))).toBe(expected));

  it('keeps the letters and the sign of a currency together from right to left', () =>
    expect(formatAmount(usd, 'ar')).toBe('\u200f1,234.50\u00a0\u2066US$\u2069'));

  it('is exact up to the longest that the protocol takes', () =>
    expect(formatAmount({ ...usd, amount: '999999999999.99' }, 'en-US')).toBe('$999,999,999,999.99'));

  it('is written plainly for a locale that is none', () =>
    expect(formatAmount(usd, 'not a locale')).toBe('1234.50 USD'));
});
