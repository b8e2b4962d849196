import { readFileSync } from 'node:fs';
import { REASONS } from '@payment-passkeys/protocol';
import { expect, test } from 'vitest';
import { ADVICE, adviceFor, type EarlierApproval, MerchantError, type MerchantErrorCode } from './index.ts';

/** Runs of spaces are one space, so that the width of the tables' columns does not matter. */
const GUIDE = ['accept-payment-passkeys-in-your-shop.md', 'reasons.md']
  .map((page) => readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8').replace(/ +/g, ' '))
  .join('\n');

const refusalOf = (reason: string) => ({
  refusal: { status: 403, reason, source: undefined, clockAheadSeconds: undefined },
});

test('every reason has its advice, for a payment and for an added card; the guide says so', () => {
  expect(Object.keys(ADVICE.reasons).sort()).toEqual([...REASONS].sort());
  expect(Object.keys(ADVICE.cardReasons).sort()).toEqual([...REASONS].sort());
  for (const reason of REASONS) {
    expect(GUIDE).toContain(`| \`${reason}\` | \`${ADVICE.reasons[reason]}\` | \`${ADVICE.cardReasons[reason]}\` |`);
  }
});

test.each(Object.entries(ADVICE.ignored))('an ignored return, %s, has advice; the guide says so', (because, advice) => {
  expect(GUIDE).toContain(`| \`${because}\` | \`${advice}\` |`);
});

test.each<[MerchantErrorCode, string, string]>([
  ['NETWORK_UNREACHABLE', 'TRY_LATER', 'RELOAD'],
  ['NETWORK_ANSWER_INVALID', 'TRY_LATER', 'RELOAD'],
  ['SIGNER_UNAVAILABLE', 'TRY_LATER', 'RELOAD'],
  ['STORE_UNAVAILABLE', 'TRY_LATER', 'RELOAD'],
  ['NETWORK_REFUSED', 'CONTACT_US', 'CONTACT_US'],
  ['INVALID_PAYMENT', 'CONTACT_US', 'CONTACT_US'],
  ['INVALID_CARD', 'CHECK_CARD', 'CHECK_CARD'],
  ['CALLBACK_NOT_ALLOWED', 'CONTACT_US', 'CONTACT_US'],
  ['INVALID_OPTIONS', 'CONTACT_US', 'CONTACT_US'],
  ['ORDER_ALREADY_APPROVED', 'CONTACT_US', 'CONTACT_US'],
])('%s: %s at the start, %s on the return; the guide says so', (code, start, back) => {
  const error = new MerchantError(code, 'a test');
  expect(adviceFor(error, 'START')).toBe(start);
  expect(adviceFor(error, 'RETURN')).toBe(back);
  expect(GUIDE).toContain(`| \`${code}\` | \`${start}\` | \`${back}\` |`);
});

test.each([
  ['MERCHANT_NOT_ALLOWED', 'CONTACT_US'],
  ['CLIENT_SUSPENDED', 'CONTACT_US'],
  ['ACCOUNT_NOT_ELIGIBLE', 'USE_ANOTHER_CARD'],
  ['BINDING_NOT_FOUND', 'CHECK_CARD'],
  ['CARD_EXPIRED', 'CHECK_CARD'],
  ['constructor', 'CONTACT_US'],
])('a refusal by the network, %s: %s', (reason, advice) => {
  expect(adviceFor(new MerchantError('NETWORK_REFUSED', 'a test', refusalOf(reason)), 'START')).toBe(advice);
});

test.each<[EarlierApproval, string]>([
  ['SPENT', 'CONTACT_US'],
  ['AWAITED', 'TRY_LATER'],
  ['LOST', 'TRY_AGAIN'],
])('an order that is approved already, whose approval is %s: %s', (earlierApproval, advice) => {
  const error = new MerchantError('ORDER_ALREADY_APPROVED', 'a test', { earlierApproval });
  expect(adviceFor(error, 'START')).toBe(advice);
});
