/** The network's published keys: those that payloads are encrypted with, and those that its proofs are verified with. */

/** A fetched set is used for this long; after that a rotated-out key is no longer trusted. */
const KEPT_MILLISECONDS = 10 * 60 * 1000;
/** A key that is missing from the set has it fetched again, at most this often: an attacker's `kid` cannot make us hammer the network. */
const REFETCH_MILLISECONDS = 30 * 1000;

export interface CachedKeys<Keys, Errand> {
  /** The keys, fetched if there are none or they are ten minutes old. Rejects as the fetch does. */
  current(errand: Errand): Promise<Keys>;
  /** The keys, fetched again unless that was done within the last thirty seconds. For when a key was not among them. */
  refreshed(errand: Errand): Promise<Keys>;
}

/** Callers at the same time share one fetch, of the first one's errand; a failed fetch is not remembered. */
export function cacheKeys<Keys, Errand>({
  fetchKeys,
  clock,
}: {
  readonly fetchKeys: (errand: Errand) => Promise<Keys>;
  readonly clock: () => Date;
}): CachedKeys<Keys, Errand> {
  let latest: { readonly keys: Promise<Keys>; readonly fetchedAt: number } | undefined;

  const younger = (milliseconds: number, errand: Errand): Promise<Keys> => {
    const now = clock().getTime();
    if (latest !== undefined && now - latest.fetchedAt < milliseconds) return latest.keys;
    const fetching = { keys: fetchKeys(errand), fetchedAt: now };
    latest = fetching;
    fetching.keys.catch(() => {
      if (latest === fetching) latest = undefined;
    });
    return fetching.keys;
  };
  return {
    current: (errand) => younger(KEPT_MILLISECONDS, errand),
    refreshed: (errand) => younger(REFETCH_MILLISECONDS, errand),
  };
}
