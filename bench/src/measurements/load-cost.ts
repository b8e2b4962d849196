/** What a load costs: the processor time of the servers and of PostgreSQL for one enrolment. */
import type { LoadJob } from '../load/job.ts';
import { postgresMicroseconds, processorMicroseconds } from '../processor-time.ts';
import type { Stage, Target } from '../stage.ts';

export interface Cost {
  /** Microseconds of all the server's processes. */
  readonly server: number;
  /** Microseconds of PostgreSQL. The servers that are not under load cost it next to nothing. */
  readonly database: number;
  /** Enrolments per second that finished in time. */
  readonly perSecond: number;
}

export async function costOf(stage: Stage, target: Target, job: Parameters<Stage['load']>[1]): Promise<Cost> {
  const pids = target.servers.map(({ pid }) => pid);
  const { postmaster } = stage.postgres;
  const before = processorMicroseconds(pids);
  const databaseBefore = postgresMicroseconds(postmaster);
  const { completed, seconds, milliseconds } = await stage.load(target, job);
  const enrolments = milliseconds.length; // those that ended a little late too: they have their cost
  return {
    server: (processorMicroseconds(pids) - before) / enrolments,
    database: (postgresMicroseconds(postmaster) - databaseBefore) / enrolments,
    perSecond: completed / seconds,
  };
}

/** Cardholders at the same time, while processor time is counted. */
const IN_FLIGHT = 8;

/** The job of a round in which processor time is counted. */
export function countedJob(scenario: LoadJob['scenario'], enrolments: number) {
  return { scenario, until: { enrolments }, arrivals: { inFlight: IN_FLIGHT } } as const;
}
