/** What is read from counts: rates, durations, and whether a client stands out. The definitions are in docs/what-the-overview-counts.md. */
import type { Durations, Rates } from '@payment-passkeys/protocol/console';
import { ACTIVITY_COUNTS, DURATION_BOUNDS } from '../events/session-activity.ts';
import type { Counts } from './store.ts';

const NOTHING = Object.fromEntries(ACTIVITY_COUNTS.map((count) => [count, 0])) as Counts; // fromEntries loses the key types

export function sumOf(rows: readonly Counts[]): Counts {
  const sums = ACTIVITY_COUNTS.map((count) => [count, rows.reduce((sum, row) => sum + row[count], 0)]);
  return { ...NOTHING, ...Object.fromEntries(sums) };
}

/** The number of ended sessions without superseded ones. A rate is a share of this number. */
export function endedOf({ succeeded, cancelled, failed, unbound, expired }: Counts): number {
  return succeeded + cancelled + failed + unbound + expired;
}

export function failuresOf({ failed, unbound }: Pick<Counts, 'failed' | 'unbound'>): number {
  return failed + unbound;
}

export function openOf(counts: Counts): number {
  return counts.started - endedOf(counts) - counts.superseded;
}

export function ratesOf(counts: Counts): Rates | undefined {
  const ended = endedOf(counts);
  if (ended === 0) return undefined;
  return {
    succeeded: counts.succeeded / ended,
    cancelled: counts.cancelled / ended,
    failed: failuresOf(counts) / ended,
    abandoned: counts.expired / ended,
  };
}

/** Durations within a step of the histogram are assumed to be spread evenly. */
export function durationsOf(counts: Counts): Durations | undefined {
  const steps = DURATION_BOUNDS.map((bound, position) => ({
    from: DURATION_BOUNDS[position - 1] ?? 0,
    to: bound,
    sessions: counts[`within_${bound}`],
  }));
  const total = steps.reduce((sum, { sessions }) => sum + sessions, 0);
  if (total === 0) return undefined;
  const quantile = (share: number) => {
    let before = 0;
    for (const { from, to, sessions } of steps) {
      if (before + sessions >= share * total) return from + ((share * total - before) / sessions) * (to - from);
      before += sessions;
    }
    return DURATION_BOUNDS[DURATION_BOUNDS.length - 1];
  };
  const round = (seconds = 0) => Math.round(seconds * 10) / 10;
  return { median: round(quantile(0.5)), p95: round(quantile(0.95)) };
}

/** With fewer ended sessions a rate says little. */
const ENOUGH_SESSIONS = 30;
const MUCH_HIGHER = 0.1;
const TIMES_AS_HIGH = 2;
/** A fraction such as 0.15 is not exact. */
const ROUNDING = 1e-9;

/**
 * Whether a client fails much more than before: at least 30 sessions have ended, and the failure rate is at least 10 percentage points and at
 * least twice as high as before. If fewer than 30 sessions ended before, the rate is compared with that of `others`, all clients before.
 */
export function standsOut(
  counts: Counts,
  { before, others }: { readonly before: Counts; readonly others: Counts },
): boolean {
  if (endedOf(counts) < ENOUGH_SESSIONS) return false;
  const compared = endedOf(before) < ENOUGH_SESSIONS ? others : before;
  const rate = ratesOf(counts)?.failed ?? 0;
  const usual = ratesOf(compared)?.failed ?? 0;
  return rate >= usual + MUCH_HIGHER - ROUNDING && rate >= usual * TIMES_AS_HIGH;
}
