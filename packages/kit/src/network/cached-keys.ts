/** Caches the network's published keys: encryption keys for payloads, and signing keys of proofs. */

/** A fetched set is used for this long; after that a rotated-out key is no longer trusted. */
const KEPT_MILLISECONDS = 10 * 60 * 1000;
/** If a key is missing, the set is fetched again, but at most this often: an attacker's `kid` must not cause a flood of requests. */
const REFETCH_MILLISECONDS = 30 * 1000;

export interface CachedKeys<Keys, CallContext> {
  /** The keys. They are fetched if there are none or they are ten minutes old. Rejects as the fetch does. */
  current(context: CallContext): Promise<Keys>;
  /** The keys, fetched again unless that happened within the last thirty seconds. Used when a key was not in the set. */
  refreshed(context: CallContext): Promise<Keys>;
}

/** Concurrent callers share one fetch, which uses the first caller's context. A failed fetch is not cached. */
export function cacheKeys<Keys, CallContext>({
  fetchKeys,
  clock,
}: {
  readonly fetchKeys: (context: CallContext) => Promise<Keys>;
  readonly clock: () => Date;
}): CachedKeys<Keys, CallContext> {
  let latest: { readonly keys: Promise<Keys>; readonly fetchedAt: number } | undefined;

  const younger = (milliseconds: number, context: CallContext): Promise<Keys> => {
    const now = clock().getTime();
    if (latest !== undefined && now - latest.fetchedAt < milliseconds) return latest.keys;
    const fetching = { keys: fetchKeys(context), fetchedAt: now };
    latest = fetching;
    fetching.keys.catch(() => {
      if (latest === fetching) latest = undefined;
    });
    return fetching.keys;
  };
  return {
    current: (context) => younger(KEPT_MILLISECONDS, context),
    refreshed: (context) => younger(REFETCH_MILLISECONDS, context),
  };
}
