/** The result of a measurement: one number against a goal, and the samples of both sides of the ratio. */
import type { Spread } from '../statistics.ts';

/** The keys of `--json`. */
export const KEYS = [
  'enrollmentCpuVsCryptoFloor',
  'paymentCpuVsCryptoFloor',
  'issuerCallVsOfficialClients',
  'assertionVsBareVerify',
  'eventsCost',
  'eventsDatabaseCost',
  'commitsPerEnrollment',
  'p99VsP50AtHalfLoad',
  'twoProcessesVsOne',
  'throughputAtMillionVsThousand',
  'vsAssembledPeer',
  'observabilityCost',
  'consoleOverviewMs',
  'consoleLookupMs',
  'pageBytes',
] as const;
export type Key = (typeof KEYS)[number];

export interface Measurement {
  readonly key: Key;
  /** The two compared sides, in one line. */
  readonly about: string;
  readonly goal: Goal;
  /** The result: a median of ratios that were measured side by side, unless `about` says otherwise. */
  readonly value: Spread;
  readonly sides: readonly Side[];
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export function meetsGoal({ goal, value }: Measurement): boolean {
  return 'atMost' in goal ? value.median <= goal.atMost : value.median >= goal.atLeast;
}

export interface Side {
  readonly name: string;
  readonly unit: string;
  readonly spread: Spread;
}

/**
 * Runs both sides alternately, in reversed order every other round, so that a drift of the machine affects both. Answers each side's
 * samples, in the order of the rounds.
 */
export async function alternate<Name extends string>(
  rounds: number,
  sides: { readonly [name in Name]: () => Promise<number> },
): Promise<{ readonly [name in Name]: readonly number[] }> {
  const names = Object.keys(sides) as Name[]; // of this very type
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as { [name in Name]: number[] }; // likewise
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) samples[name].push(await sides[name]());
  }
  return samples;
}

/** Processor time of this process for one call, in microseconds, over all its threads, so that work in another thread counts too. */
export async function processorTimeOf(calls: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
