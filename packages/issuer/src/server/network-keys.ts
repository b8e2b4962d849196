/** The network's published keys: those that payloads are encrypted with, and those that its proofs are verified with. */

/** A fetched set is used for this long; after that a rotated-out key is no longer trusted. */
const KEPT_MILLISECONDS = 10 * 60 * 1000;
/** A key that is missing from the set has it fetched again, at most this often: an attacker's `kid` cannot make us hammer the network. */
const REFETCH_MILLISECONDS = 30 * 1000;

export interface CachedKeys<Keys> {
  /** The keys, fetched if there are none or they are ten minutes old. Rejects as the fetch does. */
  current(): Promise<Keys>;
  /** The keys, fetched again unless that was done within the last thirty seconds. For when a key was not among them. */
  refreshed(): Promise<Keys>;
}

/** Callers at the same time share one fetch; a failed fetch is not remembered. */
export function cacheKeys<Keys>({
  fetchKeys,
  clock,
}: {
  readonly fetchKeys: () => Promise<Keys>;
  readonly clock: () => Date;
}): CachedKeys<Keys> {
  let latest: { readonly keys: Promise<Keys>; readonly fetchedAt: number } | undefined;

  const younger = (milliseconds: number): Promise<Keys> => {
    const now = clock().getTime();
    if (latest !== undefined && now - latest.fetchedAt < milliseconds) return latest.keys;
    const fetching = { keys: fetchKeys(), fetchedAt: now };
    latest = fetching;
    fetching.keys.catch(() => {
      if (latest === fetching) latest = undefined;
    });
    return fetching.keys;
  };
  return { current: () => younger(KEPT_MILLISECONDS), refreshed: () => younger(REFETCH_MILLISECONDS) };
}
