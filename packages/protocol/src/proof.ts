/** The claims of `proofOfAuthentication`, contract §4, and the additional claims of a payment's proof, §9. */
import Type, { type Static } from 'typebox';
import { Text, Uuid } from './fields.ts';
import { AUTHENTICATION_REASONS, CardholderVerification } from './sessions.ts';
import { Amount, BindingId, CurrencyCode, OrderId, WebOrigin } from './transactions.ts';
import { compileSchema } from './validation.ts';

/** A UUIDv4 in base64url, twelve digits and a region of two letters: 36 characters. */
export const InstanceId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}[0-9]{12}[A-Z]{2}$', maxLength: 36 });

/** The times are seconds since 1970-01-01 UTC. The schema checks the form only: `verifyProof` of `@payment-passkeys/channel` verifies a proof. */
export const ProofClaims = Type.Object({
  /** The hosted page's origin. */
  iss: Text(256),
  /** The network's AUDIENCE, or its PUBLIC_URL if that is not set. */
  aud: Text(256),
  iat: Type.Integer({ minimum: 0 }),
  completedAt: Type.Integer({ minimum: 0 }),
  exp: Type.Integer({ minimum: 0 }),
  clientSessionId: Uuid,
  isChallengePerformed: Type.Literal(true),
  authenticationMethod: Type.Literal('FIDO2'),
  authenticationReasons: Type.Array(Type.Enum(AUTHENTICATION_REASONS), {
    minItems: 1,
    maxItems: 1,
  }),
  assertionType: Type.Literal('ownership'),
  certifiedMFAMethodId: Text(16),
  authenticationFactors: Text(16),
  /** The device. */
  appInstanceId: InstanceId,
  /** The passkey on that device. */
  dasAuthenticatorInstanceId: InstanceId,
});
export type ProofClaims = Static<typeof ProofClaims>;

/** What the cardholder approved: amount, merchant, order and card (dynamic linking). */
export const PaymentClaims = Type.Object({
  transactionAmount: Amount,
  transactionCurrencyCode: CurrencyCode,
  merchantOrigin: WebOrigin,
  orderId: OrderId,
  /** The client's binding for the card. */
  bindingId: BindingId,
  panLastFour: Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 }),
  /** The issuer's verification, if the passkey was made during this payment. */
  cardholderVerification: Type.Optional(CardholderVerification),
});
export type PaymentClaims = Static<typeof PaymentClaims>;

const paymentClaims = compileSchema(PaymentClaims);

/** The payment of a verified proof; undefined if the proof is not a payment's, or one of the claims is missing or malformed. */
export function readPaymentClaims(claims: ProofClaims): PaymentClaims | undefined {
  const candidate: unknown = claims;
  if (claims.authenticationReasons[0] !== 'TRANSACTION_AUTHENTICATION' || !paymentClaims.accepts(candidate)) {
    return undefined;
  }
  const { transactionAmount, transactionCurrencyCode, merchantOrigin, orderId, bindingId, panLastFour } = candidate;
  const { cardholderVerification: verification } = candidate;
  return {
    transactionAmount,
    transactionCurrencyCode,
    merchantOrigin,
    orderId,
    bindingId,
    panLastFour,
    ...(verification && {
      cardholderVerification: { method: verification.method, verifiedAt: verification.verifiedAt },
    }),
  };
}
