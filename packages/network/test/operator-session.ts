/**
 * An operator with a console session, for tests of what the console does: both are written to the database, without the steps of a sign-in.
 * Also used by the browser tests.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';

/** A new operator. Resolves to its id. */
export async function addOperator(
  pool: Pool,
  { name, role, now }: { readonly name: string; readonly role: OperatorRole; readonly now: Date },
): Promise<string> {
  const operatorId = randomBytes(16).toString('base64url');
  await pool.query(
    'INSERT INTO operator (operator_id, name, role, created_at, last_signed_in_at) VALUES ($1, $2, $3, $4, $4)',
    [operatorId, name, role, now],
  );
  return operatorId;
}

/** A new console session of the operator. If `confirmed`, dangerous actions are accepted for five minutes. Resolves to the cookie's value. */
export async function addOperatorSession(
  pool: Pool,
  { operatorId, confirmed, now }: { readonly operatorId: string; readonly confirmed: boolean; readonly now: Date },
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await pool.query(
    `INSERT INTO operator_session (session_hash, operator_id, created_at, used_at, expires_at, confirmed_until)
     VALUES ($1, $2, $3, $3, $3::timestamptz + interval '8 hours', $3::timestamptz + $4::interval)`,
    [createHash('sha256').update(secret).digest(), operatorId, now, confirmed ? '5 minutes' : '0'],
  );
  return secret;
}
