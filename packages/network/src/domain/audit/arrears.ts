/** Whether the audit trail is behind. */
import { column, nullable, query, type RowOf, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

const ARREARS = {
  /** When the oldest entry that is not in the chain was written. */
  oldest: nullable(column.timestamptz()),
  /** When the last head was signed. */
  signedAt: nullable(column.timestamptz()),
};

export type Arrears = RowOf<typeof ARREARS>;

const READ = statement({
  name: 'audit-arrears',
  text: sql`SELECT (SELECT min(at) FROM audit_pending) AS oldest,
                   (SELECT signed_at FROM audit_head ORDER BY head_id DESC LIMIT 1) AS "signedAt"`,
  returns: ARREARS,
});

export async function readArrears(pool: Pool): Promise<Arrears> {
  return (await query(pool, READ, {}))[0] ?? { oldest: null, signedAt: null };
}
