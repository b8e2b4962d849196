/** RSA signatures by node:crypto's asynchronous calls, which run on libuv's threads: several at once use several cores. */
import { constants, sign as cryptoSign, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** RSASSA-PKCS1-v1_5, or RSASSA-PSS with MGF1-SHA-256 and a 32-byte salt; both over SHA-256. */
export type RsaScheme = 'PKCS1' | 'PSS';

/**
 * Signs in place of a private key: a hardware security module or a signing service.
 * Takes the bytes to be signed (not their hash) and answers the raw signature; the scheme is its own duty.
 */
export type Signer = (data: Uint8Array) => Promise<Uint8Array>;

const PADDING = {
  PKCS1: { padding: constants.RSA_PKCS1_PADDING },
  PSS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
} as const;

const signOnThread = promisify(cryptoSign);
const verifyOnThread = promisify(cryptoVerify);

export async function signRsa(options: {
  readonly data: Uint8Array;
  readonly key: KeyObject | Signer;
  readonly scheme: RsaScheme;
}): Promise<Buffer> {
  const { data, key, scheme } = options;
  if (typeof key === 'function') return Buffer.from(await key(data));
  return signOnThread('sha256', data, { key, ...PADDING[scheme] });
}

export async function verifyRsa(options: {
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
  readonly publicKey: KeyObject;
  readonly scheme: RsaScheme;
}): Promise<boolean> {
  const { data, signature, publicKey, scheme } = options;
  return verifyOnThread('sha256', data, { key: publicKey, ...PADDING[scheme] }, signature);
}
