/** Secure Payment Confirmation (contract §10): what a session hands out, and what must come back. */
import { randomBytes } from 'node:crypto';
import { CEREMONY_SECONDS, maskPan, type SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import type { ExpectedPayment } from '@payment-passkeys/webauthn';
import type { Payment } from '../sessions/store.ts';
import { CARD_ART } from './card-art.ts';

const CHALLENGE_BYTES = 32;

export function newConfirmationChallenge(): Buffer {
  return randomBytes(CHALLENGE_BYTES);
}

/** The data that the merchant's page passes to PaymentRequest. */
export function buildConfirmationOffer(options: {
  readonly rpId: string;
  readonly challenge: Buffer;
  /** WebAuthn ids, in base64. */
  readonly credentialIds: readonly string[];
  readonly payment: Payment;
  readonly lastFour: string;
}): SecurePaymentConfirmation {
  const { rpId, challenge, credentialIds, payment, lastFour } = options;
  const { payeeName, payeeOrigin, total, instrument } = expectedPayment(payment, lastFour, []);
  return {
    rpId,
    challenge: challenge.toString('base64url'),
    credentialIds: credentialIds.map((id) => Buffer.from(id, 'base64').toString('base64url')),
    instrument,
    payeeName,
    ...(payeeOrigin !== undefined && { payeeOrigin }),
    total,
    showOptOut: true,
    timeout: CEREMONY_SECONDS * 1000,
  };
}

/** What the cardholder must have been shown. Computed from the session's facts, so it is not stored. */
export function expectedPayment(payment: Payment, lastFour: string, frameOrigins: readonly string[]): ExpectedPayment {
  const { merchantOrigin, merchantName, amount, currency } = payment;
  return {
    origin: merchantOrigin,
    frameOrigins,
    payeeName: merchantName,
    payeeOrigin: merchantOrigin.startsWith('https:') ? merchantOrigin : undefined,
    total: { currency, value: amount },
    instrument: { displayName: maskPan(lastFour), icon: CARD_ART },
  };
}
