/** Makes one session older, as if it had been started, opened and proven earlier. */
import type { AgeAnswer } from '@payment-passkeys/protocol/sandbox';
import { column, nullable, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';

const AGE = sql`${'seconds'}::integer * interval '1 second'`;

/** Does not change `completed_at`: a repeated answer signs the proof again from it, and the proof has to be the same text. */
const MAKE_OLDER = statement({
  // A distributed engine refuses an interval in the SET of an UPDATE.
  text: sql`WITH older AS MATERIALIZED (
              SELECT session_id, created_at - ${AGE} AS created_at, expires_at - ${AGE} AS expires_at, verified_at - ${AGE} AS verified_at,
                     proof_expires_at - ${AGE} AS proof_expires_at, ended_at - ${AGE} AS ended_at
              FROM session WHERE session_id = ${'sessionId'} AND client_id = ${'clientId'} FOR NO KEY UPDATE)
            UPDATE session SET created_at = older.created_at, expires_at = older.expires_at, verified_at = older.verified_at,
                               proof_expires_at = older.proof_expires_at, ended_at = older.ended_at
            FROM older WHERE session.session_id = older.session_id
            RETURNING session.created_at AS "createdAt", session.expires_at AS "expiresAt", session.proof_expires_at AS "proofExpiresAt"`,
  returns: {
    createdAt: column.timestamptz('created_at'),
    expiresAt: column.timestamptz('expires_at'),
    proofExpiresAt: nullable(column.timestamptz('proof_expires_at')),
  },
});

/** Throws {@link ServiceError} SESSION_NOT_FOUND if the client has no such session. */
export async function ageSession(
  pool: Pool,
  aged: { readonly sessionId: string; readonly clientId: string; readonly seconds: number },
): Promise<AgeAnswer> {
  const [session] = await query(pool, MAKE_OLDER, aged);
  if (session === undefined) throw new ServiceError({ code: 'SESSION_NOT_FOUND', sourceType: 'SERVICE' });
  const { createdAt, expiresAt, proofExpiresAt } = session;
  return {
    authenticationSessionId: aged.sessionId,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(proofExpiresAt !== null && { proofExpiresAt: proofExpiresAt.toISOString() }),
  };
}
