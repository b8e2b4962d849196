/**
 * `vsAssembledPeerCpu`, `vsAssembledPeer`: the network beside the assembled peer, saturated: processor time for one enrolment, and enrolments
 * per second. Neither side logs or counts.
 */
import { ratios, spreadOf } from '../statistics.ts';
import type { ProcessorTime } from './load-cost.ts';
import type { Measurement, Side } from './measurement.ts';
import { type SaturatedCosts, throughputsOf } from './throughput.ts';

/** `first` is the network, `second` the peer. */
export function measurePeerCost({ first: ours, second: peer }: SaturatedCosts): Measurement {
  return {
    key: 'vsAssembledPeerCpu',
    about:
      'processor time of server and PostgreSQL for one enrolment: that of the same five steps assembled from Express, @simplewebauthn/server, the official libraries, jose and node-postgres, over ours',
    goal: { atLeast: 1.6 },
    value: spreadOf(ratios(peer.map(sumOf), ours.map(sumOf))),
    sides: [
      side('the network', ours, 'server'),
      side('PostgreSQL of the network', ours, 'database'),
      side('the assembled peer', peer, 'server'),
      side('PostgreSQL of the peer', peer, 'database'),
    ],
  };
}

export function measurePeerThroughput(costs: SaturatedCosts): Measurement {
  const { ratio, first, second } = throughputsOf(costs);
  return {
    key: 'vsAssembledPeer',
    about:
      'enrolments per second of the same two, from the same rounds: ours over that of the peer. Load, server and PostgreSQL share the cores, so the load takes a part of both sides',
    goal: undefined,
    value: ratio,
    sides: [
      { name: 'the network', unit: 'enrolments/s', spread: first },
      { name: 'the assembled peer', unit: 'enrolments/s', spread: second },
    ],
  };
}

function sumOf({ server, database }: ProcessorTime): number {
  return server + database;
}

function side(name: string, times: readonly ProcessorTime[], part: keyof ProcessorTime): Side {
  return { name, unit: 'µs', spread: spreadOf(times.map((time) => time[part])) };
}
