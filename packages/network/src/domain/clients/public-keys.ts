/** The public keys of clients, ready for use. To read a PEM costs more than to verify with its key, so each is read once. */
import type { KeyObject } from 'node:crypto';
import { readOAuth2Key, readPublicKey, spkiFingerprint } from '@payment-passkeys/channel';

interface OAuth2Key {
  readonly publicKey: KeyObject;
  /** {@link spkiFingerprint}: an access token names the key by it. */
  readonly fingerprint: string;
}

/** The keys are forgotten when there are more. An operator has dozens of clients, each with a few keys. */
const MAX_KEYS = 1000;

/** Reads a PEM as {@link readPublicKey} does, but only once. */
export const readClientKey: (pem: string) => KeyObject = readOnce(readPublicKey);

/** Reads a PEM as {@link readOAuth2Key} does, but only once. */
export const readClientOAuth2Key: (pem: string) => OAuth2Key = readOnce((pem) => {
  const publicKey = readOAuth2Key(pem);
  return { publicKey, fingerprint: spkiFingerprint(publicKey) };
});

function readOnce<Key extends object>(read: (pem: string) => Key): (pem: string) => Key {
  const keys = new Map<string, Key>();
  return (pem) => {
    const known = keys.get(pem);
    if (known !== undefined) return known;
    const key = read(pem);
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(pem, key);
    return key;
  };
}
