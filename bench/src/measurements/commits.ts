/** `commitsPerEnrollment`: how often the write-ahead log is forced to disk for one enrolment, nobody else being served. */
import type { WalSyncs } from '../postgres.ts';
import type { Stage, Target } from '../stage.ts';
import { spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

const ENROLMENTS = 200;

export async function measureCommits(stage: Stage, target: Target): Promise<Measurement> {
  const before = await stage.postgres.countWalSyncs();
  const { completed } = await stage.load(target, {
    scenario: 'BOTH',
    until: { enrolments: ENROLMENTS },
    arrivals: { inFlight: 1 },
  });
  const after = await stage.postgres.countWalSyncs();
  const perEnrolment = (of: keyof WalSyncs) => spreadOf([(after[of] - before[of]) / completed]);
  return {
    key: 'commitsPerEnrollment',
    about: `fsyncs of the write-ahead log by PostgreSQL's backends (pg_stat_io) over ${completed} enrolments one after the other, half of them 2A and half 2B`,
    goal: { atMost: 4 },
    value: perEnrolment('awaited'),
    sides: [
      { name: 'commits that are waited for', unit: 'fsyncs', spread: perEnrolment('awaited') },
      { name: "with PostgreSQL's own", unit: 'fsyncs', spread: perEnrolment('all') },
    ],
  };
}
