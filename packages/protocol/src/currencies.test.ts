import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountText, isAmountOf, minorUnitDigits } from './currencies.ts';

test.each([
  ['USD', 2],
  ['EUR', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['ISK', 0],
  ['KWD', 3],
  ['TND', 3],
  // In CLDR, which Intl uses, each of these has 0 decimal digits. ISO 4217 differs.
  ['HUF', 2],
  ['AFN', 2],
  ['IQD', 3],
  ['COP', 2],
  ['MGA', 2],
  ['IDR', 2],
] as const)('ISO 4217: %s has %d digits', (currency, digits) => expect(minorUnitDigits(currency)).toBe(digits));

test.each(['DEM', 'XXX', 'XAU', 'CLF', 'usd', '', 'toString', 'US'])(
  '%j is no currency that a shop is paid in',
  (code) => {
    expect(minorUnitDigits(code)).toBeUndefined();
    expect(isAmountOf('1.00', code)).toBe(false);
  },
);

test.each([
  ['12.34', 'USD'],
  ['0.00', 'USD'],
  ['0.01', 'USD'],
  ['999999999999.99', 'USD'],
  ['1234', 'JPY'],
  ['1.234', 'KWD'],
])('%s %s is an amount', (amount, currency) => expect(isAmountOf(amount, currency)).toBe(true));

test.each([
  ['12', 'USD'],
  ['12.3', 'USD'],
  ['12.345', 'USD'],
  ['12.', 'USD'],
  ['.34', 'USD'],
  ['012.34', 'USD'],
  ['-12.34', 'USD'],
  ['+12.34', 'USD'],
  ['1,234.00', 'USD'],
  ['1e2', 'JPY'],
  ['12.0', 'JPY'],
  ['1.23', 'KWD'],
  [' 12.34', 'USD'],
  ['١٢.٣٤', 'USD'],
  ['1000000000000.00', 'USD'],
  ['', 'USD'],
])('%j %s is none', (amount, currency) => expect(isAmountOf(amount, currency)).toBe(false));

test.each([
  [18, 'USD', '18.00'],
  [18.5, 'USD', '18.50'],
  [18.0, 'USD', '18.00'],
  [0.29, 'USD', '0.29'],
  [0, 'USD', '0.00'],
  [1234, 'JPY', '1234'],
  [1.234, 'KWD', '1.234'],
  [0.3, 'KWD', '0.300'],
  [999_999_999_999.99, 'USD', '999999999999.99'],
])('the number %d is exact in %s: %s', (amount, currency, text) => {
  expect(amountText(amount, currency)).toBe(text);
  expect(isAmountOf(text, currency)).toBe(true);
});

test.each([
  [0.1 + 0.2, 'USD'],
  [1.005, 'USD'],
  [18.001, 'USD'],
  [1.5, 'JPY'],
  [0.0005, 'KWD'],
  [-18, 'USD'],
  [1e12, 'USD'],
  [1e21, 'USD'],
  [1e-7, 'USD'],
  [Number.NaN, 'USD'],
  [Number.POSITIVE_INFINITY, 'USD'],
  [18, 'XXX'],
])('the number %d is no amount in %s', (amount, currency) => {
  expect(isAmountOf(amountText(amount, currency), currency)).toBe(false);
});

test('every amount comes back from its number', () => {
  const cents = fc.integer({ min: 0, max: 99_999_999_999_999 });
  fc.assert(
    fc.property(cents, fc.constantFrom('USD', 'JPY', 'KWD'), (minor, currency) => {
      const digits = minorUnitDigits(currency) ?? 0;
      const padded = String(Math.trunc(digits === 0 ? minor / 100 : minor)).padStart(digits + 1, '0');
      const text = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
      expect(amountText(Number(text), currency)).toBe(text);
      expect(amountText(text, currency)).toBe(text);
    }),
  );
});
