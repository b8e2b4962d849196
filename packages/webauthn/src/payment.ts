/**
 * Verifies a confirmed payment: Secure Payment Confirmation (W3C Candidate Recommendation), "Verifying a Secure Payment Confirmation
 * assertion". All of WebAuthn L3 §7.2, except the client data, which differs for a payment.
 */
import type { Assertion, StoredPasskey } from './assertion.ts';
import { checkAuthenticatorData } from './authenticator-data.ts';
import { equalInConstantTime } from './client-data.ts';
import { isRecord, readAssertionCredential, readBase64Url } from './credential.ts';
import { attempt, ensure } from './errors.ts';
import { assertChallenge, assertPolicy, type CeremonyPolicy } from './policy.ts';
import { readPublicKey } from './public-key.ts';
import { isSignedBy, sha256, signedData } from './signature.ts';

/** What the relying party handed to the merchant, and what the cardholder must have been shown. */
export interface ExpectedPayment {
  /** The merchant's origin. The payment must have been confirmed on a page of it, at the top level or in an allowed frame. */
  readonly origin: string;
  /** The origins of the frames in which the payment may have been confirmed on a page of the merchant. Empty: in no frame. */
  readonly frameOrigins: readonly string[];
  readonly payeeName: string;
  /** Undefined when none was handed out; then none may have been shown. */
  readonly payeeOrigin: string | undefined;
  readonly total: { readonly currency: string; readonly value: string };
  readonly instrument: { readonly displayName: string; readonly icon: string };
}

/** The part that the browser showed differently from what was handed out. In the order of the checks. */
export const PAYMENT_MISMATCHES = [
  'TYPE',
  'CHALLENGE',
  'ORIGIN',
  'RELYING_PARTY',
  'PAYEE',
  'TOTAL',
  'INSTRUMENT',
] as const;
export type PaymentMismatch = (typeof PAYMENT_MISMATCHES)[number];

export type PaymentVerdict =
  | { readonly ok: true; readonly assertion: Assertion }
  | { readonly ok: false; readonly mismatch: PaymentMismatch };

/**
 * Verifies the JSON of a `PaymentResponse`'s details against the policy, the challenge and payment that were handed out, and the one stored
 * passkey. A mismatch says what the merchant changed. Throws {@link CeremonyError} for what no honest browser sends (MALFORMED,
 * CREDENTIAL_MISMATCH, USER_HANDLE_MISMATCH, RP_ID_MISMATCH, USER_NOT_PRESENT, USER_NOT_VERIFIED, SIGNATURE_INVALID, …), and a TypeError
 * for an invalid policy or challenge. The caller's store must check that the challenge is unused, that the credential was handed out for
 * this payment, and that the passkey is live. The policy's origins are not used: a payment is confirmed on the merchant's page.
 */
export async function verifyPaymentAssertion(input: {
  readonly policy: CeremonyPolicy;
  readonly challenge: Uint8Array;
  readonly credential: unknown;
  readonly passkey: StoredPasskey;
  readonly payment: ExpectedPayment;
}): Promise<PaymentVerdict> {
  const { policy, challenge, passkey, payment } = input;
  assertPolicy(policy);
  assertChallenge(challenge);
  const credential = readAssertionCredential(input.credential);
  ensure(equalInConstantTime(credential.credentialId, passkey.credentialId), 'CREDENTIAL_MISMATCH');
  const { userHandle } = credential;
  ensure(userHandle === undefined || equalInConstantTime(userHandle, passkey.userHandle), 'USER_HANDLE_MISMATCH');
  const mismatch = findPaymentMismatch(credential.clientData, { challenge, rpId: policy.rpId, payment });
  if (mismatch !== undefined) return { ok: false, mismatch };
  const data = checkAuthenticatorData(credential.authenticatorData, policy);
  const { algorithm, key } = readPublicKey(passkey.publicKey, policy.algorithms);
  const signed = signedData(credential.authenticatorData, sha256(credential.clientData));
  const genuine = attempt('SIGNATURE_INVALID', () =>
    isSignedBy(credential.signature, { algorithm, key, data: signed }),
  );
  ensure(genuine, 'SIGNATURE_INVALID');
  const { signCount, userVerified, backedUp, backupEligible } = data;
  const counterRegressed = (signCount > 0 || passkey.signCount > 0) && signCount <= passkey.signCount;
  return { ok: true, assertion: { signCount, userVerified, backedUp, backupEligible, counterRegressed } };
}

/**
 * Checks CollectedClientPaymentData against what was handed out. Parses it instead of comparing it with a template, because browsers add
 * members. Judges only the members of the specification; a member that was not handed out (a logo, a detail) is a mismatch. Throws
 * MALFORMED when the bytes are no JSON object.
 */
export function findPaymentMismatch(
  bytes: Uint8Array,
  expected: { readonly challenge: Uint8Array; readonly rpId: string; readonly payment: ExpectedPayment },
): PaymentMismatch | undefined {
  const clientData: unknown = attempt('MALFORMED', () => JSON.parse(new TextDecoder().decode(bytes)));
  ensure(isRecord(clientData), 'MALFORMED');
  const { payment } = expected;
  if (clientData.type !== 'payment.get' || !isRecord(clientData.payment)) return 'TYPE';
  const shown = clientData.payment;
  const challenge = readBase64Url(clientData.challenge);
  if (challenge === undefined || !equalInConstantTime(challenge, expected.challenge)) return 'CHALLENGE';
  if (shown.topOrigin !== payment.origin || !isPlaceOf(clientData, payment)) return 'ORIGIN';
  // Older browsers call it `rp`, beside or instead of rpId.
  const names = [shown.rpId, shown.rp].filter((name) => name !== undefined);
  if (names.length === 0 || names.some((name) => name !== expected.rpId)) return 'RELYING_PARTY';
  const logos = shown.paymentEntitiesLogos;
  const withoutLogos = logos === undefined || (Array.isArray(logos) && logos.length === 0);
  if (!isName(shown.payeeName, payment.payeeName) || shown.payeeOrigin !== payment.payeeOrigin || !withoutLogos)
    return 'PAYEE';
  if (!isRecord(shown.total) || !sameMembers(shown.total, payment.total)) return 'TOTAL';
  const { instrument } = shown;
  if (!isRecord(instrument) || !sameMembers(instrument, payment.instrument)) return 'INSTRUMENT';
  return instrument.details === undefined ? undefined : 'INSTRUMENT';
}

/** The page of the merchant itself, or a frame of another origin that is allowed on it. */
function isPlaceOf({ origin, crossOrigin }: Record<string, unknown>, payment: ExpectedPayment): boolean {
  if (crossOrigin === true) return origin !== payment.origin && payment.frameOrigins.some((frame) => frame === origin);
  return (crossOrigin === undefined || crossOrigin === false) && origin === payment.origin;
}

/** Compares in Unicode NFC: a composed and a decomposed letter look the same. */
function isName(shown: unknown, name: string): boolean {
  return typeof shown === 'string' && shown.normalize('NFC') === name.normalize('NFC');
}

/** As text: `10.0` is not `10.00`. */
function sameMembers(shown: Record<string, unknown>, handedOut: Readonly<Record<string, string>>): boolean {
  return Object.entries(handedOut).every(([name, value]) => Object.hasOwn(shown, name) && shown[name] === value);
}
