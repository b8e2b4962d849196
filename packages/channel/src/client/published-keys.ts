/** The network's key sets as a client uses them: fetched, kept for a while, and searched by name. */
import type { VerificationKey, VerificationKeys } from '../jwt.ts';
import { type PublishedKey, readKeySet } from '../key-sets.ts';
import { ClientError } from './client-error.ts';
import type { Errand, NetworkClient } from './network-client.ts';
import { type CachedKeys, cacheKeys } from './network-keys.ts';

export type PublishedKeys = CachedKeys<readonly PublishedKey[], Errand>;

/** A JWK set at an address. Rejects with ClientError `NETWORK_…`; `NETWORK_ANSWER_INVALID` for what is no key set. */
export function publishedKeys({
  client,
  url,
  clock,
}: {
  readonly client: NetworkClient;
  readonly url: string;
  readonly clock: () => Date;
}): PublishedKeys {
  const fetchKeys = async (errand: Errand) => {
    const reading = readKeySet(await client.get({ ...errand, url }));
    if (!reading.ok) throw new ClientError('NETWORK_ANSWER_INVALID', 'the key set cannot be read');
    return reading.keys;
  };
  return cacheKeys({ fetchKeys, clock });
}

/** The signing key of a name, from a set that is fetched again if it lacks it. */
export function signingKeysOf(keys: PublishedKeys, errand: Errand): VerificationKeys {
  const find = (kid: string, all: readonly PublishedKey[]): VerificationKey | undefined =>
    all.find((key) => key.use === 'sig' && key.kid === kid);
  return async (kid) => find(kid, await keys.current(errand)) ?? find(kid, await keys.refreshed(errand));
}
