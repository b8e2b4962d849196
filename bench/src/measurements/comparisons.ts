/** `twoProcessesVsOne`, `throughputAtMillionVsThousand`, `observabilityCost`: enrolments per second of one side over the other. */
import type { Plan } from '../plan.ts';
import type { Stage, Target } from '../stage.ts';
import type { Goal, Key, Measurement } from './measurement.ts';
import { sampleSaturated, throughputsOf } from './throughput.ts';

async function compare(
  stage: Stage,
  plan: Plan,
  described: {
    readonly key: Key;
    readonly about: string;
    readonly goal: Goal;
    readonly sides: readonly [readonly [name: string, target: Target], readonly [name: string, target: Target]];
  },
): Promise<Measurement> {
  const { sides, ...measurement } = described;
  const [[firstName, first], [secondName, second]] = sides;
  const comparison = throughputsOf(await sampleSaturated(stage, [first, second], plan));
  return {
    ...measurement,
    value: comparison.ratio,
    sides: [
      { name: firstName, unit: 'enrolments/s', spread: comparison.first },
      { name: secondName, unit: 'enrolments/s', spread: comparison.second },
    ],
  };
}

export function compareTwoProcesses(
  stage: Stage,
  { one, two }: { readonly one: Target; readonly two: Target },
  plan: Plan,
): Promise<Measurement> {
  return compare(stage, plan, {
    key: 'twoProcessesVsOne',
    about: 'two processes of the network on one database over one; load and PostgreSQL share the processors with them',
    goal: { atLeast: 1.6, cores: 4 },
    sides: [
      ['two processes', two],
      ['one process', one],
    ],
  });
}

export function compareStoredPasskeys(
  stage: Stage,
  { few, many, stored }: { readonly few: Target; readonly many: Target; readonly stored: number },
  plan: Plan,
): Promise<Measurement> {
  return compare(stage, plan, {
    key: 'throughputAtMillionVsThousand',
    about: `a database with ${stored.toLocaleString('en')} passkeys over one with 1,000`,
    goal: { atLeast: 0.95 },
    sides: [
      [`${stored.toLocaleString('en')} passkeys`, many],
      ['1,000 passkeys', few],
    ],
  });
}

export function compareObservability(
  stage: Stage,
  { on, off }: { readonly on: Target; readonly off: Target },
  plan: Plan,
): Promise<Measurement> {
  return compare(stage, plan, {
    key: 'observabilityCost',
    about: 'with logs at level info, metrics, and a trace of every request sent to a collector, over none of them',
    goal: { atLeast: 0.85 },
    sides: [
      ['logs, metrics and traces', on],
      ['none of them', off],
    ],
  });
}
