/** What a payment passkey must be. There is no optional check: a policy names its values, never which checks to leave out. */

/** COSE algorithm identifiers in order of preference: ES256, EdDSA (Ed25519), RS256. Closed: each has its own key checks. */
export const PAYMENT_ALGORITHMS = [-7, -8, -257] as const;

/** Attestation statement formats that are verified and recorded. Any other is refused until its verification has been reviewed. */
export const ACCEPTED_ATTESTATION_FORMATS = ['none', 'packed'] as const;
export type AttestationFormat = (typeof ACCEPTED_ATTESTATION_FORMATS)[number];

/** WebAuthn L3 §13.4.3 asks for challenges of at least 16 bytes. */
const MIN_CHALLENGE_BYTES = 16;

export interface CeremonyPolicy {
  /** The hostname that passkeys belong to, fixed for life. */
  readonly rpId: string;
  readonly rpName: string;
  /** Serialised web origins (`https://verify.example`), compared exactly. At least one. */
  readonly origins: readonly string[];
  /** In order of preference, of {@link PAYMENT_ALGORITHMS}. At least one. */
  readonly algorithms: readonly number[];
  /** What is asked of the authenticator at creation; what it then sends is verified either way. */
  readonly attestation: 'none' | 'direct';
}

/**
 * Throws a TypeError when the policy is empty or names what it cannot mean: that is the operator's fault, never the cardholder's,
 * so it is no CeremonyError. Every function of this package that takes a policy calls it.
 */
export function assertPolicy(policy: CeremonyPolicy): void {
  if (policy.rpId === '' || policy.rpName === '') throw new TypeError('The policy needs rpId and rpName.');
  if (policy.origins.length === 0 || !policy.origins.every(isWebOrigin)) {
    throw new TypeError('The policy needs exact web origins, such as https://verify.example.');
  }
  if (policy.algorithms.length === 0 || !policy.algorithms.every(isPaymentAlgorithm)) {
    throw new TypeError('The policy needs algorithms of PAYMENT_ALGORITHMS.');
  }
}

/** Throws a TypeError for a challenge that could be guessed. */
export function assertChallenge(challenge: Uint8Array): void {
  if (challenge.length < MIN_CHALLENGE_BYTES) throw new TypeError('A challenge has at least 16 bytes.');
}

function isWebOrigin(origin: string): boolean {
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
}

function isPaymentAlgorithm(algorithm: number): boolean {
  return (PAYMENT_ALGORITHMS as readonly number[]).includes(algorithm);
}
