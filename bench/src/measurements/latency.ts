/**
 * `p99VsP50AtHalfLoad`, `eventLoopDelayMs`: the latency of enrolments and the delay of the network's event loop, at half of the throughput
 * measured before.
 */
import type { NetworkProcess } from '../network-under-test.ts';
import type { Plan } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { quantile, spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';
import { saturate } from './throughput.ts';

const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

export interface LatencyMeasurement extends Measurement {
  /** The latencies of the last round, in milliseconds each. */
  readonly milliseconds: readonly number[];
}

/** Round by round. */
export interface HalfLoad {
  readonly arrivalsPerSecond: readonly number[];
  /** The latencies of each round's enrolments. */
  readonly latencies: readonly (readonly number[])[];
  readonly eventLoopDelays: readonly number[];
}

export async function sampleHalfLoad(stage: Stage, target: Target<NetworkProcess>, plan: Plan): Promise<HalfLoad> {
  const rounds: { arrivals: number; latencies: readonly number[]; delay: number }[] = [];
  for (let round = 0; round < Math.min(plan.rounds, 5); round++) {
    const { perSecond } = await saturate(stage, target, plan.seconds);
    await takeEventLoopDelay(target); // begins a new one
    const until = { seconds: plan.latencySeconds };
    const arrivals = { perSecond: perSecond / 2 };
    const { milliseconds } = await stage.load(target, { scenario: 'BOTH', until, arrivals });
    rounds.push({ arrivals: perSecond / 2, latencies: milliseconds, delay: await takeEventLoopDelay(target) });
  }
  return {
    arrivalsPerSecond: rounds.map(({ arrivals }) => arrivals),
    latencies: rounds.map(({ latencies }) => latencies),
    eventLoopDelays: rounds.map(({ delay }) => delay),
  };
}

export function measureLatency({ latencies, arrivalsPerSecond }: HalfLoad): LatencyMeasurement {
  const at = (share: number) => latencies.map((milliseconds) => quantile(milliseconds, share));
  return {
    key: 'p99VsP50AtHalfLoad',
    about:
      'whole enrolments from their arrival on, arrivals at random (Poisson) at half the throughput just measured: p99 over p50',
    goal: { atMost: 4 },
    value: spreadOf(at(SHARES.p99).map((p99, round) => p99 / (at(SHARES.p50)[round] ?? Number.NaN))),
    sides: [
      ...Object.entries(SHARES).map(([name, share]) => ({ name, unit: 'ms', spread: spreadOf(at(share)) })),
      { name: 'arrivals', unit: 'enrolments/s', spread: spreadOf(arrivalsPerSecond) },
    ],
    milliseconds: latencies.at(-1) ?? [],
  };
}

export function measureEventLoopDelay({ eventLoopDelays }: HalfLoad): Measurement {
  return {
    key: 'eventLoopDelayMs',
    about:
      "how late the network's event loop came to a timer of ten milliseconds under the same load: p99, from the network's metrics",
    goal: { atMost: 20 },
    value: spreadOf(eventLoopDelays),
    sides: [],
  };
}

/** The period of the timer that prom-client measures with: an event loop without delay comes to it after this time. */
const TIMER_MILLISECONDS = 10;

/** The 99th percentile since the last call, in milliseconds: each scrape begins anew. */
async function takeEventLoopDelay({ servers }: Target<NetworkProcess>): Promise<number> {
  const delays = servers.map(async ({ metricsAddress }) => {
    const text = await (await fetch(`${metricsAddress}/metrics`)).text();
    const seconds = Number(/^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(text)?.[1]);
    return Math.max(0, seconds * 1000 - TIMER_MILLISECONDS);
  });
  return Math.max(...(await Promise.all(delays)));
}
