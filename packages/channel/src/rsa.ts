/** RSA signatures by node:crypto, synchronously (docs/decisions/0123-cryptography-at-once.md). */
import { constants, sign as cryptoSign, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import { withOptions } from './key-options.ts';

/** RSASSA-PKCS1-v1_5, or RSASSA-PSS with MGF1-SHA-256 and a 32-byte salt; both over SHA-256. */
export type RsaScheme = 'PKCS1' | 'PSS';

/**
 * Signs instead of a private key, for a hardware security module or a signing service. Receives the bytes to sign (not their hash) and
 * returns the raw signature. It must use the right scheme itself.
 */
export type Signer = (data: Uint8Array) => Promise<Uint8Array>;

const forPss = withOptions({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });

function withScheme(key: KeyObject, scheme: RsaScheme): KeyObject {
  return scheme === 'PKCS1' ? key : forPss(key);
}

/** Asynchronous for a {@link Signer} only: with a key in this process a signature takes 0.3 ms at once. */
export async function signRsa(options: {
  readonly data: Uint8Array;
  readonly key: KeyObject | Signer;
  readonly scheme: RsaScheme;
}): Promise<Buffer> {
  const { data, key, scheme } = options;
  if (typeof key === 'function') return Buffer.from(await key(data));
  return cryptoSign('sha256', data, withScheme(key, scheme));
}

/** A verification takes 22 µs. */
export function verifyRsa(options: {
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
  readonly publicKey: KeyObject;
  readonly scheme: RsaScheme;
}): boolean {
  const { data, signature, publicKey, scheme } = options;
  return cryptoVerify('sha256', data, withScheme(publicKey, scheme), signature);
}
