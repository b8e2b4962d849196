/**
 * Finds the periodic tasks that are behind, by the work that waits for them in the database. So any process can find them, whichever process
 * runs the task.
 */
import { column, nullable, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type Arrears, readArrears } from '../audit/arrears.ts';
import { readBacklog } from '../events/deliveries.ts';
import { findPasses } from '../retention/store.ts';
import { TIME_IS_UP_AT, UNFINISHED } from '../sessions/states-in-sql.ts';
import type { HealthProblem } from './problem.ts';

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 24 * 60 * MINUTE_SECONDS;

/** The limits of the alerts EventsNotMoved, HousekeepingStopped, RetentionBehind, AuditTrailBehind and AuditHeadNotSigned. */
const EVENTS_SECONDS = 2 * MINUTE_SECONDS;
const SWEEP_SECONDS = 10 * MINUTE_SECONDS;
const RETENTION_SECONDS = 3 * DAY_SECONDS;
const AUDIT_SECONDS = 10 * MINUTE_SECONDS;
const HEAD_SECONDS = 2 * DAY_SECONDS;

/** `eventsSince` and `expirySince` are since when the oldest work waits; null if none does. */
export interface TaskState {
  readonly eventsSince: Date | null;
  readonly expirySince: Date | null;
  readonly audit: Arrears;
  /** When the last pass of each table ended; null if there was none. */
  readonly passes: Awaited<ReturnType<typeof findPasses>>;
}

const EXPIRY = { since: nullable(column.timestamptz(sql`min(${TIME_IS_UP_AT})`)) };
const OLDEST_UNFINISHED = statement({
  text: sql`SELECT ${selectList(EXPIRY)} FROM session WHERE ${UNFINISHED}`,
  returns: EXPIRY,
});

export async function readTaskState(pool: Pool): Promise<TaskState> {
  const [backlog, [expiry], passes, audit] = await Promise.all([
    readBacklog(pool),
    query(pool, OLDEST_UNFINISHED, {}),
    findPasses(pool),
    readArrears(pool),
  ]);
  return { eventsSince: backlog.oldestStored, expirySince: expiry?.since ?? null, passes, audit };
}

/** Pure. A table that never had a pass is not behind: the network is new. */
export function findTaskProblems(state: TaskState, now: Date): readonly HealthProblem[] {
  const { eventsSince, expirySince, passes, audit } = state;
  const ageOf = (since: Date | null) => (since === null ? 0 : (now.getTime() - since.getTime()) / 1000);
  const problems: HealthProblem[] = [];
  if (ageOf(eventsSince) > EVENTS_SECONDS) {
    problems.push({
      kind: 'EVENTS_BEHIND',
      severity: 'WRONG',
      about: 'events',
      text: `have waited for ${inWords(ageOf(eventsSince))}: they reach no client, and the overview does not count their sessions as ended`,
      remedy: 'Look for “deliveries” in the network’s log, and check that a process of this version runs.',
      docs: 'observability.md#eventsnotmoved',
    });
  }
  if (ageOf(expirySince) > SWEEP_SECONDS) {
    problems.push({
      kind: 'TASK_BEHIND',
      severity: 'WARNING',
      about: 'sessions',
      text: `are not ended when their time is up: the oldest is ${inWords(ageOf(expirySince))} late`,
      remedy: 'Look for “housekeeping failed” in the network’s log.',
      docs: 'observability.md#housekeepingstopped',
    });
  }
  const behind = passes.filter(({ endedAt }) => ageOf(endedAt) > RETENTION_SECONDS);
  if (behind.length > 0) {
    problems.push({
      kind: 'TASK_BEHIND',
      severity: 'WARNING',
      about: 'retention',
      text: `has not gone through ${behind.map(({ subject }) => subject).join(', ')} for ${inWords(Math.max(...behind.map(({ endedAt }) => ageOf(endedAt))))}, so what is due is not deleted`,
      remedy: 'Look for “retention” and “housekeeping failed” in the network’s log.',
      docs: 'observability.md#retentionbehind',
    });
  }
  if (ageOf(audit.oldest) > AUDIT_SECONDS) {
    problems.push({
      kind: 'TASK_BEHIND',
      severity: 'WARNING',
      about: 'audit trail',
      text: `has entries that have waited for ${inWords(ageOf(audit.oldest))} for their place in the chain`,
      remedy: 'Look for “housekeeping failed” in the network’s log.',
      docs: 'observability.md#audittrailbehind',
    });
  }
  if (ageOf(audit.signedAt) > HEAD_SECONDS) {
    problems.push({
      kind: 'TASK_BEHIND',
      severity: 'WARNING',
      about: 'audit trail',
      text: `has a head that was last signed ${inWords(ageOf(audit.signedAt))} ago`,
      remedy: 'Look for “housekeeping failed” in the network’s log, and check the signer of the proof key.',
      docs: 'observability.md#auditheadnotsigned',
    });
  }
  return problems;
}

/** The duration in the largest unit of which there are at least two. */
function inWords(seconds: number): string {
  if (seconds >= 2 * DAY_SECONDS) return `${Math.floor(seconds / DAY_SECONDS)} days`;
  if (seconds >= 2 * 60 * MINUTE_SECONDS) return `${Math.floor(seconds / 60 / MINUTE_SECONDS)} hours`;
  return `${Math.max(2, Math.floor(seconds / MINUTE_SECONDS))} minutes`;
}
