import { expect, test } from 'vitest';
import { describeCardNumber, readCardNumber } from './saved-card.ts';

const card = (primaryAccountNumber: string) => ({
  primaryAccountNumber,
  panExpirationMonth: '12',
  panExpirationYear: '2030',
});

test.each([
  ['5555555555554444', 'MASTERCARD'],
  ['5105105105105100', 'MASTERCARD'],
  ['2223003122003222', 'MASTERCARD'],
  ['2720990000000007', 'MASTERCARD'],
  ['2721000000000000', 'OTHER'],
  ['2220999999999999', 'OTHER'],
  ['4111111111111111', 'VISA'],
  ['378282246310005', 'AMERICAN_EXPRESS'],
  ['3528000000000007', 'JCB'],
  ['6011111111111117', 'DISCOVER'],
  ['6200000000000005', 'UNIONPAY'],
  ['9000000000000000', 'OTHER'],
])('%s is of %s', (number, brand) => {
  expect(describeCardNumber(card(number))).toEqual({ brand, lastFour: number.slice(-4) });
});

test('spaces and hyphens are left out, anything else is left for the check to refuse', () => {
  expect(readCardNumber(card(' 5555 5555-5555 4444 ')).primaryAccountNumber).toBe('5555555555554444');
  expect(readCardNumber(card('5555x4444')).primaryAccountNumber).toBe('5555x4444');
});
