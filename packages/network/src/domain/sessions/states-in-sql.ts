/** Sets of session states as SQL conditions, derived from the table of transitions. */
import { literals, type Sql, sql } from '@payment-passkeys/storage';
import { type SessionState, SUCCESSFUL_ENDS, statesBefore } from './session.ts';

const stateIn = (states: readonly SessionState[]): Sql<never> => sql`state IN (${literals(states)})`;

/**
 * The session has not ended. The condition is on the time of the end, and not on the states before `EXPIRE`; a constraint of the table keeps both
 * the same. Only a statement with this condition can use the index `session_expiry`, and statements that look up one session must not use it.
 */
export const UNFINISHED: Sql<never> = sql`ended_at IS NULL`;
/** When the session expires: the order of the index `session_expiry`. */
export const TIME_IS_UP_AT: Sql<never> = sql`coalesce(proof_expires_at, expires_at)`;
/** A new session of the same order may replace it. */
export const SUPERSEDABLE: Sql<never> = stateIn(statesBefore('SUPERSEDE'));
/** The session has not ended, and a suspension, a deletion or a replaced card ends it. */
export const REVOCABLE: Sql<never> = stateIn(statesBefore('REVOKE'));
/** The session is open in a browser. */
export const OPENED: Sql<never> = stateIn(statesBefore('END'));
/** The session has ended with a result. */
export const SUCCEEDED: Sql<never> = stateIn(SUCCESSFUL_ENDS);
