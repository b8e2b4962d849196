/** The keys by which the network signs its deliveries: fetched, cached, two during a rotation. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { compileSchema, WEBHOOK_KEYS_PATH, WebhookKeySet } from '@payment-passkeys/protocol';
import { type CachedKeys, cacheKeys } from '../network/cached-keys.ts';
import { invalidAnswer } from '../network/network-caller.ts';
import type { CallContext, NetworkClient } from '../network/network-client.ts';

const keySet = compileSchema(WebhookKeySet);

/** `apiUrl` is the network's public address. Rejects with KitError `NETWORK_…`. */
export function createWebhookKeys({
  client,
  apiUrl,
  clock,
}: {
  readonly client: NetworkClient;
  readonly apiUrl: string;
  readonly clock: () => Date;
}): CachedKeys<readonly KeyObject[], CallContext> {
  const url = apiUrl + WEBHOOK_KEYS_PATH;
  const fetchKeys = async (context: CallContext) => {
    const answer = await client.get({ ...context, url });
    if (!keySet.accepts(answer)) throw invalidAnswer(`the key set ${url} cannot be read`);
    try {
      return answer.keys.map(({ kty, crv, x }) => createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
    } catch {
      throw invalidAnswer(`the key set ${url} has a key that is not an Ed25519 key`);
    }
  };
  return cacheKeys({ fetchKeys, clock });
}
