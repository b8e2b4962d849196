/** The JSON form of a credential, for a store. It holds the private key: encrypt it where it is kept. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { AuthenticatorAlgorithm } from './key-pairs.ts';
import type { HeldCredential } from './responses.ts';

/** Binary values are base64url. */
export interface StoredCredential {
  readonly credentialId: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly algorithm: AuthenticatorAlgorithm;
  /** PKCS #8, DER. */
  readonly privateKey: string;
  readonly signCount: number;
}

/** The credential as JSON; {@link restoreCredential} reads it. */
export function storeCredential(credential: HeldCredential): StoredCredential {
  const { credentialId, rpId, userHandle, keyPair, signCount } = credential;
  return {
    credentialId: credentialId.toString('base64url'),
    rpId,
    userHandle: userHandle.toString('base64url'),
    algorithm: keyPair.algorithm,
    privateKey: keyPair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64url'),
    signCount,
  };
}

/** For `held` of `createSoftwareAuthenticator`. Throws if the key cannot be read. */
export function restoreCredential(stored: StoredCredential): HeldCredential {
  const key = Buffer.from(stored.privateKey, 'base64url');
  const privateKey = createPrivateKey({ key, type: 'pkcs8', format: 'der' });
  return {
    credentialId: Buffer.from(stored.credentialId, 'base64url'),
    rpId: stored.rpId,
    userHandle: Buffer.from(stored.userHandle, 'base64url'),
    keyPair: { algorithm: stored.algorithm, privateKey, publicKey: createPublicKey(privateKey) },
    signCount: stored.signCount,
  };
}
