/** The requirements for passkeys and ceremonies. No check is optional: a policy has a value for each. */
import { SUPPORTED_ALGORITHMS } from './algorithms.ts';
import type { AttestationTrust } from './attestation-trust.ts';

/** COSE algorithm identifiers of payment passkeys in order of preference: ES256, EdDSA (Ed25519), RS256. */
export const PAYMENT_ALGORITHMS = [-7, -8, -257] as const;

/** Attestation statement formats that can be verified (WebAuthn L3 §8). Without android-safetynet, which its maker has withdrawn. */
export const ATTESTATION_FORMATS = ['none', 'packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const;
export type AttestationFormat = (typeof ATTESTATION_FORMATS)[number];

/** WebAuthn L3 §13.4.3 asks for challenges of at least 16 bytes. */
const MIN_CHALLENGE_BYTES = 16;

/**
 * The attestation of new passkeys. `none` asks for none. `record` asks for it and stores what it shows, trusted or not. `require` refuses a
 * passkey whose attestation is not trusted, or whose model is denied or not allowed. The lists hold AAGUIDs (lower-case UUIDs); an empty
 * list of allowed models allows none. In all three, a statement that is sent must verify.
 */
export type AttestationPolicy =
  | 'none'
  | { readonly demand: 'record'; readonly trust: AttestationTrust }
  | {
      readonly demand: 'require';
      readonly trust: AttestationTrust;
      readonly allow: 'any' | readonly string[];
      readonly deny: readonly string[];
    };

export interface CeremonyPolicy {
  /** The host name that passkeys belong to. It can never be changed. */
  readonly rpId: string;
  readonly rpName: string;
  /** Serialised web origins (`https://verify.example`), compared exactly. At least one. */
  readonly origins: readonly string[];
  /**
   * The accepted ceremonies in a frame of another origin: none, or those with a top origin of this list. If the browser sends no top origin, the
   * ceremony is accepted.
   */
  readonly crossOrigin: 'refused' | { readonly topOrigins: readonly string[] };
  readonly userVerification: 'required' | 'optional';
  readonly attachment: 'platform' | 'any';
  readonly residentKey: 'required' | 'optional';
  /** In order of preference, of {@link SUPPORTED_ALGORITHMS}. At least one. */
  readonly algorithms: readonly number[];
  readonly attestation: AttestationPolicy;
  /** The allowed statement formats; others are refused. (When no attestation is asked for, the browser replaces it by `none`.) */
  readonly attestationFormats: readonly AttestationFormat[];
  /** For `android-key` (L3 §8.4): whether a trusted environment must state the key's origin and purpose. */
  readonly androidKeys: 'trusted-environment' | 'any';
}

/** The settings that differ between payment policies. */
export type PaymentPolicySettings = Pick<CeremonyPolicy, 'rpId' | 'rpName' | 'origins' | 'algorithms' | 'attestation'>;

/**
 * The payment policy of contract §2: first-party, verified by a platform authenticator, discoverable. Without an attestation policy it
 * accepts `none`, and `packed` for self attestations, which browsers do not replace; with one, every format that can be verified. Throws a
 * TypeError for invalid settings.
 */
export function buildPaymentPolicy(settings: PaymentPolicySettings): CeremonyPolicy {
  const { rpId, rpName, origins, algorithms, attestation } = settings;
  if (!algorithms.every((algorithm) => (PAYMENT_ALGORITHMS as readonly number[]).includes(algorithm))) {
    throw new TypeError('The policy needs algorithms of PAYMENT_ALGORITHMS.');
  }
  const policy: CeremonyPolicy = {
    rpId,
    rpName,
    origins,
    crossOrigin: 'refused',
    userVerification: 'required',
    attachment: 'platform',
    residentKey: 'required',
    algorithms,
    attestation,
    attestationFormats: attestation === 'none' ? ['none', 'packed'] : ATTESTATION_FORMATS,
    androidKeys: 'trusted-environment',
  };
  assertPolicy(policy);
  return policy;
}

/** The policies that have passed {@link assertPolicy}. */
const valid = new WeakSet<CeremonyPolicy>();

/**
 * Throws a TypeError when the policy is empty or invalid. It is no CeremonyError, because the operator has to correct it. Every function of
 * this package that takes a policy calls it.
 */
export function assertPolicy(policy: CeremonyPolicy): void {
  if (valid.has(policy)) return;
  if (policy.rpId === '' || policy.rpName === '') throw new TypeError('The policy needs rpId and rpName.');
  const topOrigins = policy.crossOrigin === 'refused' ? [] : policy.crossOrigin.topOrigins;
  if (policy.origins.length === 0 || ![...policy.origins, ...topOrigins].every(isWebOrigin)) {
    throw new TypeError('The policy needs exact web origins, such as https://verify.example.');
  }
  if (policy.algorithms.length === 0 || !policy.algorithms.every((it) => SUPPORTED_ALGORITHMS.includes(it))) {
    throw new TypeError('The policy needs algorithms of SUPPORTED_ALGORITHMS.');
  }
  if (policy.attestationFormats.length === 0 || !policy.attestationFormats.every(isAttestationFormat)) {
    throw new TypeError('The policy needs attestation formats of ATTESTATION_FORMATS.');
  }
  if (typeof policy.attestation === 'object' && policy.attestation.demand === 'require') {
    const { allow, deny } = policy.attestation;
    // A misspelt AAGUID would match no model.
    if (![...(allow === 'any' ? [] : allow), ...deny].every(isAaguid)) {
      throw new TypeError('The policy needs AAGUIDs as lower-case UUIDs.');
    }
  }
  valid.add(policy);
}

/** Throws a TypeError for a challenge that could be guessed. */
export function assertChallenge(challenge: Uint8Array): void {
  if (challenge.length < MIN_CHALLENGE_BYTES) throw new TypeError('A challenge has at least 16 bytes.');
}

/** A lower-case UUID. */
export function isAaguid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

function isWebOrigin(origin: string): boolean {
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
}

function isAttestationFormat(format: string): format is AttestationFormat {
  return (ATTESTATION_FORMATS as readonly string[]).includes(format);
}
