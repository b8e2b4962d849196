import { VERIFICATION_METHODS } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { ADVICE } from '../advice.ts';
import { buildAssuranceData } from './assurance-data.ts';
import { addEci } from './eci.ts';
import type { AuthenticatedPayment } from './payment.ts';

const AT = new Date('2026-11-24T10:00:00Z');
const PAYMENT = {
  transactionAmount: '12.34',
  transactionCurrencyCode: 'USD',
  merchantOrigin: 'https://shop.example',
  orderId: 'order-1',
  bindingId: 'binding-1',
  panLastFour: '4444',
};
const proofWith = (changes: object = {}) => {
  const claims = { authenticationReasons: ['TRANSACTION_AUTHENTICATION'], ...PAYMENT, ...changes };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
};
const build = (proofOfAuthentication: string) => buildAssuranceData({ proofOfAuthentication, authenticatedAt: AT });

describe('verificationData', () => {
  test('has one element for a passkey that there was: entity 02, method 07, event 01', () => {
    const proof = proofWith();
    expect(build(proof).verificationData).toEqual([
      {
        verificationType: 'CARDHOLDER',
        verificationEntity: '02',
        verificationMethod: '07',
        verificationResults: '01',
        verificationTimestamp: '2026-11-24T10:00:00.000Z',
        verificationEvents: ['01'],
        additionalData: proof,
      },
    ]);
  });

  test("has the issuer's verification before it where the passkey was made on the way: entity 03, event 02", () => {
    const verifiedAt = '2026-11-24T09:58:00.000Z';
    const proof = proofWith({ cardholderVerification: { method: 'OTP', verifiedAt } });
    const { verificationData } = build(proof);
    expect(verificationData).toHaveLength(2);
    expect(verificationData[0]).toEqual({
      verificationType: 'CARDHOLDER',
      verificationEntity: '03',
      verificationMethod: '04',
      verificationResults: '01',
      verificationTimestamp: verifiedAt,
      verificationEvents: ['02'],
      additionalData: proof,
    });
    expect(verificationData[1]).toEqual(
      build(proofWith()).verificationData.map((one) => ({ ...one, additionalData: proof }))[0],
    );
  });

  test('has a code for each method of an issuer', () => {
    const codes = VERIFICATION_METHODS.map((method) => {
      const proof = proofWith({ cardholderVerification: { method, verifiedAt: '2026-11-24T09:58:00.000Z' } });
      return `${method} ${build(proof).verificationData[0].verificationMethod}`;
    });
    expect(codes).toEqual(['ISSUER_LOGIN 02', 'OTP 04', '3DS 01', 'BRANCH 01']);
  });
});

describe('eci', () => {
  const approved: AuthenticatedPayment = {
    status: 'AUTHENTICATED',
    again: false,
    payment: {
      clientSessionId: '86bd4a91-0000-4000-8000-000000000000',
      shopperId: 'shopper-1',
      startedAt: AT,
      orderId: 'order-1',
      amount: '12.34',
      currency: 'USD',
      merchantOrigin: 'https://shop.example',
    },
    card: { bindingId: 'binding-1', brand: 'MASTERCARD', lastFour: '4444' },
    authenticatedAt: AT,
    assuranceData: build(proofWith()),
    advice: ADVICE.done,
  };

  test("is that of the card's brand", () => {
    expect(addEci(approved, { MASTERCARD: '02', VISA: '05' })).toEqual({
      ...approved,
      assuranceData: { ...approved.assuranceData, eci: '02' },
    });
  });

  test('is absent for another brand, without one, and without assurance data', () => {
    const { assuranceData: _, ...without } = approved;
    expect(addEci(approved, { VISA: '05' })).toBe(approved);
    expect(addEci(approved)).toBe(approved);
    expect(addEci<AuthenticatedPayment>(without, { MASTERCARD: '02' })).toBe(without);
    expect(addEci({ status: 'REDIRECT' }, { MASTERCARD: '02' })).toEqual({ status: 'REDIRECT' });
  });
});
