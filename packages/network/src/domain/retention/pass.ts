/**
 * Retention: what nobody needs any more is deleted by going through each table from its first page to its last, a mebibyte at a time. No
 * index is kept for it, no statement is long, and the flow never waits. One process at a time; whichever comes next goes on where it stopped.
 */
import { addSeconds, IDLE_MONTHS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { isLockNotAvailable } from '../../platform/errors/errors.ts';
import { type Batch, type Cutoffs, deleteBatch, endPass, SUBJECTS, type Subject, takeTurn } from './store.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** With a result: what was enrolled or approved, by whose word, is asked for by auditors for a year (PCI DSS 10.5.1), and a month more. */
export const RESULT_KEPT_MONTHS = 13;
/** Without one: to look into what somebody says went wrong. The contract itself needs a day. */
export const NO_RESULT_KEPT_DAYS = 30;
/** A session that was offered a passkey on its last day is over before the passkey goes. */
const IDLE_GRACE_DAYS = 1;
/** A batch is a fraction of a second's work; whoever is silent for so long has died. */
const TURN_SECONDS = 60;
/** How often a batch that would have had to wait is tried before the pass is left to the next round. */
const BATCH_ATTEMPTS = 3;

export interface RetentionProgress extends Batch {
  readonly subject: Subject;
  /** By this pass, since this process is at it. */
  readonly total: number;
  readonly ended: boolean;
}

export interface RetentionOptions {
  readonly pool: Pool;
  readonly clock: () => Date;
  /** Names this process among those that do the same. */
  readonly holder: string;
  /** A table is left alone where a pass has ended after this. */
  readonly dueSince: Date;
  /** Between two batches: others come first. */
  readonly pause: () => Promise<unknown>;
  readonly onProgress: (progress: RetentionProgress) => void;
}

/** Through every table that is due, one after the other; not at all where somebody else is at it. */
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

/** The same day of the month; of one that is shorter, the days over run into the next. */
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
  const taken = await takeTurn(pool, { ...turn(), now: clock(), dueSince });
  if (typeof taken === 'string') return taken;
  for (let page = taken, total = 0; ; await pause()) {
    const batch = await deleteOrGiveWay(pool, { ...turn(), page, cutoffs }, pause);
    if (batch === undefined) return 'HELD'; // it was silent for so long that somebody else took over
    page = batch.nextPage;
    total += batch.deleted;
    const ended = page >= batch.pages;
    if (ended) await endPass(pool, { subject, holder, now: clock() });
    onProgress({ ...batch, subject, total, ended });
    if (ended) return 'ENDED';
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
