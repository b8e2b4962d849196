/** The network's published keys: those that payloads are encrypted with, and those that its proofs are verified with. */

/** A fetched set is used for this long; after that a rotated-out key is no longer trusted. */
const KEPT_MILLISECONDS = 10 * 60 * 1000;
/** A key that is missing from the set has it fetched again, at most this often: an attacker's `kid` cannot make us hammer the network. */
const REFETCH_MILLISECONDS = 30 * 1000;

export interface CachedKeys<Keys, CallContext> {
  /** The keys, fetched if there are none or they are ten minutes old. Rejects as the fetch does. */
  current(context: CallContext): Promise<Keys>;
  /** The keys, fetched again unless that was done within the last thirty seconds. For when a key was not among them. */
  refreshed(context: CallContext): Promise<Keys>;
}

/** Callers at the same time share one fetch, of the first one's context; a failed fetch is not remembered. */
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
