/** What a passkey and a ceremony must be. There is no optional check: a policy names a value for every one of them. */
import { SUPPORTED_ALGORITHMS } from './algorithms.ts';
import type { AttestationTrust } from './attestation-trust.ts';

/** COSE algorithm identifiers of payment passkeys in order of preference: ES256, EdDSA (Ed25519), RS256. */
export const PAYMENT_ALGORITHMS = [-7, -8, -257] as const;

/** Attestation statement formats that can be verified (WebAuthn L3 §8). android-safetynet is withdrawn by its maker, and left out. */
export const ATTESTATION_FORMATS = ['none', 'packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const;
export type AttestationFormat = (typeof ATTESTATION_FORMATS)[number];

/** WebAuthn L3 §13.4.3 asks for challenges of at least 16 bytes. */
const MIN_CHALLENGE_BYTES = 16;

/**
 * Where new passkeys may come from. `none` asks for no attestation. `record` asks for it and remembers what it shows, trusted or not.
 * `require` refuses a passkey whose attestation is not trusted, or whose model is denied or not allowed: lists hold AAGUIDs,
 * lower-case UUIDs; an empty list of allowed models allows none. In each of the three, a statement that comes has to verify.
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
  /** The hostname that passkeys belong to, fixed for life. */
  readonly rpId: string;
  readonly rpName: string;
  /** Serialised web origins (`https://verify.example`), compared exactly. At least one. */
  readonly origins: readonly string[];
  /** Ceremonies within a frame of another site: none, or those whose top origin, where the browser tells it, is one of these. */
  readonly crossOrigin: 'refused' | { readonly topOrigins: readonly string[] };
  readonly userVerification: 'required' | 'optional';
  readonly attachment: 'platform' | 'any';
  readonly residentKey: 'required' | 'optional';
  /** In order of preference, of {@link SUPPORTED_ALGORITHMS}. At least one. */
  readonly algorithms: readonly number[];
  readonly attestation: AttestationPolicy;
  /** What a statement may be. Others are refused, unless the browser replaces them, as it does where none is asked for. */
  readonly attestationFormats: readonly AttestationFormat[];
  /** Of `android-key` (L3 §8.4): whether the key's origin and purpose have to be vouched for by a trusted environment. */
  readonly androidKeys: 'trusted-environment' | 'any';
}

/** What differs between payment policies. */
export type PaymentPolicySettings = Pick<CeremonyPolicy, 'rpId' | 'rpName' | 'origins' | 'algorithms' | 'attestation'>;

/**
 * The payment policy, contract §2: first-party, verified by a platform authenticator, discoverable. Without an attestation policy it takes
 * `none`, and `packed` for the self attestation that browsers leave alone; with one, every format that can be verified.
 * Throws a TypeError for settings that cannot be meant.
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

/**
 * Throws a TypeError when the policy is empty or names what it cannot mean: that is the operator's fault, never the cardholder's,
 * so it is no CeremonyError. Every function of this package that takes a policy calls it.
 */
export function assertPolicy(policy: CeremonyPolicy): void {
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
    // A misspelt AAGUID would be on no list.
    if (![...(allow === 'any' ? [] : allow), ...deny].every(isAaguid)) {
      throw new TypeError('The policy needs AAGUIDs as lower-case UUIDs.');
    }
  }
}

/** Throws a TypeError for a challenge that could be guessed. */
export function assertChallenge(challenge: Uint8Array): void {
  if (challenge.length < MIN_CHALLENGE_BYTES) throw new TypeError('A challenge has at least 16 bytes.');
}

/** Lower-case UUID, as this package writes them. */
export function isAaguid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

function isWebOrigin(origin: string): boolean {
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
}

function isAttestationFormat(format: string): format is AttestationFormat {
  return (ATTESTATION_FORMATS as readonly string[]).includes(format);
}
