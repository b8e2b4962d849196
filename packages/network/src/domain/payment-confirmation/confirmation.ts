/** Secure Payment Confirmation (contract §10): what a session hands out, and what must come back. */
import { randomBytes } from 'node:crypto';
import { CEREMONY_SECONDS, maskPan, type SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import type { ExpectedPayment } from '@payment-passkeys/webauthn';
import type { Passkey } from '../passkeys/store.ts';
import type { Confirmation, Payment } from '../sessions/store.ts';
import { CARD_ART } from './card-art.ts';

const CHALLENGE_BYTES = 32;

/** Undefined when an older program has opted every passkey out: see migrations/0008. */
export function planConfirmation(passkeys: readonly Passkey[]): Confirmation | undefined {
  const offered = passkeys.filter(({ paymentConfirmation }) => paymentConfirmation);
  if (offered.length === 0) return undefined;
  return { challenge: randomBytes(CHALLENGE_BYTES), passkeyIds: offered.map(({ passkeyId }) => passkeyId) };
}

/** The data that the merchant's page passes to PaymentRequest. */
export function buildConfirmationOffer(options: {
  readonly rpId: string;
  readonly confirmation: Confirmation;
  readonly passkeys: readonly Passkey[];
  readonly payment: Payment;
  readonly lastFour: string;
}): SecurePaymentConfirmation {
  const { rpId, confirmation, passkeys, payment, lastFour } = options;
  const { payeeName, payeeOrigin, total, instrument } = expectedPayment(payment, lastFour);
  return {
    rpId,
    challenge: confirmation.challenge.toString('base64url'),
    credentialIds: passkeys
      .filter(({ passkeyId }) => confirmation.passkeyIds.includes(passkeyId))
      .map(({ credentialId }) => credentialId.toString('base64url')),
    instrument,
    payeeName,
    ...(payeeOrigin !== undefined && { payeeOrigin }),
    total,
    showOptOut: true,
    timeout: CEREMONY_SECONDS * 1000,
  };
}

/** What the cardholder must have been shown. Computed from the session's facts, so it is not stored. */
export function expectedPayment(payment: Payment, lastFour: string): ExpectedPayment {
  const { merchantOrigin, merchantName, amount, currency } = payment;
  return {
    origin: merchantOrigin,
    payeeName: merchantName,
    payeeOrigin: merchantOrigin.startsWith('https:') ? merchantOrigin : undefined,
    total: { currency, value: amount },
    instrument: { displayName: maskPan(lastFour), icon: CARD_ART },
  };
}
