/**
 * The changes when the browser goes to the issuer and returns. Each step is one statement that has an effect only if the session has not
 * changed since it was judged.
 */
import type { CardholderVerification, ComplianceSettings } from '@payment-passkeys/protocol';
import { column, execute, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { SessionState } from '../sessions/session.ts';
import { appended, STEP, type StoredStep } from '../timeline/step.ts';

const ASK = statement({
  name: 'verification-ask',
  text: sql`WITH asked AS (UPDATE session SET state = 'verifying', verification_id = ${'requestId'}, challenge = NULL,
                                              ${appended(STEP)}
                           WHERE session_id = ${'sessionId'} AND state = ${'state'} AND expires_at > ${'now'}
                           RETURNING session_id, client_id),
                 recorded AS (INSERT INTO consent_record (session_id, accepted_at, client_id, language, statement, documents)
                              SELECT session_id, ${'now'}, client_id, ${'language'}, ${'statement'}, ${'documents'}::jsonb FROM asked
                              ON CONFLICT (session_id, accepted_at) DO NOTHING)
            SELECT FROM asked`,
});

/**
 * Records the question to the issuer, and the consent; consumes the challenge of a ceremony that was offered as an alternative. False if
 * the session changed in the meantime.
 */
export async function askIssuer(
  pool: Pool,
  question: {
    readonly sessionId: string;
    /** The state of the session when it was judged. */
    readonly state: SessionState;
    readonly requestId: string;
    readonly consent: {
      readonly language: string;
      readonly statement: string;
      readonly documents: ComplianceSettings;
    };
    readonly step: StoredStep;
    readonly now: Date;
  },
): Promise<boolean> {
  const { consent, ...session } = question;
  return (await execute(pool, ASK, { ...session, ...consent })) === 1;
}

const CONSUME = statement({
  name: 'verification-consume',
  text: sql`UPDATE session
            SET state = 'verified', verification = ${'verification'}::jsonb, verified_at = ${'verifiedAt'}, challenge = NULL,
                ${appended(STEP)}
            WHERE session_id = ${'sessionId'} AND state = 'verifying' AND verification_id = ${'requestId'} AND expires_at > ${'now'}`,
});

/**
 * Consumes the issuer's answer, and the challenge of a page that was opened again before the answer came. False if it was consumed before, or
 * answers a request other than the latest.
 */
export async function consumeVerification(
  pool: Pool,
  answer: {
    readonly sessionId: string;
    readonly requestId: string;
    readonly verification: CardholderVerification;
    readonly verifiedAt: Date;
    readonly step: StoredStep;
    readonly now: Date;
  },
): Promise<boolean> {
  return (await execute(pool, CONSUME, answer)) === 1;
}

const HANDLES = {
  clientId: column.text('client_id'),
  authenticationSessionId: column.text('session_id'),
  clientSessionId: column.text('client_session_id'),
};

const HANDLES_OF_REQUEST = statement({
  name: 'verification-handles',
  text: sql`SELECT ${selectList(HANDLES)} FROM session WHERE verification_id = ${'requestId'}`,
  returns: HANDLES,
});

/** The handles of the session of a request, for a browser that does not have them. They do not open the session. */
export async function findHandlesOfRequest(pool: Pool, requestId: string): Promise<RowOf<typeof HANDLES> | undefined> {
  return (await query(pool, HANDLES_OF_REQUEST, { requestId }))[0];
}
