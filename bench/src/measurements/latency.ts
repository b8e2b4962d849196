/** `p99VsP50AtHalfLoad`: the 99th percentile of latency over the median, at half of the throughput measured before. */
import type { LoadResult } from '../load/job.ts';
import type { Plan } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { quantile, spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';
import { throughputOf } from './throughput.ts';

const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

export interface LatencyMeasurement extends Measurement {
  /** The latencies of the last round, in milliseconds each. */
  readonly milliseconds: readonly number[];
}

export async function measureLatency(stage: Stage, target: Target, plan: Plan): Promise<LatencyMeasurement> {
  const capacities: number[] = [];
  const results: LoadResult[] = [];
  for (let round = 0; round < Math.min(plan.rounds, 5); round++) {
    const capacity = await throughputOf(stage, target, plan.seconds);
    capacities.push(capacity);
    const until = { seconds: plan.latencySeconds };
    results.push(await stage.load(target, { scenario: 'BOTH', until, arrivals: { perSecond: capacity / 2 } }));
  }
  const at = (share: number) => results.map(({ milliseconds }) => quantile(milliseconds, share));
  const last = results.at(-1);
  return {
    key: 'p99VsP50AtHalfLoad',
    about:
      'whole enrolments from their arrival on, arrivals at random (Poisson) at half the throughput just measured: p99 over p50',
    goal: { atMost: 6 },
    value: spreadOf(at(SHARES.p99).map((p99, round) => p99 / (at(SHARES.p50)[round] ?? Number.NaN))),
    sides: [
      ...Object.entries(SHARES).map(([name, share]) => ({ name, unit: 'ms', spread: spreadOf(at(share)) })),
      { name: 'arrivals', unit: 'enrolments/s', spread: spreadOf(capacities.map((capacity) => capacity / 2)) },
    ],
    milliseconds: last?.milliseconds ?? [],
  };
}
