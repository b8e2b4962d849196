/**
 * `eventsCost`, `eventsDatabaseCost`: the processor time of an enrolment that stores its events, over that of an enrolment that stores none. The
 * first is of the network's process, the second of PostgreSQL. Moving events to the clients' logs is counted. The bench's client has no webhook.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Plan, RUN_IN } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import { ratios, spreadOf } from '../statistics.ts';
import { countedJob, countProcessorTime, type ProcessorTime, settle } from './load-cost.ts';
import { alternate, type Measurement } from './measurement.ts';

/** The network moves stored events every second. */
const MOVED_MILLISECONDS = 1500;

/** The processor time of one enrolment, round by round. */
export interface EventsSamples {
  readonly stored: readonly ProcessorTime[];
  readonly none: readonly ProcessorTime[];
}

/** Each target has its own database, and moves only the events in it. */
export async function sampleEvents(
  stage: Stage,
  { stored, none }: { readonly stored: Target; readonly none: Target },
  plan: Plan,
): Promise<EventsSamples> {
  const timeOf = async (target: Target) => {
    await stage.load(target, countedJob('BOTH', RUN_IN));
    await sleep(MOVED_MILLISECONDS);
    const timeFor = countProcessorTime(stage, target);
    const { completed } = await stage.load(target, countedJob('BOTH', plan.enrolments));
    await sleep(MOVED_MILLISECONDS);
    return timeFor(completed);
  };
  await settle(stage, stored, plan);
  await settle(stage, none, plan);
  return alternate(plan.rounds, { stored: () => timeOf(stored), none: () => timeOf(none) });
}

export function measureEventsCost(samples: EventsSamples): Measurement {
  return describe(samples, 'server', {
    key: 'eventsCost',
    about:
      "processor time of the network's process for one enrolment, with the events that it stores over without them",
    goal: { atMost: 1.08 },
  });
}

export function measureEventsDatabaseCost(samples: EventsSamples): Measurement {
  return describe(samples, 'database', {
    key: 'eventsDatabaseCost',
    about: 'the same for the processor time of PostgreSQL',
    goal: { atMost: 1.15 },
  });
}

function describe(
  samples: EventsSamples,
  part: keyof ProcessorTime,
  described: Pick<Measurement, 'key' | 'about' | 'goal'>,
): Measurement {
  const stored = samples.stored.map((time) => time[part]);
  const none = samples.none.map((time) => time[part]);
  return {
    ...described,
    value: spreadOf(ratios(stored, none)),
    sides: [
      { name: 'with events', unit: 'µs', spread: spreadOf(stored) },
      { name: 'without', unit: 'µs', spread: spreadOf(none) },
    ],
  };
}
