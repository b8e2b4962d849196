/** `commitsPerEnrollment`: how often the write-ahead log is forced to disk for one enrolment, nobody else being served. */
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
  const perEnrolment = ((await stage.postgres.countWalSyncs()) - before) / completed;
  const spread = spreadOf([perEnrolment]);
  return {
    key: 'commitsPerEnrollment',
    about: `fsyncs of the write-ahead log (pg_stat_io) over ${completed} enrolments one after the other, half of them 2A and half 2B`,
    goal: { atMost: 4 },
    value: spread,
    sides: [{ name: 'the network', unit: 'fsyncs', spread }],
  };
}
