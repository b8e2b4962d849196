/**
 * `eventsCost`, `eventsDatabaseCost`: the processor time of an enrolment with the events that it stores, over the same without them: of the
 * network's process, and of PostgreSQL. Moving the events to the clients' logs is counted; the bench's client has no webhook.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../plan.ts';
import { postgresMicroseconds, processorMicroseconds } from '../processor-time.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, spreadOf } from '../statistics.ts';
import { alternate, type Measurement } from './measurement.ts';

const IN_FLIGHT = 8;
/** The network moves stored events every second. */
const MOVED_MILLISECONDS = 1500;

/** Microseconds for one enrolment, round by round. */
export interface EventsSamples {
  readonly network: { readonly stored: readonly number[]; readonly none: readonly number[] };
  readonly postgres: { readonly stored: readonly number[]; readonly none: readonly number[] };
}

/** Each target has a database of its own, so that each moves its own events only. */
export async function sampleEvents(
  stage: Stage,
  { stored, none }: { readonly stored: Target; readonly none: Target },
  plan: Plan,
): Promise<EventsSamples> {
  const postgres = { stored: [] as number[], none: [] as number[] };
  const costOf = async (target: Target, databaseSamples: number[]) => {
    const pids = target.servers.map(({ pid }) => pid);
    const before = processorMicroseconds(pids);
    const databaseBefore = postgresMicroseconds(stage.postgres.postmaster);
    const { completed } = await stage.load(target, {
      scenario: 'BOTH',
      until: { enrolments: plan.enrolments },
      arrivals: { inFlight: IN_FLIGHT },
    });
    await sleep(MOVED_MILLISECONDS);
    databaseSamples.push((postgresMicroseconds(stage.postgres.postmaster) - databaseBefore) / completed);
    return (processorMicroseconds(pids) - before) / completed;
  };
  await stage.warmUp(stored, plan.settled / 2);
  await stage.warmUp(none, plan.settled / 2);
  const network = await alternate(plan.rounds, {
    stored: () => costOf(stored, postgres.stored),
    none: () => costOf(none, postgres.none),
  });
  return { network, postgres };
}

export function measureEventsCost({ network }: EventsSamples): Measurement {
  return describe(network, {
    key: 'eventsCost',
    about:
      "processor time of the network's process for one enrolment, with the events that it stores over without them",
    goal: { atMost: 1.08 },
  });
}

export function measureEventsDatabaseCost({ postgres }: EventsSamples): Measurement {
  return describe(postgres, {
    key: 'eventsDatabaseCost',
    about: 'the same for the processor time of PostgreSQL',
    goal: { atMost: 1.15 },
  });
}

function describe(
  { stored, none }: EventsSamples['network'],
  described: Pick<Measurement, 'key' | 'about' | 'goal'>,
): Measurement {
  return {
    ...described,
    value: spreadOf(ratios(stored, none)),
    sides: [
      { name: 'with events', unit: 'µs', spread: spreadOf(stored) },
      { name: 'without', unit: 'µs', spread: spreadOf(none) },
    ],
  };
}
