/** `commitsPerEnrollment`: how often the write-ahead log is forced to disk for one enrolment, with no other requests. */
import type { WalSyncs } from '../postgres.ts';
import type { Stage, Target } from '../stage.ts';
import { spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

/** Rounds, so that one with housekeeping by the network or PostgreSQL can be told from the others. */
const ROUNDS = 5;
const ENROLMENTS = 40;

export async function measureCommits(stage: Stage, target: Target): Promise<Measurement> {
  const counts: WalSyncs[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await stage.postgres.countWalSyncs();
    const { completed } = await stage.load(target, {
      scenario: 'BOTH',
      until: { enrolments: ENROLMENTS },
      arrivals: { inFlight: 1 },
    });
    const after = await stage.postgres.countWalSyncs();
    counts.push({
      awaited: (after.awaited - before.awaited) / completed,
      all: (after.all - before.all) / completed,
    });
  }
  const awaited = spreadOf(counts.map((count) => count.awaited));
  return {
    key: 'commitsPerEnrollment',
    about: `fsyncs of the write-ahead log by PostgreSQL's backends (pg_stat_io), in ${ROUNDS} rounds of ${ENROLMENTS} enrolments one after the other, half of them 2A and half 2B`,
    goal: { atMost: 4 },
    value: awaited,
    sides: [
      { name: 'commits that are waited for', unit: 'fsyncs', spread: awaited },
      { name: "with PostgreSQL's own", unit: 'fsyncs', spread: spreadOf(counts.map((count) => count.all)) },
    ],
  };
}
