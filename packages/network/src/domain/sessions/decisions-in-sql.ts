/**
 * Decisions of session.ts as conditions on a session's row, for statements that decide and change at once. test/transitions-*.test.ts runs every
 * state, event and clock edge through both, and compares.
 */
import { VERIFICATION_SECONDS } from '@payment-passkeys/protocol';
import { literals, type Sql, sql } from '@payment-passkeys/storage';
import { statesBefore } from './session.ts';

/** The same as `stepOf`. */
export const STEP_OF: Sql<never> = sql`
  CASE WHEN reason = 'ACCOUNT_LOGIN' OR state = 'verified' THEN 'PASSKEY'
       WHEN next_step = 'AUTHENTICATE' OR state = 'registered' THEN 'PAY' ELSE 'VERIFY' END`;

/** A condition: `verificationIsOver` is false. */
const VERIFICATION_IS_FRESH = sql`
  (state <> 'verified' OR verified_at > ${'now'}::timestamptz - make_interval(secs => ${VERIFICATION_SECONDS}))`;

/** OPEN: the answer of `decide` is NEXT. An approved session is not opened: to repeat its answer, the caller has to read it. */
export const MAY_OPEN: Sql<'tokenHash' | 'ceremonyHash' | 'now'> = sql`
  (state IN (${literals(statesBefore('OPEN'))}) AND expires_at > ${'now'}
   AND CASE WHEN state = 'created' THEN token_hash = ${'tokenHash'} ELSE ceremony_hash = ${'ceremonyHash'} END
   AND ${VERIFICATION_IS_FRESH})`;

/** Which step leads to the state. At the step VERIFY, the issuer is asked first. */
const LEADS_TO = {
  approved: sql`${STEP_OF} = 'PAY'`,
  registered: sql`${STEP_OF} = 'PASSKEY' AND reason = 'TRANSACTION_AUTHENTICATION'`,
  enrolled: sql`${STEP_OF} = 'PASSKEY' AND reason <> 'TRANSACTION_AUTHENTICATION'`,
};

/** RESULT: the answer of `decide` is NEXT with this state. */
export const mayTakeResult = (next: keyof typeof LEADS_TO): Sql<'challenge' | 'credentialHash' | 'now'> => sql`
  (state IN (${literals(statesBefore('RESULT', next))}) AND ${LEADS_TO[next]} AND expires_at > ${'now'}
   AND challenge = ${'challenge'} AND ${VERIFICATION_IS_FRESH} AND (state <> 'registered' OR credential_hash IS DISTINCT FROM ${'credentialHash'}))`;

/** CONFIRM: the answer of `decide` is NEXT, and the challenge is the one that the decision was made on. */
export const MAY_CONFIRM: Sql<'challenge' | 'now'> = sql`
  (state IN (${literals(statesBefore('CONFIRM'))}) AND expires_at > ${'now'} AND confirmation_challenge = ${'challenge'})`;

/** ABORT: the answer of `decide` is NEXT. */
export const MAY_ABORT: Sql<'now'> = sql`(state IN (${literals(statesBefore('ABORT'))}) AND expires_at > ${'now'})`;

/** END: the answer of `decide` is NEXT. */
export const MAY_END: Sql<'now'> = sql`(state IN (${literals(statesBefore('END'))}) AND expires_at > ${'now'})`;

/** BIND: the answer of `decide` is NEXT. */
export const MAY_BIND: Sql<'proofHash' | 'now'> = sql`
  (state IN (${literals(statesBefore('BIND'))}) AND proof_hash = ${'proofHash'} AND proof_expires_at > ${'now'})`;
