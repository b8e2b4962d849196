import { describe, expect, test } from 'vitest';
import { buildSuccessCallback, readCallback } from './callback.ts';
import { PENDING_ENROLMENT_SECONDS, SESSION_SECONDS, VERIFICATION_SECONDS } from './lifetimes.ts';
import { type ProofClaims, readPaymentClaims } from './proof.ts';
import { WebOrigin } from './transactions.ts';
import { compileSchema } from './validation.ts';

const PAYMENT = {
  transactionAmount: '12.34',
  transactionCurrencyCode: 'USD',
  merchantOrigin: 'https://shop.example',
  orderId: 'order-1',
  bindingId: 'binding-1',
  panLastFour: '4444',
};
const claims = (changes: object = {}) =>
  ({ authenticationReasons: ['TRANSACTION_AUTHENTICATION'], ...PAYMENT, ...changes }) as unknown as ProofClaims;

describe('the payment of a proof', () => {
  test('is read whole', () => expect(readPaymentClaims(claims({ further: 1 }))).toEqual(PAYMENT));

  test.each(Object.keys(PAYMENT))('is none without %s', (name) => {
    expect(readPaymentClaims(claims({ [name]: undefined }))).toBeUndefined();
    expect(readPaymentClaims(claims({ [name]: 7 }))).toBeUndefined();
  });

  test('is none in the proof of an enrolment, whatever else that says', () => {
    expect(readPaymentClaims(claims({ authenticationReasons: ['ACCOUNT_LOGIN'] }))).toBeUndefined();
  });
});

describe('AUTHENTICATED', () => {
  const callback = new URL(buildSuccessCallback('https://shop.example/cb?state=1', 'a.b.c', 'AUTHENTICATED'));

  test('is read by who waits for a payment', () => {
    expect(readCallback(callback.searchParams, 'AUTHENTICATED')).toEqual({
      status: 'AUTHENTICATED',
      proofOfAuthentication: 'a.b.c',
    });
  });

  test('is no result to who waits for an enrolment, nor the other way round', () => {
    expect(readCallback(callback.searchParams)).toBeUndefined();
    const enrolled = new URL(buildSuccessCallback('https://shop.example/cb', 'a.b.c'));
    expect(readCallback(enrolled.searchParams, 'AUTHENTICATED')).toBeUndefined();
  });
});

describe('the origin of a merchant', () => {
  const { accepts } = compileSchema(WebOrigin);
  test.each(['https://shop.example', 'https://shop.example:8443', 'http://localhost', 'http://shop.localhost:4002'])(
    '%s is one',
    (origin) => expect(accepts(origin)).toBe(true),
  );
  test.each([
    'http://shop.example',
    'https://shop.example/',
    'https://shop.example/path',
    'https://*.shop.example',
    'https://user@shop.example',
    'https://Shop.example',
    'http://shop.localhost.example',
    'http://mylocalhost',
    'shop.example',
  ])('%s is none', (origin) => expect(accepts(origin)).toBe(false));
});

test('§11: five minutes from verification to binding, well within the session and the pending enrolment', () => {
  expect(VERIFICATION_SECONDS).toBe(300);
  expect(VERIFICATION_SECONDS).toBeLessThan(SESSION_SECONDS);
  expect(SESSION_SECONDS + VERIFICATION_SECONDS).toBeLessThan(PENDING_ENROLMENT_SECONDS);
});
