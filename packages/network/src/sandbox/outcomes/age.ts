/** Makes one session older: as if it had been started, opened and proven so long before. */
import type { AgeAnswer } from '@payment-passkeys/protocol/sandbox';
import { column, nullable, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';

const AGE = sql`${'seconds'}::integer * interval '1 second'`;

/** Not `completed_at`: the proof is signed again from it where an answer is repeated, and has to be the same text. */
const MAKE_OLDER = statement({
  text: sql`UPDATE session SET created_at = created_at - ${AGE}, expires_at = expires_at - ${AGE}, verified_at = verified_at - ${AGE},
                               proof_expires_at = proof_expires_at - ${AGE}, ended_at = ended_at - ${AGE}
            WHERE session_id = ${'sessionId'} AND client_id = ${'clientId'}
            RETURNING created_at AS "createdAt", expires_at AS "expiresAt", proof_expires_at AS "proofExpiresAt"`,
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
