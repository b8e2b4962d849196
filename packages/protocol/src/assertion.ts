/** Secure Payment Confirmation, contract §10: what a payment's session offers, and the result that a merchant reports. */
import Type, { type Static } from 'typebox';
import { AuthenticationCredential } from './ceremonies.ts';
import { CompactJws, Text } from './fields.ts';
import { sessionPath } from './session-report.ts';
import { SessionAnswer } from './sessions.ts';
import { NEXT_STEPS } from './transactions.ts';

/** The data for `new PaymentRequest([{ supportedMethods: 'secure-payment-confirmation', data }], { total })`. Binary values are base64url. */
export const SecurePaymentConfirmation = Type.Object({
  rpId: Text(253),
  challenge: Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 64 }),
  credentialIds: Type.Array(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 1400 }), { minItems: 1 }),
  instrument: Type.Object({
    displayName: Text(100),
    /** A PNG as a `data:` address. The browser signs the address, and refuses an icon that it cannot decode. */
    icon: Type.String({ pattern: '^data:image/png;base64,[A-Za-z0-9+/]+=*$', maxLength: 8192 }),
  }),
  payeeName: Text(100),
  /** Only for a merchant with an https origin: the browser accepts no other. */
  payeeOrigin: Type.Optional(Text(260)),
  total: Type.Object({ currency: Text(3), value: Text(16) }),
  showOptOut: Type.Literal(true),
  /** Milliseconds. */
  timeout: Type.Integer(),
});
export type SecurePaymentConfirmation = Static<typeof SecurePaymentConfirmation>;

/** The answer of a Sessions call for a payment. STEP_UP has no `uri`. AUTHENTICATE may have `securePaymentConfirmation`. */
export const PaymentSessionAnswer = Type.Object({
  ...SessionAnswer.properties,
  uri: Type.Optional(SessionAnswer.properties.uri),
  nextStep: Type.Enum(NEXT_STEPS),
  /** With STEP_UP, if the session names a binding that its issuer has not activated yet. A suspension is not reported. */
  bindingStatus: Type.Optional(Type.Literal('PENDING_ACTIVATION')),
  securePaymentConfirmation: Type.Optional(SecurePaymentConfirmation),
});
export type PaymentSessionAnswer = Static<typeof PaymentSessionAnswer>;

/** The path to which a merchant reports the result, with a POST. */
export function assertionPath(authenticationSessionId: string): string {
  return `${sessionPath(authenticationSessionId)}/assertion`;
}

/** How `PaymentRequest.show()` ended. ANOTHER_WAY is its NotAllowedError, ABORTED its AbortError, OPTED_OUT its OptOutError. */
export const ASSERTION_OUTCOMES = ['ACCEPTED', 'ANOTHER_WAY', 'ABORTED', 'OPTED_OUT'] as const;
/** The result of the browser's payment dialog. */
export type AssertionOutcome = (typeof ASSERTION_OUTCOMES)[number];

/** The cardholder confirmed the payment. */
export const AcceptedAssertion = Type.Object({
  outcome: Type.Literal('ACCEPTED'),
  /** `PaymentResponse.details.toJSON()`. */
  credential: AuthenticationCredential,
});
export type AcceptedAssertion = Static<typeof AcceptedAssertion>;

/** The merchant's report: the assertion, or how `show()` ended without one. */
export const AssertionRequest = Type.Union([
  AcceptedAssertion,
  Type.Object({
    outcome: Type.Union([Type.Literal('ANOTHER_WAY'), Type.Literal('ABORTED'), Type.Literal('OPTED_OUT')]),
  }),
]);
export type AssertionRequest = Static<typeof AssertionRequest>;

/** The network's answer to `AssertionRequest`. */
export const AssertionAnswer = Type.Union([
  Type.Object({ status: Type.Literal('AUTHENTICATED'), proofOfAuthentication: CompactJws }),
  /** After ANOTHER_WAY and OPTED_OUT: send the cardholder to the session's `uri`. */
  Type.Object({ status: Type.Literal('REDIRECT') }),
  /** After ABORTED. */
  Type.Object({ status: Type.Literal('CANCELLED'), reason: Type.Literal('USER_CANCELLATION') }),
]);
export type AssertionAnswer = Static<typeof AssertionAnswer>;
