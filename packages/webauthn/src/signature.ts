/** A signature over authenticator data and the hash of the client data (WebAuthn L3 §6.5.5). */
import { hash, type KeyObject, verify } from 'node:crypto';
import { findAlgorithm, isKeyOf } from './algorithms.ts';
import type { CborValue } from './cbor.ts';
import type { PublicKey } from './public-key.ts';

/**
 * {@link isSignedBy} for a passkey, whose key type is checked already: reading the key's details from node:crypto costs a quarter of a
 * verification.
 */
export function isSignedByPasskey(
  signature: CborValue | undefined,
  { algorithm, key }: PublicKey,
  data: Uint8Array,
): boolean {
  const digest = findAlgorithm(algorithm)?.digest;
  return digest !== undefined && isSignature(signature) && verify(digest, data, key, signature);
}

/**
 * Whether `signature` over `data` was made by the key with the algorithm. False also for an algorithm that is not supported, or does not
 * fit the key.
 */
export function isSignedBy(
  signature: CborValue | undefined,
  input: { readonly algorithm: CborValue | undefined; readonly key: KeyObject; readonly data: Uint8Array },
): boolean {
  const algorithm = typeof input.algorithm === 'number' ? findAlgorithm(input.algorithm) : undefined;
  if (algorithm === undefined || !isKeyOf(algorithm, input.key) || !isSignature(signature)) return false;
  return verify(algorithm.digest, input.data, input.key, signature);
}

/** ECDSA signatures are DER (§6.5.5); OpenSSL accepts only the canonical encoding. The others have a fixed length. */
function isSignature(value: CborValue | undefined): value is Buffer {
  return value instanceof Buffer;
}

/** The signed bytes of an assertion and of most attestations: `authenticatorData || hash` (§6.3.3 step 11, §8.2). */
export function signedData(authenticatorData: Uint8Array, clientDataHash: Uint8Array): Buffer {
  return Buffer.concat([authenticatorData, clientDataHash]);
}

export function sha256(data: Uint8Array | string): Buffer {
  // By way of a text: a digest that Node writes to a Buffer has memory of its own, which costs more than the hash.
  return Buffer.from(hash('sha256', data), 'hex');
}
