/** What work costs: the processor time of the servers and of PostgreSQL for one enrolment, or for one payment. */
import type { LoadJob } from '../load/job.ts';
import { type Plan, RUN_IN } from '../plan.ts';
import { postgresMicroseconds, processorMicroseconds } from '../processor-time.ts';
import type { Stage, Target } from '../stage.ts';

/** The processor time for one enrolment or one payment. */
export interface ProcessorTime {
  /** Microseconds of all the server's processes. */
  readonly server: number;
  /** Microseconds of PostgreSQL. It also serves the servers that are not under load; their share is almost nothing. */
  readonly database: number;
}

export interface Cost extends ProcessorTime {
  /** Enrolments per second that finished in time. */
  readonly perSecond: number;
}

/** Starts to count. The answered function takes the number of enrolments or payments since then, and answers the time for one. */
export function countProcessorTime(
  { postgres: { postmaster } }: Stage,
  { servers }: Pick<Target, 'servers'>,
): (done: number) => ProcessorTime {
  const pids = servers.map(({ pid }) => pid);
  const before = processorMicroseconds(pids);
  const databaseBefore = postgresMicroseconds(postmaster);
  return (done) => ({
    server: (processorMicroseconds(pids) - before) / done,
    database: (postgresMicroseconds(postmaster) - databaseBefore) / done,
  });
}

/** The time of a server that has no PostgreSQL. */
export function timeOfServer(server: number): ProcessorTime {
  return { server, database: Number.NaN };
}

export async function costOf(stage: Stage, target: Target, job: Parameters<Stage['load']>[1]): Promise<Cost> {
  const timeFor = countProcessorTime(stage, target);
  const { completed, seconds, milliseconds } = await stage.load(target, job);
  const enrolments = milliseconds.length; // includes those that finished late: they used processor time too
  return { ...timeFor(enrolments), perSecond: completed / seconds };
}

/** Cardholders at the same time, while processor time is counted. */
export const IN_FLIGHT = 8;

/** Runs what is counted later, until V8's compilers are done with the server. */
export async function settle(stage: Stage, target: Target, { settled }: Plan): Promise<void> {
  await stage.load(target, countedJob('CREATE', settled / 2));
  await stage.load(target, countedJob('USE', settled / 2));
}

/** The cost of `enrolments` by a server that has just been busy. */
export async function countedCost(
  stage: Stage,
  target: Target,
  { scenario, enrolments }: { readonly scenario: LoadJob['scenario']; readonly enrolments: number },
): Promise<Cost> {
  await stage.load(target, countedJob(scenario, RUN_IN));
  return costOf(stage, target, countedJob(scenario, enrolments));
}

/** The job of a round in which processor time is counted. */
export function countedJob(scenario: LoadJob['scenario'], enrolments: number) {
  return { scenario, until: { enrolments }, arrivals: { inFlight: IN_FLIGHT } } as const;
}
