/**
 * Retention deletes what is no longer needed. It reads each table from its first page to its last, a mebibyte at a time: it needs no index,
 * no statement is long, and no request waits for it. One process does it at a time; the next one continues where that one stopped.
 */
import { addSeconds, IDLE_MONTHS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { isLockNotAvailable } from '../../platform/errors/errors.ts';
import {
  type Batch,
  type Cutoffs,
  claimTurn,
  deleteBatch,
  endPass,
  estimatePages,
  SUBJECTS,
  type Subject,
} from './store.ts';

const DAY_SECONDS = 24 * 60 * 60;
/**
 * Sessions with a result, deleted bindings, replaced cards: auditors need a year of evidence of who was enrolled or what was approved (PCI DSS
 * 10.5.1). One month is added to that.
 */
export const RESULT_KEPT_MONTHS = 13;
/** Sessions without a result: for the investigation of complaints. The contract itself needs one day. */
export const NO_RESULT_KEPT_DAYS = 30;
/** The grace period: a session that was offered a passkey on its last day ends before the passkey is deleted. */
const IDLE_GRACE_DAYS = 1;
/** A batch takes a fraction of a second: a process without a sign of life for this long has died. */
const TURN_SECONDS = 60;
/** How often a batch is tried if it would have to wait for a lock. After that, the next round continues the pass. */
const BATCH_ATTEMPTS = 3;

export interface RetentionProgress extends Batch {
  readonly subject: Subject;
  /** Rows deleted by this process in this pass. */
  readonly total: number;
  /** PostgreSQL's estimate of the table's size when the pass began or was continued; 0 if there is none. */
  readonly pages: number;
}

export interface RetentionOptions {
  readonly pool: Pool;
  readonly clock: () => Date;
  /** The id of this process in the database. */
  readonly holder: string;
  /** A table is skipped if a pass of it ended after this time. */
  readonly dueSince: Date;
  /** Called between two batches, so that requests have priority. */
  readonly pause: () => Promise<unknown>;
  readonly onProgress: (progress: RetentionProgress) => void;
}

/** Processes every table that is due, one after the other; stops if another process has the turn. */
export async function runRetention(options: RetentionOptions): Promise<void> {
  const cutoffs = cutoffsAt(options.clock());
  for (const subject of SUBJECTS) {
    if ((await goThrough(subject, cutoffs, options)) === 'HELD') return;
  }
}

export function cutoffsAt(now: Date): Cutoffs {
  return {
    session: monthsBefore(now, RESULT_KEPT_MONTHS),
    abandonedSession: addSeconds(now, -NO_RESULT_KEPT_DAYS * DAY_SECONDS),
    idle: addSeconds(monthsBefore(now, IDLE_MONTHS), -IDLE_GRACE_DAYS * DAY_SECONDS),
  };
}

/** The same day of the earlier month. If that month is shorter, the extra days run into the next month. */
export function monthsBefore(time: Date, months: number): Date {
  const moved = new Date(time);
  moved.setUTCMonth(moved.getUTCMonth() - months);
  return moved;
}

async function goThrough(
  subject: Subject,
  cutoffs: Cutoffs,
  options: RetentionOptions,
): Promise<'ENDED' | 'NOT_DUE' | 'HELD'> {
  const { pool, clock, holder, dueSince, pause, onProgress } = options;
  const turn = () => ({ subject, holder, until: addSeconds(clock(), TURN_SECONDS) });
  const first = await claimTurn(pool, { ...turn(), now: clock(), dueSince });
  if (typeof first === 'string') return first;
  const pages = await estimatePages(pool, subject);
  for (let page = first, total = 0; ; await pause()) {
    const batch = await deleteOrGiveWay(pool, { ...turn(), page, cutoffs }, pause);
    if (batch === undefined) return 'HELD'; // this process paused for so long that another one took over
    page = batch.nextPage;
    total += batch.deleted;
    if (batch.ended) await endPass(pool, { subject, holder, now: clock() });
    onProgress({ ...batch, subject, pages, total });
    if (batch.ended) return 'ENDED';
  }
}

async function deleteOrGiveWay(
  pool: Pool,
  batch: Parameters<typeof deleteBatch>[1],
  pause: RetentionOptions['pause'],
): Promise<Batch | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deleteBatch(pool, batch);
    } catch (error) {
      if (attempt >= BATCH_ATTEMPTS || !isLockNotAvailable(error)) throw error;
    }
    await pause();
  }
}
