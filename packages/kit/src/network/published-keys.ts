/** The network's key sets for a client: fetches, caches and searches them. */

import {
  findEncryptionKey,
  type PublishedKey,
  readKeySet,
  type VerificationKey,
  type VerificationKeys,
} from '@payment-passkeys/channel';
import { CLOCK_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { KitError } from '../kit-error.ts';
import { maskValues } from '../masking.ts';
import { type CachedKeys, cacheKeys } from './cached-keys.ts';
import { type CallContext, describeClock, type NetworkClient } from './network-client.ts';

export type PublishedKeys = CachedKeys<readonly PublishedKey[], CallContext>;

export interface KeySetSource {
  readonly client: NetworkClient;
  readonly url: string;
  readonly clock: () => Date;
  /**
   * The audience of proofs that the host configured, and the option's name. A network of this project publishes its own audience beside its
   * keys (`audience`, an additional member as RFC 7517 §5 allows). So a wrong one is found before a browser is sent to the network.
   */
  readonly audience?: { readonly option: string; readonly value: string };
}

/**
 * Loads a JWK set from an address. Rejects with KitError `NETWORK_…`; `NETWORK_ANSWER_INVALID` if the answer is not a key set;
 * `INVALID_OPTIONS` if the network states another audience for its proofs.
 */
export function publishedKeys({ client, url, clock, audience }: KeySetSource): PublishedKeys {
  const fetchKeys = async (context: CallContext) => {
    const answer = await client.get({ ...context, url });
    const reading = readKeySet(answer);
    if (!reading.ok) throw new KitError('NETWORK_ANSWER_INVALID', `the key set ${url} cannot be read`);
    if (audience !== undefined) checkAudience(answer, { ...audience, url });
    return reading.keys;
  };
  return cacheKeys({ fetchKeys, clock });
}

function checkAudience(
  keySet: unknown,
  { option, value, url }: { readonly option: string; readonly value: string; readonly url: string },
): void {
  const published = typeof keySet === 'object' && keySet !== null && 'audience' in keySet ? keySet.audience : undefined;
  if (typeof published !== 'string' || published === value) return;
  const both = `is ${value}, and the network's proofs are for ${maskValues(published)}`;
  throw new KitError('INVALID_OPTIONS', `${option} ${both}, as ${url} says`);
}

/**
 * Chooses the key to encrypt to from a fetched set. Throws KitError `NETWORK_ANSWER_INVALID` if there is none, and describes the set. If
 * the certificates are invalid only by this machine's clock, and not by the network's, the message names the clock.
 */
export function chooseEncryptionKey(keys: readonly PublishedKey[], { client, url, clock }: KeySetSource): PublishedKey {
  const now = clock();
  const key = findEncryptionKey({ keys, now });
  if (key !== undefined) return key;
  const count = keys.filter(({ use }) => use === 'enc').length;
  const why = count === 0 ? 'none of its keys is' : `of ${count} none is valid at ${now.toISOString()}`;
  const clockAhead = count === 0 ? undefined : client.clockAhead(url, CLOCK_SKEW_SECONDS);
  throw new KitError(
    'NETWORK_ANSWER_INVALID',
    `the network offers no key to encrypt to: ${url}, ${why}${describeClock(clockAhead)}`,
  );
}

/** The signing key with a given `kid`. The set is fetched again if it lacks the key. */
export function signingKeysOf(keys: PublishedKeys, context: CallContext): VerificationKeys {
  const find = (kid: string, all: readonly PublishedKey[]): VerificationKey | undefined =>
    all.find((key) => key.use === 'sig' && key.kid === kid);
  return async (kid) => find(kid, await keys.current(context)) ?? find(kid, await keys.refreshed(context));
}
