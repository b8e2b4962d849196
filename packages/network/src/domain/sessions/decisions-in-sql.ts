/**
 * Decisions of session.ts as conditions on a session's row, for statements that decide and change at once. test/transitions-*.test.ts runs every
 * state, event and clock edge through both, and compares.
 */
import { VERIFICATION_SECONDS } from '@payment-passkeys/protocol';
import { literals, type Sql, sql } from '@payment-passkeys/storage';
import { statesBefore } from './session.ts';

/** `stepOf`. */
export const STEP_OF: Sql<never> = sql`
  CASE WHEN reason = 'ACCOUNT_LOGIN' OR state = 'verified' THEN 'PASSKEY'
       WHEN next_step = 'AUTHENTICATE' OR state = 'registered' THEN 'PAY' ELSE 'VERIFY' END`;

/** OPEN: the answer of `decide` is NEXT. An approved session is not opened; to answer as before, read it. */
export const MAY_OPEN: Sql<'tokenHash' | 'ceremonyHash' | 'now'> = sql`
  (state IN (${literals(statesBefore('OPEN'))}) AND expires_at > ${'now'}
   AND CASE WHEN state = 'created' THEN token_hash = ${'tokenHash'} ELSE ceremony_hash = ${'ceremonyHash'} END
   AND (state <> 'verified' OR verified_at > ${'now'}::timestamptz - make_interval(secs => ${VERIFICATION_SECONDS})))`;
