/**
 * `p99VsP50AtHalfLoad`, `eventLoopDelayMs`: the latency of enrolments and the delay of the network's event loop, at half of the throughput
 * measured before.
 */
import type { NetworkProcess } from '../network-under-test.ts';
import type { Plan } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { quantile, ratios, spreadOf } from '../statistics.ts';
import type { Measurement, Skipped } from './measurement.ts';
import { saturate } from './throughput.ts';

const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

export interface LatencyMeasurement extends Measurement {
  /** The latencies of the last round, in milliseconds each. */
  readonly milliseconds: readonly number[];
}

/** A round at half load. */
export interface HalfLoad {
  readonly arrivalsPerSecond: number;
  /** The latency of each enrolment. On a very busy machine there may be none. */
  readonly milliseconds: readonly number[];
  readonly eventLoopDelay: number;
}

export async function sampleHalfLoad(
  stage: Stage,
  target: Target<NetworkProcess>,
  plan: Plan,
): Promise<readonly HalfLoad[]> {
  const rounds: HalfLoad[] = [];
  for (let round = 0; round < Math.min(plan.rounds, 5); round++) {
    const { perSecond } = await saturate(stage, target, plan.seconds);
    await takeEventLoopDelay(target); // starts a new period
    const until = { seconds: plan.latencySeconds };
    const arrivals = { perSecond: perSecond / 2 };
    const { milliseconds } = await stage.load(target, { scenario: 'BOTH', until, arrivals });
    const eventLoopDelay = await takeEventLoopDelay(target);
    rounds.push({ arrivalsPerSecond: arrivals.perSecond, milliseconds, eventLoopDelay });
  }
  return rounds;
}

export function measureLatency(rounds: readonly HalfLoad[]): LatencyMeasurement | Skipped {
  const key = 'p99VsP50AtHalfLoad';
  if (rounds.some(({ milliseconds }) => milliseconds.length === 0))
    return { key, why: 'a round at half load had no enrolment: the machine was too busy' };
  const at = (share: number) => rounds.map(({ milliseconds }) => quantile(milliseconds, share));
  const arrivals = rounds.map(({ arrivalsPerSecond }) => arrivalsPerSecond);
  return {
    key,
    about:
      'whole enrolments from their arrival on, arrivals at random (Poisson) at half the throughput just measured: p99 over p50',
    goal: { atMost: 4 },
    value: spreadOf(ratios(at(SHARES.p99), at(SHARES.p50))),
    sides: [
      ...Object.entries(SHARES).map(([name, share]) => ({ name, unit: 'ms', spread: spreadOf(at(share)) })),
      { name: 'arrivals', unit: 'enrolments/s', spread: spreadOf(arrivals) },
    ],
    milliseconds: rounds.at(-1)?.milliseconds ?? [],
  };
}

export function measureEventLoopDelay(rounds: readonly HalfLoad[]): Measurement {
  return {
    key: 'eventLoopDelayMs',
    about:
      "how late the network's event loop came to a timer of ten milliseconds under the same load: p99, from the network's metrics",
    goal: { atMost: 20 },
    value: spreadOf(rounds.map(({ eventLoopDelay }) => eventLoopDelay)),
    sides: [],
  };
}

/** The period of the timer that prom-client measures with: without any delay, this much time passes between two of its ticks. */
const TIMER_MILLISECONDS = 10;

/** The 99th percentile since the last call, in milliseconds: each scrape resets the metric. */
async function takeEventLoopDelay({ servers }: Target<NetworkProcess>): Promise<number> {
  const delays = servers.map(async ({ metricsAddress }) => {
    const text = await (await fetch(`${metricsAddress}/metrics`)).text();
    const seconds = Number(/^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(text)?.[1]);
    return Math.max(0, seconds * 1000 - TIMER_MILLISECONDS);
  });
  return Math.max(...(await Promise.all(delays)));
}
