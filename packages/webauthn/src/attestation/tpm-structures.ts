/** The two TPM structures of a statement (TPM 2.0 Library, Part 2): what was certified, and the public area of the passkey's key. */
import { createPublicKey, type KeyObject } from 'node:crypto';

const TPM_GENERATED_VALUE = 0xff544347;
const TPM_ST_ATTEST_CERTIFY = 0x8017;
const CLOCK_INFO_AND_FIRMWARE_BYTES = 17 + 8;
const [TPM_ALG_RSA, TPM_ALG_NULL, TPM_ALG_ECC] = [0x0001, 0x0010, 0x0023];
/** TPM_ALG_ID of the hashes (§6.3). */
const HASHES: Readonly<Record<number, 'sha256' | 'sha384' | 'sha512'>> = {
  11: 'sha256',
  12: 'sha384',
  13: 'sha512',
};
/** TPM_ECC_CURVE (§6.4). */
const CURVES: Readonly<Record<number, string>> = { 3: 'P-256', 4: 'P-384', 5: 'P-521' };
const DEFAULT_EXPONENT = 65_537;

export interface CertifyInfo {
  readonly extraData: Buffer;
  /** Name algorithm and digest of the certified object. */
  readonly name: Buffer;
}

/** Reads TPMS_ATTEST (§10.12.8) of TPM2_Certify. Throws a RangeError for another structure, a truncated one, or bytes left over. */
export function readCertifyInfo(bytes: Buffer): CertifyInfo {
  const take = reader(bytes);
  expect(take(4).readUInt32BE() === TPM_GENERATED_VALUE && take(2).readUInt16BE() === TPM_ST_ATTEST_CERTIFY);
  sized(take); // qualifiedSigner: ignored by the standard, like the clock and the firmware version
  const extraData = sized(take);
  take(CLOCK_INFO_AND_FIRMWARE_BYTES);
  const name = sized(take);
  sized(take); // qualifiedName
  expect(take.left() === 0);
  return { extraData, name };
}

export interface PublicArea {
  readonly nameHash: 'sha256' | 'sha384' | 'sha512';
  /** Two bytes: the first of the object's name (Part 1 §16). */
  readonly nameAlgorithm: Buffer;
  readonly key: KeyObject;
}

/**
 * TPMT_PUBLIC (§12.2.4) of an unrestricted signing key, RSA or elliptic curve. Throws a RangeError, or node:crypto's error for a key that is not
 * sound.
 */
export function readPublicArea(bytes: Buffer): PublicArea {
  const take = reader(bytes);
  const type = take(2).readUInt16BE();
  const nameAlgorithm = take(2);
  const nameHash = HASHES[nameAlgorithm.readUInt16BE()];
  if (nameHash === undefined) throw new RangeError('TPM: a name algorithm that is not supported.');
  take(4); // objectAttributes
  sized(take); // authPolicy
  const key = type === TPM_ALG_RSA ? readRsa(take) : readEcc(take, type);
  expect(take.left() === 0);
  return { nameHash, nameAlgorithm, key };
}

/** TPMS_RSA_PARMS (§12.2.3.5), TPM2B_PUBLIC_KEY_RSA. */
function readRsa(take: Reader): KeyObject {
  expect(take(2).readUInt16BE() === TPM_ALG_NULL); // symmetric: only for storage keys
  skipScheme(take);
  take(2); // keyBits: the modulus tells
  const exponent = Buffer.alloc(4);
  exponent.writeUInt32BE(take(4).readUInt32BE() || DEFAULT_EXPONENT);
  const n = sized(take).toString('base64url');
  return createPublicKey({ key: { kty: 'RSA', n, e: exponent.toString('base64url') }, format: 'jwk' });
}

/** TPMS_ECC_PARMS (§12.2.3.6), TPMS_ECC_POINT. */
function readEcc(take: Reader, type: number): KeyObject {
  expect(type === TPM_ALG_ECC && take(2).readUInt16BE() === TPM_ALG_NULL);
  skipScheme(take);
  const crv = CURVES[take(2).readUInt16BE()];
  if (crv === undefined) throw new RangeError('TPM: a curve that is not supported.');
  skipScheme(take); // the key derivation's
  const [x, y] = [sized(take).toString('base64url'), sized(take).toString('base64url')];
  return createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
}

/** TPMT_*_SCHEME: none, or a scheme with the hash that is its only detail. */
function skipScheme(take: Reader): void {
  if (take(2).readUInt16BE() !== TPM_ALG_NULL) take(2);
}

interface Reader {
  (bytes: number): Buffer;
  readonly left: () => number;
}

function reader(bytes: Buffer): Reader {
  let at = 0;
  const take = (length: number): Buffer => {
    expect(at + length <= bytes.length);
    at += length;
    return bytes.subarray(at - length, at);
  };
  return Object.assign(take, { left: () => bytes.length - at });
}

/** A TPM2B: a length of two bytes, and that many bytes. */
function sized(take: Reader): Buffer {
  return take(take(2).readUInt16BE());
}

function expect(condition: boolean): void {
  if (!condition) throw new RangeError('TPM: a structure other than the one expected.');
}
