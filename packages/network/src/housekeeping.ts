/** What time alone brings about: sessions end, nonces are forgotten, keys come and go, and what was idle for thirteen months is deleted. */
import { IDLE_MONTHS } from '@payment-passkeys/protocol';
import { monthsBefore, type Retirement, retireAccountKeys } from './accounts/retirement.ts';
import { forgetNonces } from './http/nonce-store.ts';
import type { Network } from './network.ts';
import { expireSessions } from './sessions/store.ts';

const SWEEP_MILLISECONDS = 30_000;
const KEY_REFRESH_MILLISECONDS = 2_000;
const CLEARING_MILLISECONDS = 60 * 60 * 1000;
/** Parsing the Alliance's whole metadata takes a while, and it changes about monthly. */
const METADATA_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Once; safe beside other processes that do the same. Answers how many sessions it ended. */
export async function sweep({ pool, clock }: Pick<Network, 'pool' | 'clock'>): Promise<number> {
  const now = clock();
  const expired = await expireSessions(pool, now);
  await forgetNonces(pool, now);
  return expired;
}

/** What is slower, and may wait an hour. Answers the account keys that were retired. Safe beside other processes that do the same. */
export async function clearOut(
  network: Pick<Network, 'pool' | 'clock' | 'keys' | 'metrics'>,
): Promise<readonly Retirement[]> {
  await deleteIdle(network, monthsBefore(network.clock(), IDLE_MONTHS));
  return retireAccountKeys(network);
}

/**
 * Nobody recognises these any more: devices and passkeys that were not used since, with their bindings, and sessions of before. A session
 * whose consent was taken here is kept, since the record of it names the session.
 */
const IDLE_ROWS = {
  device: 'last_used_at < $1',
  passkey: 'last_used_at < $1',
  session:
    'created_at < $1 AND NOT EXISTS (SELECT FROM consent_record WHERE consent_record.session_id = session.session_id)',
} as const;
const BATCH_ROWS = 5_000;

async function deleteIdle({ pool, metrics }: Pick<Network, 'pool' | 'metrics'>, since: Date): Promise<void> {
  for (const [table, condition] of Object.entries(IDLE_ROWS)) {
    for (let deleted: number = BATCH_ROWS; deleted >= BATCH_ROWS; ) {
      const batch = `SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${BATCH_ROWS}`;
      const result = await pool.query(`DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${batch}))`, [since]);
      deleted = result.rowCount ?? 0;
      metrics.deletedRows.inc({ table }, deleted);
    }
  }
}

/** Starts the timers; answers what stops them. A failed round is reported and tried again at the next. */
export function startHousekeeping(
  network: Network & { readonly refreshMetadata: () => Promise<void> },
  report: (error: unknown) => void,
): () => void {
  let stopped = false;
  const { metrics, clock } = network;
  const repeat = (job: string, round: () => Promise<unknown>, milliseconds: number) =>
    setInterval(async () => {
      try {
        await round();
        metrics.jobSuccess.set({ job }, clock().getTime() / 1000);
      } catch (error) {
        if (stopped) return; // a round that was under way finds the database closed
        metrics.jobFailures.inc({ job });
        report(error);
      }
    }, milliseconds);
  const sweepAndCount = async () => metrics.sessionsEnded.inc({ outcome: 'EXPIRED' }, await sweep(network));
  const timers = [
    repeat('sweep', sweepAndCount, SWEEP_MILLISECONDS),
    repeat('key-refresh', () => network.keys.refresh(), KEY_REFRESH_MILLISECONDS),
    repeat('retention', () => clearOut(network), CLEARING_MILLISECONDS),
    repeat('metadata', () => network.refreshMetadata(), METADATA_MILLISECONDS),
  ];
  for (const timer of timers) timer.unref();
  return () => {
    stopped = true;
    for (const timer of timers) clearInterval(timer);
  };
}
