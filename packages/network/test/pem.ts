/** Public keys of clients. */
import { generateKeyPairSync } from 'node:crypto';

/** A new RSA public key as PEM. */
export function makePem(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
}
