import { expect, test } from 'vitest';
import { isAmountOf, minorUnitDigits } from './currencies.ts';

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
