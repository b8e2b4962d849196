/** A client's keys for OAuth 2.0, read once for each PEM. */
import type { KeyObject } from 'node:crypto';
import { readOAuth2Key, spkiFingerprint } from '@payment-passkeys/channel';

export interface OAuth2Key {
  readonly publicKey: KeyObject;
  /** {@link spkiFingerprint}: an access token names the key by it. */
  readonly fingerprint: string;
}

const MAX_READ_KEYS = 1000;
const readKeys = new Map<string, OAuth2Key>();

export function oauth2KeysOf({ oauth2Keys }: { readonly oauth2Keys: readonly string[] }): readonly OAuth2Key[] {
  return oauth2Keys.map((pem) => {
    const known = readKeys.get(pem);
    if (known !== undefined) return known;
    if (readKeys.size >= MAX_READ_KEYS) readKeys.clear();
    const publicKey = readOAuth2Key(pem);
    const key = { publicKey, fingerprint: spkiFingerprint(publicKey) };
    readKeys.set(pem, key);
    return key;
  });
}
