import { describe, expect, test } from 'vitest';
import type { BindingCall, Observation } from '../observation.ts';
import { findRow } from '../rows/index.ts';
import { judge } from './judge.ts';

const OPENED: Observation = { kind: 'OPENED', scenarios: ['USE', 'CREATE'] };
const ENROLLED: Observation = { kind: 'RETURNED', status: 'ENROLLED', by: 'USE' };
const APPROVED: Observation = { kind: 'RETURNED', status: 'AUTHENTICATED', by: 'PAY' };
const PLAYED: Observation = { kind: 'PLAYED' };
const call = (changes: Partial<BindingCall> = {}): BindingCall => ({
  kind: 'BINDING_CALL',
  at: 0,
  status: 201,
  delivered: true,
  ...changes,
});

function judged(id: string, observed: readonly Observation[], over = true) {
  const row = findRow(id.startsWith('pay-') ? 'MERCHANT' : 'ISSUER', id);
  if (row === undefined) throw new Error(`There is no row ${id}.`);
  return judge({ row, observed, over });
}

describe('a row is not reached', () => {
  test.each<[string, string, readonly Observation[]]>([
    ['nobody opened the launch address', 'proof-forged', []],
    ['the cardholder did not finish', 'proof-forged', [OPENED]],
    [
      'the cardholder cancelled in place of using a passkey',
      'use-enrolled',
      [OPENED, { kind: 'RETURNED', status: 'CANCELLED', reason: 'USER_CANCELLATION' }],
    ],
    ['the cardholder used a passkey in place of cancelling', 'use-user-cancellation', [OPENED, ENROLLED]],
    [
      'a passkey was created in place of used',
      'use-enrolled',
      [OPENED, { ...ENROLLED, by: 'CREATE' } as Observation, call()],
    ],
    [
      'the page did not offer to use a passkey',
      'use-user-cancellation',
      [
        { kind: 'OPENED', scenarios: ['CREATE'] },
        { kind: 'RETURNED', status: 'CANCELLED', reason: 'USER_CANCELLATION' },
      ],
    ],
    ['there is no webhook', 'event-forged', [OPENED, { kind: 'NOT_PLAYED', because: 'NO_WEBHOOK' }]],
    ['no other payment followed', 'pay-proof-forged', [OPENED, PLAYED]],
  ])('%s', (_case, id, observed) => {
    expect(judged(id, observed)).toEqual({ state: 'NOT_REACHED', seen: expect.stringMatching(/\.$/) });
  });

  test('and is still played while nothing came after it', () => {
    expect(judged('proof-forged', [], false)).toEqual({ state: 'PLAYING' });
    expect(judged('proof-forged', [OPENED, PLAYED], false)).toEqual({ state: 'PLAYING' });
  });
});

describe('contract §5: a proof is bound once', () => {
  test('one call with an answer', () => {
    expect(judged('use-enrolled', [OPENED, ENROLLED, call()], false)).toEqual({ state: 'PASSED' });
  });
  test.each<[string, readonly BindingCall[]]>([
    ['no call', []],
    ['a call again after the answer', [call(), call({ status: 200 })]],
    ['a call with something else than the proof', [call({ status: 400 })]],
    ['a call again after a refusal', [call({ status: 400 }), call()]],
    ['a call without an answer, and none again', [call({ status: 503 })]],
  ])('not %s', (_case, calls) => {
    expect(judged('use-enrolled', [OPENED, ENROLLED, ...calls]).state).toBe('FAILED');
  });
});

test.each(['create-forbidden', 'use-not-found', 'proof-forged', 'proof-expired', 'callback-other-browser'])(
  '%s: a call of Authenticators is wrong at any time',
  (id) => {
    expect(judged(id, [OPENED, PLAYED])).toEqual({ state: 'PASSED' });
    for (const status of [201, 400, 409])
      expect(judged(id, [OPENED, PLAYED, call({ status })], false).state).toBe('FAILED');
  },
);

test('a reason that is the cardholder’s own doing', () => {
  const cancelled: Observation = { kind: 'RETURNED', status: 'CANCELLED', reason: 'USER_CANCELLATION' };
  expect(judged('use-user-cancellation', [OPENED, cancelled])).toEqual({ state: 'PASSED' });
  expect(judged('use-user-cancellation', [OPENED, cancelled, call({ status: 409 })]).state).toBe('FAILED');
});

describe('an answer of Authenticators that does not arrive', () => {
  const lost = call({ delivered: false });
  test.each<[string, readonly BindingCall[]]>([
    ['authenticators-lost', [lost, call({ status: 200 })]],
    ['authenticators-slow', [call()]],
    ['authenticators-slow', [lost, call({ status: 200 })]],
    ['authenticators-slow', [call(), call({ status: 200 })]],
    ['authenticators-garbage', [lost, call({ status: 200 })]],
    ['authenticators-unavailable', [call({ status: 503 }), call({ status: 503, at: 1_100 }), call({ at: 2_300 })]],
  ])('%s: is asked for again, until it does', (id, calls) => {
    expect(judged(id, [OPENED, ENROLLED, ...calls], false)).toEqual({ state: 'PASSED' });
  });
  test.each<[string, readonly BindingCall[]]>([
    ['authenticators-lost', [lost]],
    ['authenticators-lost', [lost, call(), call()]],
    ['authenticators-garbage', [lost]],
    ['authenticators-slow', [lost]],
    ['authenticators-slow', [call(), call(), call()]],
    ['authenticators-unavailable', [call({ status: 503 }), call({ status: 503, at: 1_100 })]],
    ['authenticators-unavailable', [call({ status: 503 }), call({ status: 503, at: 100 }), call({ at: 1_300 })]],
  ])('%s: not given up, asked for too early, or asked for after it came', (id, calls) => {
    expect(judged(id, [OPENED, ENROLLED, ...calls]).state).toBe('FAILED');
  });
  test('a refusal is an answer', () => {
    const refused = call({ status: 400 });
    expect(judged('authenticators-refused', [OPENED, ENROLLED, refused])).toEqual({ state: 'PASSED' });
    expect(judged('authenticators-refused', [OPENED, ENROLLED, refused, refused], false).state).toBe('FAILED');
  });
});

describe('contract §16: what a webhook answers', () => {
  const answers = (...given: (number | string)[]): Observation[] =>
    given.map((status) => ({ kind: 'DELIVERY', status }));
  test.each<[string, string, readonly (number | string)[]]>([
    ['PASSED', 'event-repeated', [204, 200]],
    ['FAILED', 'event-repeated', [204, 409]],
    ['FAILED', 'event-out-of-order', [204, 500]],
    ['FAILED', 'binding-suspended', ['TIMEOUT']],
    ['PASSED', 'event-forged', [401]],
    ['FAILED', 'event-forged', [204]],
    ['FAILED', 'event-forged', [500]],
    ['FAILED', 'event-forged', ['ECONNREFUSED']],
  ])('%s: %s %o', (state, id, given) => {
    expect(judged(id, [OPENED, PLAYED, ...answers(...given)], false).state).toBe(state);
  });
});

describe('whether a shop takes an order for paid', () => {
  const next = (order: 'SAME' | 'OTHER'): Observation => ({ kind: 'NEXT_PAYMENT', order });
  test('an order that is not approved is tried again', () => {
    expect(judged('pay-proof-forged', [OPENED, PLAYED, next('SAME')])).toEqual({ state: 'PASSED' });
    expect(judged('pay-proof-forged', [OPENED, PLAYED, next('OTHER')]).state).toBe('FAILED');
  });
  test('an approved one is not', () => {
    expect(judged('pay-approved', [OPENED, APPROVED, next('OTHER')])).toEqual({ state: 'PASSED' });
    expect(judged('pay-approved', [OPENED, APPROVED, next('SAME')]).state).toBe('FAILED');
    expect(judged('pay-approved', [OPENED, APPROVED, { kind: 'ORDER_AGAIN' }], false).state).toBe('FAILED');
  });
});
