import { readFileSync } from 'node:fs';
import { REASONS } from '@payment-passkeys/protocol';
import { expect, test } from 'vitest';
import { type Advice, adviceFor, IssuerError, type IssuerErrorCode, NEXT_STEPS } from './index.ts';

/** Runs of spaces are one space, so that the width of the tables' columns does not matter. */
const GUIDE = ['issuer-kit.md', 'reasons.md']
  .map((page) => readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8').replace(/ +/g, ' '))
  .join('\n');

function rowOf(code: string, { nextStep, ifThatFails }: Advice): string {
  return `| ${code} | ${nextStep} | ${ifThatFails ?? ''} |`.replace('|  |', '| |');
}

test('every reason has its advice, and every way of being ignored', () => {
  expect(Object.keys(NEXT_STEPS.reasons).sort()).toEqual([...REASONS].sort());
  expect(Object.keys(NEXT_STEPS.ignored).sort()).toEqual(
    ['EXPIRED', 'MALFORMED', 'OTHER_BROWSER', 'OTHER_CARDHOLDER', 'PROOF_REFUSED', 'UNKNOWN'].sort(),
  );
});

test.each([...Object.entries(NEXT_STEPS.reasons), ...Object.entries(NEXT_STEPS.ignored)])(
  'the guide says of %s what the table says',
  (code, advice) => {
    expect(GUIDE).toContain(rowOf(code, advice));
  },
);

test.each<[IssuerErrorCode, string, string]>([
  ['NETWORK_UNREACHABLE', 'TRY_LATER', 'RELOAD'],
  ['NETWORK_ANSWER_INVALID', 'TRY_LATER', 'RELOAD'],
  ['SIGNER_UNAVAILABLE', 'TRY_LATER', 'RELOAD'],
  ['STORE_UNAVAILABLE', 'TRY_LATER', 'RELOAD'],
  ['NETWORK_REFUSED', 'CONTACT_US', 'CONTACT_US'],
  ['INVALID_ENROLMENT', 'CONTACT_US', 'CONTACT_US'],
  ['CALLBACK_NOT_ALLOWED', 'CONTACT_US', 'CONTACT_US'],
  ['INVALID_OPTIONS', 'CONTACT_US', 'CONTACT_US'],
])('%s: %s at the start, %s on the return; the guide says so', (code, start, back) => {
  const error = new IssuerError(code, 'a test');
  expect(adviceFor(error, 'START').nextStep).toBe(start);
  expect(adviceFor(error, 'RETURN').nextStep).toBe(back);
  expect(GUIDE).toContain(`| ${code} | ${start} | ${back} |`);
});

test('a sign-in or a consent that is too old by then is renewed by signing in', () => {
  const refusal = { status: 400, reason: 'STALE', source: undefined, clockAheadSeconds: undefined };
  expect(adviceFor(new IssuerError('NETWORK_REFUSED', 'a test', { refusal }), 'START').nextStep).toBe('SIGN_IN');
});
