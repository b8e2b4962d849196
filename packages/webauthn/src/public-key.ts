/** The passkey's public key: a valid COSE_Key (RFC 9052 §7) of one of the policy's algorithms. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { type EllipticCurve, findAlgorithm, MAX_RSA_BITS, MIN_RSA_BITS } from './algorithms.ts';
import { type CborMap, type CborValue, decodeCbor } from './cbor.ts';
import { BIT_STRING, SEQUENCE, writeDer, writePositiveInteger } from './certificates/der.ts';
import { satisfies } from './curve-equation.ts';
import { attempt, ensure } from './errors.ts';
import { isOfSmallOrder } from './small-order.ts';

const [KTY, ALG] = [1, 3];
/** The meaning of the labels -1 to -3 depends on the key type (RFC 9053 §7, RFC 8230 §4). */
const [FIRST, SECOND, THIRD] = [-1, -2, -3];
const RSA = 3;
/** The AlgorithmIdentifier of an RSA key (RFC 3279 §2.3.1), in DER. */
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** The numbers of a COSE key, before node:crypto has them. */
export interface CoseKey {
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  /** The COSE_Key's members. */
  readonly members: CborMap;
  /** SubjectPublicKeyInfo, in DER. */
  readonly spki: Buffer;
}

export interface PublicKey {
  /** COSE algorithm identifier. */
  readonly algorithm: number;
  readonly key: KeyObject;
}

/**
 * Reads the COSE key of a new passkey: of an allowed algorithm (WebAuthn L3 §7.1 step 20), of that algorithm's type and curve (§5.8.5), with sound
 * numbers: the point lies on the curve, the modulus is odd and has 2,048 to 4,096 bits (RFC 8812 §2), the exponent is 65,537. With
 * attestation `none` nothing is signed at registration, so no other check would notice a key that can never verify, or one that everybody can sign
 * for. For Ed25519 and Ed448 it checks the length only, and that the point is not of small order, because everybody can sign for such a
 * point. It does not check that the bytes are a point of the curve: if they are not, the passkey never verifies. Throws
 * PUBLIC_KEY_INVALID, ALGORITHM_NOT_ALLOWED.
 */
export function readNewKey(publicKey: Uint8Array, allowed: readonly number[]): CoseKey {
  const key = readCoseKey(publicKey, allowed);
  // Without attestation no KeyObject is needed, and it takes seven times as long as the equation.
  ensure(isOnCurve(key), 'PUBLIC_KEY_INVALID');
  return key;
}

/** Reads the COSE key of a stored passkey. The checks and the errors are those of {@link readNewKey}; OpenSSL checks the equation of the curve. */
export function readPublicKey(publicKey: Uint8Array, allowed: readonly number[]): PublicKey {
  return importKey(readCoseKey(publicKey, allowed));
}

/** Hands Node the key as PEM: given DER bytes or a JWK, Node throws and catches four exceptions, which takes twice as long. */
export function importKey({ algorithm, spki }: CoseKey): PublicKey {
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----`;
  return { algorithm, key: attempt('PUBLIC_KEY_INVALID', () => createPublicKey(pem)) };
}

/** All checks but the equation of the curve. */
function readCoseKey(publicKey: Uint8Array, allowed: readonly number[]): CoseKey {
  const members = attempt('PUBLIC_KEY_INVALID', () => decodeCbor(publicKey));
  ensure(members instanceof Map, 'PUBLIC_KEY_INVALID');
  const identifier: CborValue | undefined = members.get(ALG);
  ensure(typeof identifier === 'number' && allowed.includes(identifier), 'ALGORITHM_NOT_ALLOWED');
  const algorithm = findAlgorithm(identifier);
  ensure(algorithm !== undefined, 'ALGORITHM_NOT_ALLOWED');
  const spki = algorithm.curve === undefined ? readRsaKey(members) : readCurveKey(members, algorithm.curve);
  ensure(spki !== undefined, 'PUBLIC_KEY_INVALID');
  return { algorithm: identifier, members, spki };
}

function readCurveKey(key: CborMap, { kty, crv, type, bytes, spki }: EllipticCurve): Buffer | undefined {
  if (key.get(KTY) !== kty || key.get(FIRST) !== crv) return undefined;
  // A compressed point has a boolean as its y; it is not allowed (L3 §5.8.5).
  const point = type === 'ec' ? [key.get(SECOND), key.get(THIRD)] : [key.get(SECOND)];
  if (!point.every((value): value is Buffer => value instanceof Buffer && value.length === bytes)) return undefined;
  if (point.some((part) => isOfSmallOrder(type, part))) return undefined;
  return Buffer.concat([Buffer.from(spki, 'hex'), ...point]);
}

/** True also for a key without such an equation. */
function isOnCurve({ algorithm, spki }: CoseKey): boolean {
  const curve = findAlgorithm(algorithm)?.curve;
  if (curve?.equation === undefined) return true;
  return satisfies(curve.equation, {
    x: spki.subarray(-2 * curve.bytes, -curve.bytes),
    y: spki.subarray(-curve.bytes),
  });
}

function readRsaKey(key: CborMap): Buffer | undefined {
  const [n, e] = [key.get(FIRST), key.get(SECOND)];
  if (key.get(KTY) !== RSA || !isModulus(n) || !isF4(e)) return undefined;
  const numbers = writeDer(SEQUENCE, writePositiveInteger(n), writePositiveInteger(e));
  return writeDer(SEQUENCE, RSA_ENCRYPTION, writeDer(BIT_STRING, Buffer.of(0), numbers));
}

/** In its shortest form (RFC 8230 §4: no leading zero), of an allowed length, and odd: an even modulus has a known factor. */
function isModulus(value: CborValue | undefined): value is Buffer {
  if (!(value instanceof Buffer) || value.length < MIN_RSA_BITS / 8 || value.length > MAX_RSA_BITS / 8) return false;
  const [first = 0] = value;
  if (((value.at(-1) ?? 0) & 1) === 0) return false;
  return first >= 0x80 || (first > 0 && value.length > MIN_RSA_BITS / 8);
}

function isF4(value: CborValue | undefined): value is Buffer {
  return value instanceof Buffer && value.length === 3 && value.readUIntBE(0, 3) === 65_537;
}
