import { expect, test } from 'vitest';
import {
  addSeconds,
  BINDING_ANSWER_SECONDS,
  CEREMONY_SECONDS,
  CLOCK_SKEW_SECONDS,
  DEVICE_COOKIE_SECONDS,
  epochSeconds,
  FRESHNESS_SECONDS,
  IDLE_MONTHS,
  PENDING_ENROLMENT_SECONDS,
  PROOF_SECONDS,
  RETURN_ADDRESS_SECONDS,
  SESSION_SECONDS,
  SIGNATURE_SKEW_SECONDS,
} from './lifetimes.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

test.each([
  ['§1: opening and results are taken until fifteen minutes after creation', SESSION_SECONDS, 15 * MINUTE],
  ['§4: exp = iat + 900', PROOF_SECONDS, 900],
  ['§3: up to a day past its end', RETURN_ADDRESS_SECONDS, 24 * HOUR],
  ['§5: the same ids for 24 hours', BINDING_ANSWER_SECONDS, 24 * HOUR],
  ['§1: verifiedAt and acceptedAt are at most fifteen minutes old', FRESHNESS_SECONDS, 15 * MINUTE],
  ['§1: 60 s of skew', CLOCK_SKEW_SECONDS, MINUTE],
  ['§6: timestamp within five minutes', SIGNATURE_SKEW_SECONDS, 5 * MINUTE],
  ['§3: pending enrolments live 35 minutes', PENDING_ENROLMENT_SECONDS, 35 * MINUTE],
  ['§2: 13 months after last use', IDLE_MONTHS, 13],
  ['§2: timeout 120 s', CEREMONY_SECONDS, 120],
])('%s', (_sentence, seconds, expected) => {
  expect(seconds).toBe(expected);
});

test('a pending enrolment outlives the session and its proof', () => {
  const longest = SESSION_SECONDS + PROOF_SECONDS;
  expect(PENDING_ENROLMENT_SECONDS).toBeGreaterThan(longest);
});

test('the device cookie lasts thirteen months, and no longer than the 400 days that browsers allow', () => {
  const days = DEVICE_COOKIE_SECONDS / 24 / HOUR;
  expect(days).toBeGreaterThanOrEqual(395);
  expect(days).toBeLessThanOrEqual(400);
});

test('times are counted in whole seconds, downwards', () => {
  expect(epochSeconds(new Date(1_999))).toBe(1);
  expect(addSeconds(new Date(1_500), -1)).toEqual(new Date(500));
});
