import { expect, test } from 'vitest';
import { END_REASONS, failureOf, isReason, REASONS, reasonForHttpStatus } from './outcomes.ts';

test('the reasons are the closed set of contract §3', () => {
  expect([...REASONS].sort()).toEqual(
    [
      'USER_CANCELLATION',
      'DUPLICATE_CREDENTIALS',
      'CREDENTIALS_CREATION_NOT_ALLOWED',
      'CREDENTIALS_NOT_VERIFIED',
      'INVALID_QUERY_PARAMS',
      'INVALID_ARGUMENT',
      'PERMISSION_DENIED',
      'FORBIDDEN',
      'NOT_FOUND',
      'INVALID_STATE',
      'SERVICE_UNAVAILABLE',
      'SERVICE_ERROR',
      'UNKNOWN_ERROR',
    ].sort(),
  );
});

test.each([
  [400, 'INVALID_ARGUMENT'],
  [401, 'PERMISSION_DENIED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [500, 'INVALID_STATE'],
  [503, 'SERVICE_UNAVAILABLE'],
  [402, 'SERVICE_ERROR'],
  [409, 'SERVICE_ERROR'],
  [413, 'SERVICE_ERROR'],
  [415, 'SERVICE_ERROR'],
  [418, 'SERVICE_ERROR'],
  [429, 'SERVICE_ERROR'],
  [501, 'SERVICE_ERROR'],
  [502, 'SERVICE_ERROR'],
  [504, 'SERVICE_ERROR'],
] as const)("the page's back end answered %i: %s", (status, reason) => {
  expect(reasonForHttpStatus(status)).toBe(reason);
});

test('only "Not now" is CANCELLED; every other reason is an ERROR', () => {
  for (const reason of REASONS) {
    expect(failureOf(reason)).toEqual({ status: reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR', reason });
  }
});

test('the page may report what happened on the page, and nothing that is the network’s to say', () => {
  expect(END_REASONS).toEqual([
    'USER_CANCELLATION',
    'DUPLICATE_CREDENTIALS',
    'CREDENTIALS_CREATION_NOT_ALLOWED',
    'CREDENTIALS_NOT_VERIFIED',
    'UNKNOWN_ERROR',
  ]);
});

test('a string from outside is a reason only if it is one of the set', () => {
  expect(REASONS.every(isReason)).toBe(true);
  expect(['', 'ENROLLED', 'not_found', 'NOT_FOUND ', 'toString', '__proto__'].some(isReason)).toBe(false);
});
