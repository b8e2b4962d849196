/**
 * Periodic tasks: events are delivered, the audit trail is chained and signed, sessions expire, requests for approval lapse, old
 * nonces and visits are deleted, keys are refreshed and retired, and what was idle for thirteen months is deleted.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { addSeconds } from '@payment-passkeys/protocol';
import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import { forgetActivity } from '../domain/activity/store.ts';
import { forgetRequests, lapseRequests } from '../domain/approvals/store.ts';
import { chainEntries } from '../domain/audit/chain.ts';
import { cutTrail, signHeadIfDue } from '../domain/audit/head.ts';
import { listNamedKeys, recordKeys } from '../domain/audit/key-entries.ts';
import { forgetNonces } from '../domain/clients/nonce-store.ts';
import { listClients } from '../domain/clients/store.ts';
import { announceExpiringKeys, findExpiringKeys } from '../domain/events/key-expiry.ts';
import { forgetEvents } from '../domain/events/log.ts';
import { signingKeyAt } from '../domain/keys/key-ring.ts';
import { forgetSignIns } from '../domain/operators/sessions.ts';
import { type RetentionOptions, type RetentionProgress, runRetention } from '../domain/retention/pass.ts';
import { type Retirement, retireAccountKeys } from '../domain/retention/retirement.ts';
import { findPasses } from '../domain/retention/store.ts';
import { expireSessions } from '../domain/sessions/store.ts';
import { forgetVisits } from '../domain/visits/store.ts';
import type { Network } from '../network.ts';
import type { Task } from '../platform/telemetry/metrics.ts';
import { createCourier } from './courier.ts';

const SWEEP_MILLISECONDS = 30_000;
const KEY_REFRESH_MILLISECONDS = 2_000;
/** An entry of the audit trail is pending for about this long. Reading the trail chains the pending entries first. */
const AUDIT_MILLISECONDS = 10_000;
/** An event is posted within about a second. A shorter time would mean more commits, each of which is forced to disk. */
const DELIVERY_MILLISECONDS = 1_000;
/** How often it is checked whether a pass is due, or was left unfinished by a process that died. */
const CLEARING_MILLISECONDS = 10 * 60 * 1000;
/** From the end of one pass to the start of the next: nearly a day, because a pass reads the whole table. */
const PASS_SECONDS = 23 * 60 * 60;
/** Pause between two mebibytes of a table: a hundred gigabytes take less than an hour. */
const PAUSE_MILLISECONDS = 20;
const LINE_SECONDS = 60;
/** The FIDO Alliance's metadata changes about monthly, and takes a while to parse. */
const METADATA_MILLISECONDS = 24 * 60 * 60 * 1000;

/** One run of the quick task; safe beside other processes. Returns the number of expired sessions by client. */
export async function sweep({ pool, clock }: Pick<Network, 'pool' | 'clock'>): Promise<ReadonlyMap<string, number>> {
  const now = clock();
  const expired = await expireSessions(pool, now);
  await forgetNonces(pool, now);
  await forgetVisits(pool, now);
  await forgetSignIns(pool, now);
  await lapseRequests(pool, now);
  return expired;
}

/** One run of the slow task; only one process runs it at a time. Returns the retired account keys. */
export async function clearOut(
  network: Pick<Network, 'pool' | 'clock' | 'keys' | 'metrics'>,
  { dueSince, onProgress }: Pick<RetentionOptions, 'dueSince' | 'onProgress'> = {
    dueSince: network.clock(),
    onProgress: () => {},
  },
): Promise<readonly Retirement[]> {
  const { pool, clock, metrics } = network;
  await runRetention({
    pool,
    clock,
    dueSince,
    holder: randomUUID(),
    pause: () => setTimeout(PAUSE_MILLISECONDS),
    onProgress: (progress) => {
      const { subject, deleted, nextPage, pages, ended } = progress;
      metrics.deletedRows.inc({ table: subject }, deleted);
      metrics.retentionProgress.set({ table: subject }, ended ? 1 : Math.min(nextPage, pages) / Math.max(1, pages));
      onProgress(progress);
    },
  });
  metrics.deletedRows.inc({ table: 'event' }, await forgetEvents(pool, clock()));
  metrics.deletedRows.inc({ table: 'activity' }, await forgetActivity(pool, clock()));
  metrics.deletedRows.inc({ table: 'approval' }, await forgetRequests(pool, clock()));
  metrics.deletedRows.inc({ table: 'audit_entry' }, await cutTrail(pool));
  return retireAccountKeys(network);
}

/**
 * Records keys that are new in the folder, moves entries of the audit trail to its chain, and signs the chain's head once a day. The head goes
 * to the log, so that it is also kept elsewhere.
 */
export async function keepTrail(
  { pool, clock, keys, config }: Pick<Network, 'pool' | 'clock' | 'keys' | 'config'>,
  log: Pick<FastifyBaseLogger, 'info'>,
): Promise<void> {
  const now = clock();
  await recordKeys(pool, { keys: listNamedKeys(keys), author: { actor: { kind: 'NETWORK' } }, now });
  await chainEntries(pool);
  const key = () => signingKeyAt(keys.current(), now);
  const head = await signHeadIfDue(pool, { issuer: config.publicUrl, key, now });
  if (head) log.info({ position: head.position, head: head.jws }, 'the head of the audit trail was signed');
}

/**
 * Starts the timers. Returns the function that stops them and ends the deliveries under way. A failed run is logged, and the next run tries
 * again.
 */
export function startHousekeeping(
  network: Network & { readonly deliveryPool: Pool; readonly refreshMetadata: () => Promise<void> },
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>,
): () => Promise<void> {
  let stopped = false;
  const { metrics, clock, pool } = network;
  const repeat = (task: Task, round: () => Promise<unknown>, milliseconds: number) =>
    setInterval(async () => {
      try {
        await round();
        metrics.taskSuccess.set({ task }, clock().getTime() / 1000);
      } catch (error) {
        if (stopped) return; // a run that had begun finds the database closed
        metrics.taskFailures.inc({ task });
        log.error({ err: error }, 'housekeeping failed');
      }
    }, milliseconds);
  const sweepAndCount = async () => {
    for (const [clientId, sessions] of await sweep(network)) {
      metrics.sessionsEnded.inc({ outcome: 'EXPIRED' }, sessions);
      metrics.clients.sessionsEnded(clientId, 'EXPIRED', sessions);
    }
  };
  const clearOutWhenDue = async () => {
    await announceExpiringKeys(pool, findExpiringKeys(await listClients(pool), clock()), clock());
    await clearOut(network, { dueSince: addSeconds(clock(), -PASS_SECONDS), onProgress: logProgress(log, clock) });
    for (const { subject, endedAt } of await findPasses(pool)) {
      if (endedAt !== null) metrics.retentionPassEnd.set({ table: subject }, endedAt.getTime() / 1000);
    }
  };
  const courier = createCourier({ ...network, pool: network.deliveryPool, log });
  const timers = [
    repeat('deliveries', courier.work, DELIVERY_MILLISECONDS),
    repeat('sweep', sweepAndCount, SWEEP_MILLISECONDS),
    repeat('audit', () => keepTrail(network, log), AUDIT_MILLISECONDS),
    repeat('key-refresh', () => network.keys.refresh(), KEY_REFRESH_MILLISECONDS),
    repeat('retention', clearOutWhenDue, CLEARING_MILLISECONDS),
    repeat('metadata', () => network.refreshMetadata(), METADATA_MILLISECONDS),
  ];
  for (const timer of timers) timer.unref();
  return async () => {
    stopped = true;
    for (const timer of timers) clearInterval(timer);
    await courier.stop();
  };
}

/** Logs one line a minute, and one at the end of a table. */
function logProgress(log: Pick<FastifyBaseLogger, 'info'>, clock: () => Date): (progress: RetentionProgress) => void {
  let nextLine = addSeconds(clock(), LINE_SECONDS);
  return ({ subject, nextPage, pages, total, ended }) => {
    if (!ended && clock() < nextLine) return;
    nextLine = addSeconds(clock(), LINE_SECONDS);
    const progress = { table: subject, page: nextPage, pages, deleted: total };
    log.info(progress, ended ? 'retention has gone through a table' : 'retention is going through a table');
  };
}
