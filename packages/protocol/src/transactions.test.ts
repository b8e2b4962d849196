import { describe, expect, test } from 'vitest';
import { buildSuccessCallback, readCallback } from './callback.ts';
import { PENDING_ENROLMENT_SECONDS, SESSION_SECONDS, VERIFICATION_SECONDS } from './lifetimes.ts';
import { type ProofClaims, readPaymentClaims } from './proof.ts';
import { AcquirerData, Transaction, WebOrigin } from './transactions.ts';
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

  test("has the issuer's verification where the passkey was made on the way", () => {
    const cardholderVerification = { method: 'OTP', verifiedAt: '2026-11-24T12:00:00.000Z' };
    const read = (changes: object) =>
      readPaymentClaims(claims({ cardholderVerification: { ...cardholderVerification, ...changes } }));
    expect(read({ further: 1 })).toEqual({ ...PAYMENT, cardholderVerification });
    expect(read({ method: 'GUESS' })).toBeUndefined();
    expect(read({ verifiedAt: 7 })).toBeUndefined();
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

describe('the amount of a transaction', () => {
  const { violations } = compileSchema(Transaction);
  const of = (transactionAmount: unknown) => ({
    transactionAmount: { transactionAmount, transactionCurrencyCode: 'USD' },
    merchantName: 'Tidewick',
    merchantOrigin: 'https://shop.example',
    orderId: 'order-1',
  });

  test.each(['12.34', 18, 18.5])('%j is a text or a number', (amount) => expect(violations(of(amount))).toEqual([]));
  test.each(['', '18.', '1e2', true, {}, [18], Number.POSITIVE_INFINITY])('%j is neither', (amount) => {
    expect(violations(of(amount))).toMatchObject([
      { pointer: '/transactionAmount/transactionAmount', kind: 'INVALID_FIELD' },
    ]);
  });
});

describe('acquirer data', () => {
  const { violations } = compileSchema(AcquirerData);

  test.each([
    {},
    { acquirerMerchantId: 'SRC3DS', acquirerBIN: '545301', merchantCategoryCode: '5942', merchantCountryCode: 'AU' },
    { acquirerMerchantId: `${'1'.repeat(34)}A`, acquirerBIN: '54530112345', merchantCountryCode: '840' },
    { acquirerMerchantId: 'Shop 7 / online' },
  ])('%j is taken', (data) => expect(violations(data)).toEqual([]));

  test.each([
    ['acquirerMerchantId', ['', ' ', ' A', 'A ', 'A\n', 'Größe', '1'.repeat(36), 7, null]],
    ['acquirerBIN', ['', '54530', '545301123456', '5453O1', ' 545301', 545301]],
    ['merchantCategoryCode', ['', '594', '59421', '594A', '٥٩٤٢', 5942]],
    ['merchantCountryCode', ['', 'A', 'au', 'AUS', '36', '0840', 840]],
  ])('%s is named if its form is wrong', (name, values) => {
    for (const value of values)
      expect(violations({ [name]: value })).toMatchObject([{ pointer: `/${name}`, kind: 'INVALID_FIELD' }]);
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
