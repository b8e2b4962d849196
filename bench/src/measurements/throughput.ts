/** Enrolments per second of saturated servers, measured alternately: for the measurements that are a ratio of two of these. */
import { type Plan, SATURATING } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { alternate } from './measurement.ts';

export interface Comparison {
  /** First over second, round by round. */
  readonly ratio: Spread;
  readonly first: Spread;
  readonly second: Spread;
}

/** Half of the enrolments create a passkey, half use one. Both sides get the same requests, signed by the official libraries. */
export async function compareThroughput(
  stage: Stage,
  [first, second]: readonly [Target, Target],
  plan: Plan,
): Promise<Comparison> {
  const samples = await alternate(plan.rounds, {
    first: () => throughputOf(stage, first, plan.seconds),
    second: () => throughputOf(stage, second, plan.seconds),
  });
  return {
    ratio: spreadOf(ratios(samples.first, samples.second)),
    first: spreadOf(samples.first),
    second: spreadOf(samples.second),
  };
}

export async function throughputOf(stage: Stage, target: Target, seconds: number): Promise<number> {
  const result = await stage.load(target, {
    scenario: 'BOTH',
    until: { seconds },
    arrivals: { inFlight: SATURATING },
    dialect: 'MASTERCARD',
  });
  return result.completed / result.seconds;
}
