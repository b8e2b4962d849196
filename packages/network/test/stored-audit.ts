/** The entries of the audit trail, for tests. */
import type { AuditAction } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';
import { chainEntries } from '../src/domain/audit/chain.ts';

export interface AuditRow {
  readonly action: AuditAction;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly actor: unknown;
  readonly on_behalf_of: unknown;
  readonly before: unknown;
  readonly after: unknown;
}

/** All entries, in the order of the chain. Moves new entries to the chain first, as a task of a running network does at any time. */
export async function readTrail(pool: Pool): Promise<readonly AuditRow[]> {
  await chainEntries(pool);
  const { rows } = await pool.query<AuditRow>(
    `SELECT action, subject_kind, subject_id, line::jsonb -> 'actor' AS actor, line::jsonb -> 'onBehalfOf' AS on_behalf_of,
            line::jsonb -> 'before' AS before, line::jsonb -> 'after' AS after
     FROM audit_entry ORDER BY position`,
  );
  return rows;
}
