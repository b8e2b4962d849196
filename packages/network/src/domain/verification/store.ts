/** What the way to the issuer and back changes. Each step is one statement that holds only if the session is still what it was judged to be. */
import type { CardholderVerification, ComplianceSettings } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { SessionState } from '../sessions/session.ts';

/** Asks the issuer and records the consent; the challenge of a ceremony that was offered beside is used up. False when the session changed meanwhile. */
export async function takeLeave(
  pool: Pool,
  leave: {
    readonly sessionId: string;
    /** As it was found, and judged. */
    readonly state: SessionState;
    readonly requestId: string;
    readonly consent: {
      readonly language: string;
      readonly statement: string;
      readonly documents: ComplianceSettings;
    };
    readonly now: Date;
  },
): Promise<boolean> {
  const { consent } = leave;
  const left = await pool.query({
    name: 'verification-leave',
    text: `WITH left_for AS (UPDATE session SET state = 'verifying', verification_id = $3, challenge = NULL
                             WHERE session_id = $1 AND state = $2 AND expires_at > $4
                             RETURNING session_id, client_id),
                recorded AS (INSERT INTO consent_record (session_id, accepted_at, client_id, language, statement, documents)
                             SELECT session_id, $4, client_id, $5, $6, $7::jsonb FROM left_for
                             ON CONFLICT (session_id, accepted_at) DO NOTHING)
           SELECT session_id FROM left_for`,
    values: [
      leave.sessionId,
      leave.state,
      leave.requestId,
      leave.now,
      consent.language,
      consent.statement,
      consent.documents,
    ],
  });
  return left.rowCount === 1;
}

/** Spends the issuer's answer, and uses up the challenge of a page that came back before it. False when it was spent before, or is not of the request that was asked last. */
export async function takeVerification(
  pool: Pool,
  answer: {
    readonly sessionId: string;
    readonly requestId: string;
    readonly verification: CardholderVerification;
    readonly verifiedAt: Date;
    readonly now: Date;
  },
): Promise<boolean> {
  const taken = await pool.query({
    name: 'verification-take',
    text: `UPDATE session SET state = 'verified', verification = $3::jsonb, verified_at = $4, challenge = NULL
           WHERE session_id = $1 AND state = 'verifying' AND verification_id = $2 AND expires_at > $5`,
    values: [answer.sessionId, answer.requestId, answer.verification, answer.verifiedAt, answer.now],
  });
  return taken.rowCount === 1;
}

/** The handles of the session that a request was made for, for a browser that cannot tell: they open nothing. */
export async function findHandlesOfRequest(
  pool: Pool,
  requestId: string,
): Promise<
  { readonly clientId: string; readonly authenticationSessionId: string; readonly clientSessionId: string } | undefined
> {
  const found = await pool.query<{ client_id: string; session_id: string; client_session_id: string }>({
    name: 'verification-handles',
    text: 'SELECT client_id, session_id, client_session_id FROM session WHERE verification_id = $1',
    values: [requestId],
  });
  const [row] = found.rows;
  return (
    row && {
      clientId: row.client_id,
      authenticationSessionId: row.session_id,
      clientSessionId: row.client_session_id,
    }
  );
}
