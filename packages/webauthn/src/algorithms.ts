/** The signature algorithms of passkeys and attestations: COSE identifiers (RFC 9053, RFC 8812, RFC 9864), their keys and their digests. */
import type { KeyObject } from 'node:crypto';
import { type CurveEquation, P256_EQUATION, P384_EQUATION, P521_EQUATION } from './curve-equation.ts';

export interface EllipticCurve {
  /** The COSE key type: 2 is EC2, 1 is OKP. */
  readonly kty: 1 | 2;
  /** The COSE curve. */
  readonly crv: number;
  /** The key's type, as {@link KeyObject} names it. */
  readonly type: 'ec' | 'ed25519' | 'ed448';
  /** The curve, as {@link KeyObject} names it; only for `ec`. */
  readonly namedCurve?: string;
  /** What stands before the coordinates in a SubjectPublicKeyInfo (RFC 5480 §2, RFC 8410 §4), in hexadecimal. */
  readonly spki: string;
  /** The length of each coordinate; an OKP key has one. */
  readonly bytes: number;
  /** Only for `ec`. */
  readonly equation?: CurveEquation;
}

interface SignatureAlgorithm {
  /** Null when the algorithm includes its hash. */
  readonly digest: 'sha1' | 'sha256' | 'sha384' | 'sha512' | null;
  /** Undefined for RSA. */
  readonly curve: EllipticCurve | undefined;
}

const P256: EllipticCurve = {
  ...{ kty: 2, crv: 1, type: 'ec', namedCurve: 'prime256v1', bytes: 32 },
  spki: '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
  equation: P256_EQUATION,
};
const P384: EllipticCurve = {
  ...{ kty: 2, crv: 2, type: 'ec', namedCurve: 'secp384r1', bytes: 48 },
  spki: '3076301006072a8648ce3d020106052b8104002203620004',
  equation: P384_EQUATION,
};
const P521: EllipticCurve = {
  ...{ kty: 2, crv: 3, type: 'ec', namedCurve: 'secp521r1', bytes: 66 },
  spki: '30819b301006072a8648ce3d020106052b810400230381860004',
  equation: P521_EQUATION,
};
const ED25519: EllipticCurve = { kty: 1, crv: 6, type: 'ed25519', bytes: 32, spki: '302a300506032b6570032100' };
const ED448: EllipticCurve = { kty: 1, crv: 7, type: 'ed448', bytes: 57, spki: '3043300506032b6571033a00' };

/** WebAuthn L3 §5.8.5 ties ES256, ES384 and ES512 to one curve each, and EdDSA to Ed25519. */
const ALGORITHMS: ReadonlyMap<number, SignatureAlgorithm> = new Map<number, SignatureAlgorithm>([
  [-7, { digest: 'sha256', curve: P256 }],
  [-8, { digest: null, curve: ED25519 }],
  [-35, { digest: 'sha384', curve: P384 }],
  [-36, { digest: 'sha512', curve: P521 }],
  [-53, { digest: null, curve: ED448 }],
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

/** Whether a certificate's key may sign by the algorithm: its type and curve, or an RSA modulus that is long enough. */
export function isKeyOf({ curve }: SignatureAlgorithm, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (curve === undefined) return type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
  return type === curve.type && details?.namedCurve === curve.namedCurve;
}
