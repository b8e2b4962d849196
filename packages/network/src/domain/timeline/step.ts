/**
 * The steps of a session's timeline. The statement that changes a session appends its step, so a step costs no statement and no commit of its own.
 * No account, token, cookie or User-Agent is in a step.
 */
import type { Actor, SessionState } from '@payment-passkeys/protocol';
import {
  type BrowserFamilyName,
  MAX_TIMELINE_STEPS,
  type OfferName,
  type Revocation,
  type TimelineDecision,
  type TimelineStepName,
} from '@payment-passkeys/protocol/console';
import { literals, type Sql, sql } from '@payment-passkeys/storage';
import type { Tracing } from '../../platform/telemetry/tracing.ts';

/** A step as it is stored. What other columns of the session say is not stored again: see timeline.ts. */
export interface StoredStep {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly step: TimelineStepName;
  /** Absent: ACCEPTED. */
  readonly decision?: Exclude<TimelineDecision, 'ACCEPTED'>;
  readonly code?: string | undefined;
  readonly because?: string | undefined;
  readonly offer?: OfferName;
  /** Only for an accepted RESULT: the session's next state. */
  readonly to?: SessionState;
  /** Only for an END: the state that the session ended in. */
  readonly state?: SessionState;
  readonly by?: Actor;
  readonly revocation?: Revocation;
  /** The trace id, if it is not the session's own. */
  readonly trace?: string;
  /** The family of the browser, if it is not the browser that has opened the session. */
  readonly browser?: BrowserFamilyName;
  /** Only for an accepted RESULT: whether the user was verified. */
  readonly uv?: boolean;
  /** Only for an accepted RESULT: the passkey is backed up. */
  readonly bs?: true;
  /** Only for an accepted RESULT: the signature counter did not grow. */
  readonly counter?: true;
  /** Only for a RESULT that another one may follow: the passkey. */
  readonly passkey?: string;
}

/** The session and the request that a step belongs to. */
export interface StepContext {
  readonly session: { readonly traceContext: string | null };
  readonly tracing: Pick<Tracing, 'ids'>;
  readonly now: Date;
}

export function buildStep(step: Omit<StoredStep, 'at' | 'trace'>, { session, tracing, now }: StepContext): StoredStep {
  const trace = tracing.ids()?.trace_id;
  const foreign = trace !== undefined && session.traceContext?.slice(3, 35) !== trace;
  return { at: now.getTime(), ...step, ...(foreign && { trace }) };
}

/** What a step keeps of a verified answer of an authenticator. */
export function verifiedFacts(answer: {
  readonly userVerified: boolean;
  readonly backedUp: boolean;
  readonly counterRegressed?: boolean;
}): Pick<StoredStep, 'uv' | 'bs' | 'counter'> {
  const { userVerified, backedUp, counterRegressed } = answer;
  return { uv: userVerified, ...(backedUp && { bs: true }), ...(counterRegressed && { counter: true }) };
}

/** The step that is passed to a statement as its value `step`. */
export const STEP: Sql<'step'> = sql`${'step'}::jsonb`;

/** The same, if the request was served before its session was read: the trace is left out if it is the session's own. */
export const STEP_OF_UNREAD: Sql<'step'> = sql`
  CASE WHEN ${STEP} ->> 'trace' = substr(trace_context, 4, 32) THEN ${STEP} - 'trace' ELSE ${STEP} END`;

/** The session of a step that is built before its session is read. */
export const NOT_READ: StepContext['session'] = { traceContext: null };

/** If there are too many steps, a middle one is dropped, so that the first and the last ones are kept. */
const DROPPED_POSITION = MAX_TIMELINE_STEPS / 2;

/** For SET: appends a step, a jsonb object. */
export const appended = <Name extends string>(step: Sql<Name>): Sql<Name> => sql`
  timeline = CASE WHEN jsonb_array_length(timeline) < ${MAX_TIMELINE_STEPS} THEN timeline ELSE timeline - ${DROPPED_POSITION} END || (${step}),
  steps_dropped = CASE WHEN jsonb_array_length(timeline) < ${MAX_TIMELINE_STEPS} THEN steps_dropped ELSE coalesce(steps_dropped, 0) + 1 END`;

/** The END of sessions that a statement ends without a request of their own. `by` is an expression for an Actor. */
export function endStep<Name extends string>(end: {
  readonly state: SessionState;
  readonly by: Sql<Name>;
  readonly revocation?: Revocation;
}): Sql<Name | 'now'> {
  const revocation = end.revocation === undefined ? sql`` : sql`, 'revocation', ${literals([end.revocation])}`;
  return sql`jsonb_build_object('at', floor(extract(epoch FROM ${'now'}::timestamptz) * 1000)::bigint, 'step', 'END',
    'state', ${literals([end.state])}, 'by', ${end.by}${revocation})`;
}
