/** `statementsPerEnrollment`: the statements that the network sends to PostgreSQL for one enrolment, counted on the wire. */

import type { Stage, Target } from '../stage.ts';
import type { StatementCounter } from '../statement-counter.ts';
import { spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

const ROUNDS = 3;
const ENROLMENTS = 60;
/** A statement that is sent less often than once in this many enrolments is housekeeping, which runs at fixed intervals. */
const SELDOM = 4;

export async function measureStatements(
  stage: Stage,
  target: Target,
  counter: Pick<StatementCounter, 'take'>,
): Promise<Measurement> {
  const rounds: ReadonlyMap<string, number>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    counter.take();
    const until = { enrolments: ENROLMENTS };
    await stage.load(target, { scenario: 'BOTH', until, arrivals: { inFlight: 1 } });
    rounds.push(counter.take());
  }
  const names = new Set(rounds.flatMap((counts) => [...counts.keys()]));
  const sides = [...names]
    .map((name) => {
      const spread = spreadOf(rounds.map((counts) => (counts.get(name) ?? 0) / ENROLMENTS));
      return { name, unit: 'statements', spread };
    })
    .filter(({ spread }) => spread.median > 1 / SELDOM);
  return {
    key: 'statementsPerEnrollment',
    about: `statements for one enrolment, counted between the network and PostgreSQL in ${ROUNDS} rounds of ${ENROLMENTS} enrolments one after the other, half of them 2A and half 2B; without housekeeping`,
    goal: { atMost: 5 },
    value: spreadOf(
      rounds.map((_, round) => sides.reduce((sum, { spread }) => sum + (spread.samples[round] ?? Number.NaN), 0)),
    ),
    sides,
  };
}
