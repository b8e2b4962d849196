/** Checks the options of a client at construction. */
import type { KeyObject } from 'node:crypto';
import { readPrivateKey, type Signer } from '@payment-passkeys/channel';
import { isLocalhost } from '@payment-passkeys/protocol';
import { KitError } from '../kit-error.ts';

/**
 * The client's key: a KeyObject or PEM must be a private RSA key of 2048 bits or more; a signing function is used as it is.
 * @throws {KitError} INVALID_OPTIONS
 */
export function readSigningKey(key: KeyObject | Signer | string): KeyObject | Signer {
  if (typeof key === 'function') return key;
  try {
    return readPrivateKey(typeof key === 'string' ? key : key.export({ type: 'pkcs8', format: 'pem' }).toString());
  } catch (cause) {
    throw new KitError('INVALID_OPTIONS', 'signingKey must be an RSA private key of 2048 bits or more', { cause });
  }
}

/**
 * An address of the network, without a slash at the end: https, or http for localhost; no user info, query or fragment.
 * @throws {KitError} INVALID_OPTIONS, naming it by `name`.
 */
export function readBaseAddress(name: string, text: string): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocalhost(url.hostname));
  if (url === undefined || !secure || url.username + url.password + url.search + url.hash !== '') {
    throw new KitError('INVALID_OPTIONS', `${name} must be an https address, or http of localhost, without query`);
  }
  return url.href.replace(/\/$/, '');
}
