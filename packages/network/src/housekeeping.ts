/** What time alone brings about: sessions end, nonces are forgotten, keys that another process made are picked up. */
import { forgetNonces } from './http/nonce-store.ts';
import type { Network } from './network.ts';
import { expireSessions } from './sessions/store.ts';

const SWEEP_MILLISECONDS = 30_000;
const KEY_REFRESH_MILLISECONDS = 2_000;

/** Once; safe beside other processes that do the same. */
export async function sweep({ pool, clock }: Pick<Network, 'pool' | 'clock'>): Promise<void> {
  const now = clock();
  await expireSessions(pool, now);
  await forgetNonces(pool, now);
}

/** Starts the timers; answers what stops them. A failed round is reported and tried again at the next. */
export function startHousekeeping(network: Network, report: (error: unknown) => void): () => void {
  let stopped = false;
  const reportUnlessStopped = (error: unknown) => {
    if (!stopped) report(error); // a round that was under way finds the database closed
  };
  const timers = [
    setInterval(() => void sweep(network).catch(reportUnlessStopped), SWEEP_MILLISECONDS),
    setInterval(() => void network.keys.refresh().catch(reportUnlessStopped), KEY_REFRESH_MILLISECONDS),
  ];
  for (const timer of timers) timer.unref();
  return () => {
    stopped = true;
    for (const timer of timers) clearInterval(timer);
  };
}
