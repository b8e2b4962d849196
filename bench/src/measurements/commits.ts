/** `commitsPerEnrollment`: how often the write-ahead log is forced to disk for one enrolment, with no other requests. */
import type { WalCounts } from '../postgres.ts';
import type { Stage, Target } from '../stage.ts';
import { spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

/** Several rounds, so that a round with housekeeping by the network or PostgreSQL stands out. */
const ROUNDS = 5;
const ENROLMENTS = 40;

export async function measureCommits(stage: Stage, target: Target): Promise<Measurement> {
  const counts = await countWalOf(stage, ROUNDS, async () => {
    const until = { enrolments: ENROLMENTS };
    return (await stage.load(target, { scenario: 'BOTH', until, arrivals: { inFlight: 1 } })).completed;
  });
  const awaited = spreadOf(counts.map((count) => count.awaited));
  const kilobytes = spreadOf(counts.map(({ bytes }) => bytes / 1000));
  return {
    key: 'commitsPerEnrollment',
    about: `fsyncs of the write-ahead log by PostgreSQL's backends (pg_stat_io), in ${ROUNDS} rounds of ${ENROLMENTS} enrolments one after the other, half of them 2A and half 2B`,
    goal: { atMost: 4 },
    value: awaited,
    sides: [
      { name: 'commits that are waited for', unit: 'fsyncs', spread: awaited },
      { name: "with PostgreSQL's own", unit: 'fsyncs', spread: spreadOf(counts.map((count) => count.all)) },
      { name: 'log; the lowest is without whole pages', unit: 'kB', spread: kilobytes },
    ],
    unit: { of: 'enrolment', commits: awaited.median, logKilobytes: kilobytes.lowest },
  };
}

/** The write-ahead log for one unit of `work`, round by round. `work` answers how many units it has done. */
export async function countWalOf(
  { postgres }: Stage,
  rounds: number,
  work: () => Promise<number>,
): Promise<readonly WalCounts[]> {
  const counts: WalCounts[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await postgres.countWal();
    const done = await work();
    const after = await postgres.countWal();
    counts.push({
      awaited: (after.awaited - before.awaited) / done,
      all: (after.all - before.all) / done,
      bytes: (after.bytes - before.bytes) / done,
    });
  }
  return counts;
}
