/** The keys by which the network signs its deliveries: fetched, cached, two during a rotation. */
import { readWebhookKeys, type WebhookKey } from '@payment-passkeys/channel';
import { WEBHOOK_KEYS_PATH } from '@payment-passkeys/protocol';
import { type CachedKeys, cacheKeys } from '../network/cached-keys.ts';
import { invalidAnswer } from '../network/network-caller.ts';
import type { CallContext, NetworkClient } from '../network/network-client.ts';

/** `apiUrl` is the network's public address. Rejects with KitError `NETWORK_…`. */
export function createWebhookKeys({
  client,
  apiUrl,
  clock,
}: {
  readonly client: NetworkClient;
  readonly apiUrl: string;
  readonly clock: () => Date;
}): CachedKeys<readonly WebhookKey[], CallContext> {
  const url = apiUrl + WEBHOOK_KEYS_PATH;
  const fetchKeys = async (context: CallContext) => {
    const keys = readWebhookKeys(await client.get({ ...context, url }));
    if (keys === undefined) throw invalidAnswer(`the key set ${url} cannot be read`);
    return keys;
  };
  return cacheKeys({ fetchKeys, clock });
}
