/** The result of a measurement: one number against a goal, and the samples of both sides of the ratio. */
import type { Spread } from '../statistics.ts';

/** The keys of `--json`, in the order of the report. */
export const KEYS = [
  'statementsPerEnrollment',
  'commitsPerEnrollment',
  'enrollmentCpuVsCryptoFloor',
  'enrollmentCpuVsBareServer',
  'paymentCpuVsCryptoFloor',
  'databaseCpuPerEnrollment',
  'vsAssembledPeerCpu',
  'vsAssembledPeer',
  'issuerCallVsOfficialClients',
  'assertionVsBareVerify',
  'p99VsP50AtHalfLoad',
  'eventLoopDelayMs',
  'twoProcessesVsOne',
  'throughputAtMillionVsThousand',
  'observabilityCost',
  'eventsCost',
  'eventsDatabaseCost',
  'rssMegabytes',
  'consoleOverviewMs',
  'consoleLookupMs',
  'pageBytes',
] as const;
export type Key = (typeof KEYS)[number];

export interface Measurement {
  readonly key: Key;
  /** The two compared sides, in one line. */
  readonly about: string;
  /** Undefined: the number is for information. */
  readonly goal: Goal | undefined;
  /** The result: a median of ratios that were measured side by side, unless `about` says otherwise. */
  readonly value: Spread;
  readonly sides: readonly Side[];
  /** The costs that the measurement adds to the capacity model, if any. */
  readonly unit?: Pick<UnitCost, 'of'> & Partial<UnitCost>;
}

/** What one enrolment or one payment costs. */
export interface UnitCost {
  readonly of: 'enrolment' | 'payment';
  /** Processor time of the network, in microseconds. */
  readonly network: number;
  /** Processor time of PostgreSQL, in microseconds. */
  readonly database: number;
  /** Commits that are waited for. */
  readonly commits: number;
  readonly logKilobytes: number;
}

export type Goal = ({ readonly atMost: number } | { readonly atLeast: number }) & {
  /** The number of cores that the goal needs: the compared servers, PostgreSQL and the load generator run at the same time. */
  readonly cores?: number;
};

/** A measurement that this machine or checkout cannot make. */
export interface Skipped {
  readonly key: Key;
  readonly why: string;
}

export type Verdict = 'met' | 'missed' | 'information' | `needs ${number} cores`;

/** A goal that needs more cores than there are is neither met nor missed. */
export function judge({ goal, value }: Measurement, cores: number): Verdict {
  if (goal === undefined) return 'information';
  if (goal.cores !== undefined && goal.cores > cores) return `needs ${goal.cores} cores`;
  const meets = 'atMost' in goal ? value.median <= goal.atMost : value.median >= goal.atLeast;
  return meets ? 'met' : 'missed';
}

export interface Side {
  readonly name: string;
  readonly unit: string;
  readonly spread: Spread;
}

/**
 * Runs the sides alternately, in reversed order every other round, so that a drift of the machine affects all. Answers each side's samples,
 * in the order of the rounds.
 */
export async function alternate<Name extends string, Sample = number>(
  rounds: number,
  sides: { readonly [name in Name]: () => Promise<Sample> },
): Promise<{ readonly [name in Name]: readonly Sample[] }> {
  const names = Object.keys(sides) as Name[]; // Object.keys forgets the names
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as { [name in Name]: Sample[] }; // fromEntries forgets them too
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
