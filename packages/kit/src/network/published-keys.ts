/** The network's key sets as a client uses them: fetched, kept for a while, and searched by name. */

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
   * The audience of proofs as the host has it, by the name of its option. A network of this project publishes its own beside its keys
   * (`audience`, a further member as RFC 7517 §5 allows), so that a wrong one is found before anybody is sent away.
   */
  readonly audience?: { readonly option: string; readonly value: string };
}

/**
 * A JWK set at an address. Rejects with KitError `NETWORK_…`; `NETWORK_ANSWER_INVALID` for what is no key set; `INVALID_OPTIONS` where
 * the network says that its proofs are for another audience.
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
 * The key to encrypt to, from a set that was fetched. Throws KitError `NETWORK_ANSWER_INVALID` where there is none, with the set that was
 * looked at; where the certificates are not valid by this machine's clock, and the network's says otherwise, the clock is named.
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

/** The signing key of a name, from a set that is fetched again if it lacks it. */
export function signingKeysOf(keys: PublishedKeys, context: CallContext): VerificationKeys {
  const find = (kid: string, all: readonly PublishedKey[]): VerificationKey | undefined =>
    all.find((key) => key.use === 'sig' && key.kid === kid);
  return async (kid) => find(kid, await keys.current(context)) ?? find(kid, await keys.refreshed(context));
}
