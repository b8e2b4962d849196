/** The passkey's public key: a COSE_Key (RFC 9052 §7) of one of the policy's algorithms, and sound. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { attempt, ensure } from './errors.ts';
import type { CeremonyPolicy } from './policy.ts';

const [KTY, ALG] = [1, 3];
/** Labels -1 to -3 mean what the key type says (RFC 9053 §7, RFC 8230 §4). */
const [FIRST, SECOND, THIRD] = [-1, -2, -3];

const MIN_MODULUS_BYTES = 2048 / 8;
const MAX_MODULUS_BYTES = 4096 / 8;

type CoseKey = ReadonlyMap<unknown, unknown>;

/**
 * The algorithm of a COSE key, if the policy allows it (WebAuthn L3 §7.1 step 20) and the key is of that algorithm's type and curve
 * (§5.8.5). Throws PUBLIC_KEY_INVALID, ALGORITHM_NOT_ALLOWED. Does not check that the key's numbers are sound.
 */
export function readAlgorithm(publicKey: Uint8Array, policy: CeremonyPolicy): number {
  return readKey(publicKey, policy).algorithm;
}

/**
 * {@link readAlgorithm}, and the key's numbers: the point lies on the curve, the modulus has 2,048 to 4,096 bits (RFC 8812 §2), the
 * exponent is 65,537. With attestation `none` nothing is signed at registration, so no other check would notice a key that can
 * never verify, or one that everybody can sign for.
 */
export function checkPublicKey(publicKey: Uint8Array, policy: CeremonyPolicy): number {
  const { algorithm, jwk } = readKey(publicKey, policy);
  attempt('PUBLIC_KEY_INVALID', () => createPublicKey({ key: jwk, format: 'jwk' }));
  return algorithm;
}

function readKey(publicKey: Uint8Array, policy: CeremonyPolicy): { algorithm: number; jwk: JsonWebKey } {
  const decoded: unknown = attempt('PUBLIC_KEY_INVALID', () => decodeCredentialPublicKey(Uint8Array.from(publicKey)));
  ensure(decoded instanceof Map, 'PUBLIC_KEY_INVALID');
  const algorithm: unknown = decoded.get(ALG);
  ensure(typeof algorithm === 'number' && policy.algorithms.includes(algorithm), 'ALGORITHM_NOT_ALLOWED');
  const jwk = toJwk(algorithm, decoded);
  ensure(jwk !== undefined, 'PUBLIC_KEY_INVALID');
  return { algorithm, jwk };
}

function toJwk(algorithm: number, key: CoseKey): JsonWebKey | undefined {
  const kty = key.get(KTY);
  const curve = key.get(FIRST);
  switch (algorithm) {
    case -7: {
      const [x, y] = [coordinate(key.get(SECOND)), coordinate(key.get(THIRD))];
      return kty === 2 && curve === 1 && x && y ? { kty: 'EC', crv: 'P-256', x, y } : undefined;
    }
    case -8: {
      const x = coordinate(key.get(SECOND));
      return kty === 1 && curve === 6 && x ? { kty: 'OKP', crv: 'Ed25519', x } : undefined;
    }
    case -257: {
      const [n, e] = [key.get(FIRST), key.get(SECOND)];
      return kty === 3 && isModulus(n) && isF4(e) ? { kty: 'RSA', n: base64Url(n), e: base64Url(e) } : undefined;
    }
    default:
      return undefined;
  }
}

/** 32 bytes, as both curves have it; a compressed point is no byte string, and not allowed (L3 §5.8.5). */
function coordinate(value: unknown): string | undefined {
  return value instanceof Uint8Array && value.length === 32 ? base64Url(value) : undefined;
}

function isModulus(value: unknown): value is Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < MIN_MODULUS_BYTES || value.length > MAX_MODULUS_BYTES) {
    return false;
  }
  const [first = 0] = value;
  return first >= 0x80 || (first > 0 && value.length > MIN_MODULUS_BYTES);
}

function isF4(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 3 && value[0] === 1 && value[1] === 0 && value[2] === 1;
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
