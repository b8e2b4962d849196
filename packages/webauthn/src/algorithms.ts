/** The signature algorithms of passkeys and attestations: COSE identifiers (RFC 9053, RFC 8812, RFC 9864), their keys and their digests. */
import type { KeyObject } from 'node:crypto';

export interface EllipticCurve {
  /** COSE key type and curve: 2 is EC2, 1 is OKP. */
  readonly kty: 1 | 2;
  readonly crv: number;
  readonly jwk: { readonly kty: 'EC' | 'OKP'; readonly crv: string };
  /** The length of each coordinate; an OKP key has one. */
  readonly bytes: number;
}

interface SignatureAlgorithm {
  /** Null when the algorithm includes its hash. */
  readonly digest: 'sha1' | 'sha256' | 'sha384' | 'sha512' | null;
  /** Undefined for RSA. */
  readonly curve: EllipticCurve | undefined;
}

const ec = (crv: number, name: string, bytes: number): EllipticCurve => ({
  kty: 2,
  crv,
  jwk: { kty: 'EC', crv: name },
  bytes,
});
const okp = (crv: number, name: string, bytes: number): EllipticCurve => ({
  kty: 1,
  crv,
  jwk: { kty: 'OKP', crv: name },
  bytes,
});

/** WebAuthn L3 §5.8.5 ties ES256, ES384 and ES512 to one curve each, and EdDSA to Ed25519. */
const ALGORITHMS: ReadonlyMap<number, SignatureAlgorithm> = new Map<number, SignatureAlgorithm>([
  [-7, { digest: 'sha256', curve: ec(1, 'P-256', 32) }],
  [-8, { digest: null, curve: okp(6, 'Ed25519', 32) }],
  [-35, { digest: 'sha384', curve: ec(2, 'P-384', 48) }],
  [-36, { digest: 'sha512', curve: ec(3, 'P-521', 66) }],
  [-53, { digest: null, curve: okp(7, 'Ed448', 57) }],
  [-257, { digest: 'sha256', curve: undefined }],
]);

/**
 * RS1 (RFC 8812 §2) signs the attestations of many TPMs in use. It is allowed there only: not for passkeys, not in other formats. The input
 * of SHA-1 is mostly chosen by the TPM, and the chain must end at one of our anchors.
 */
export const RS1 = -65_535;
const RS1_ALGORITHM: SignatureAlgorithm = { digest: 'sha1', curve: undefined };

/** ES256, EdDSA (Ed25519), ES384, ES512, Ed448, RS256. Closed: each has its own key checks. */
export const SUPPORTED_ALGORITHMS: readonly number[] = [...ALGORITHMS.keys()];

export const MIN_RSA_BITS = 2048;
export const MAX_RSA_BITS = 4096;

/** Undefined for an algorithm that is not allowed for passkeys. */
export function findAlgorithm(identifier: number): SignatureAlgorithm | undefined {
  return ALGORITHMS.get(identifier);
}

/** {@link findAlgorithm}, and RS1 for the statement of a TPM. */
export function findTpmAlgorithm(identifier: number): SignatureAlgorithm | undefined {
  return identifier === RS1 ? RS1_ALGORITHM : ALGORITHMS.get(identifier);
}

const NAMED_CURVES: Readonly<Record<string, string>> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
};

/** Whether a certificate's key may sign by the algorithm: its type and curve, or an RSA modulus that is long enough. */
export function isKeyOf({ curve }: SignatureAlgorithm, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (curve === undefined) return type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
  if (curve.jwk.kty === 'OKP') return type === curve.jwk.crv.toLowerCase();
  return type === 'ec' && details?.namedCurve === NAMED_CURVES[curve.jwk.crv];
}
