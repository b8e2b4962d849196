/**
 * Steps of a session's timeline for attempts that changed nothing, because they were refused or repeated. Each is stored by a statement of its own,
 * which does not wait for the disk. If the statement fails, the caller gets the same answer: the attempt is in the log.
 */

import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type Fault, ServiceError } from '../../platform/errors/errors.ts';
import { appended, buildStep, STEP, type StepContext, type StoredStep } from './step.ts';

/** After this many dropped steps nothing more is stored, so that a caller that never stops does not cause writes without end. */
const MAX_DROPPED = 1_000;

const NOTE = statement({
  name: 'timeline-note',
  text: sql`WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true))
            UPDATE session SET ${appended(STEP)} FROM relaxed
            WHERE session_id = ${'sessionId'} AND coalesce(steps_dropped, 0) < ${MAX_DROPPED}`,
});

type NotedSession = StepContext['session'] & { readonly sessionId: string };

interface NoteDependencies extends Pick<StepContext, 'tracing'> {
  readonly pool: Pool;
  readonly clock: () => Date;
}

/** Appends a step. Never throws. */
export async function noteStep(
  session: NotedSession,
  step: Omit<StoredStep, 'at' | 'trace'>,
  { pool, tracing, clock }: NoteDependencies,
): Promise<void> {
  const noted = buildStep(step, { session, tracing, now: clock() });
  await execute(pool, NOTE, { sessionId: session.sessionId, step: noted }).catch(() => undefined);
}

/** What was attempted, and why it was refused: a code of REFUSAL_TEXTS, if the error's own code does not say it. */
export type Attempt = Pick<StoredStep, 'step' | 'offer' | 'because' | 'browser'>;

/** A refused attempt at a session that is known. It becomes a step of the session's timeline: see {@link noteRefusal}. */
export class RefusedAttempt extends ServiceError {
  readonly session: NotedSession;
  readonly attempt: Attempt;

  constructor(
    attempt: Attempt & { readonly session: NotedSession },
    fault: Fault,
    options: ConstructorParameters<typeof ServiceError>[1] = {},
  ) {
    super(fault, options);
    const { session, ...rest } = attempt;
    this.session = session;
    this.attempt = rest;
  }
}

/** Notes the attempt, if the error is a {@link RefusedAttempt}. Never throws. */
export async function noteRefusal(error: unknown, network: NoteDependencies): Promise<void> {
  if (!(error instanceof RefusedAttempt)) return;
  await noteStep(error.session, { ...error.attempt, decision: 'REFUSED', code: error.code }, network);
}
