/** Enrolments per second of saturated servers, measured alternately: for the measurements that are a ratio of two of these. */
import { type Plan, SATURATING } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { type Cost, costOf } from './load-cost.ts';
import { alternate } from './measurement.ts';

/** Round by round. */
export interface SaturatedCosts {
  readonly first: readonly Cost[];
  readonly second: readonly Cost[];
}

/** Half of the enrolments create a passkey, half use one. Both sides get the same requests, signed by the official libraries. */
export async function sampleSaturated(
  stage: Stage,
  [first, second]: readonly [Target, Target],
  plan: Plan,
): Promise<SaturatedCosts> {
  return alternate(plan.rounds, {
    first: () => saturate(stage, first, plan.seconds),
    second: () => saturate(stage, second, plan.seconds),
  });
}

export interface Throughputs {
  /** First over second, round by round. */
  readonly ratio: Spread;
  readonly first: Spread;
  readonly second: Spread;
}

export function throughputsOf({ first, second }: SaturatedCosts): Throughputs {
  const [ofFirst, ofSecond] = [first.map(perSecondOf), second.map(perSecondOf)];
  return { ratio: spreadOf(ratios(ofFirst, ofSecond)), first: spreadOf(ofFirst), second: spreadOf(ofSecond) };
}

function perSecondOf({ perSecond }: Cost): number {
  return perSecond;
}

export function saturate(stage: Stage, target: Target, seconds: number): Promise<Cost> {
  return costOf(stage, target, {
    scenario: 'BOTH',
    until: { seconds },
    arrivals: { inFlight: SATURATING },
    dialect: 'MASTERCARD',
  });
}
