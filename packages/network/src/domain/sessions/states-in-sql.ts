/** Sets of session states as conditions in SQL, taken from the table of transitions. */
import { literals, type Sql, sql } from '@payment-passkeys/storage';
import { type SessionState, SUCCESSFUL_ENDS, statesBefore } from './session.ts';

const stateIn = (states: readonly SessionState[]): Sql<never> => sql`state IN (${literals(states)})`;

/** Not over. PostgreSQL uses the partial index `session_unfinished` where it can tell that this implies the index's own condition. */
export const UNFINISHED: Sql<never> = stateIn(statesBefore('EXPIRE'));
/** Gives way to another session of its order. */
export const SUPERSEDABLE: Sql<never> = stateIn(statesBefore('SUPERSEDE'));
/** Open in a browser. */
export const OPENED: Sql<never> = stateIn(statesBefore('END'));
/** Open in a browser, where a payment may be approved. */
export const AWAITS_APPROVAL: Sql<never> = stateIn(statesBefore('RESULT', 'approved'));
/** Over, with a result. */
export const SUCCEEDED: Sql<never> = stateIn(SUCCESSFUL_ENDS);
