/** Each key of the network has its entry of the audit trail, however its file came into the folder. */
import { AUDIT_MONTHS } from '@payment-passkeys/protocol/console';
import { execute, inTransaction, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { KeyUse } from '../keys/key-file.ts';
import type { KeyFolder } from '../keys/key-folder.ts';
import { lockChain } from './chain.ts';
import { type Author, auditEntry, authorValues } from './entry.ts';

/** What is recorded of a key; the key itself is not. */
export interface NamedKey {
  readonly use: KeyUse;
  /** Its kid, or its version. */
  readonly name: string;
  readonly activeFrom: Date;
}

/** Every key of the folder. */
export function listNamedKeys(keys: KeyFolder): readonly NamedKey[] {
  const { signing, encryption, webhookSigning } = keys.current();
  const byKid = { signing, encryption, 'webhook-signing': webhookSigning } as const;
  return [
    ...(['signing', 'encryption', 'webhook-signing'] as const).flatMap((use) =>
      byKid[use].map(({ kid, activeFrom }) => ({ use, name: kid, activeFrom })),
    ),
    ...(['account-encryption', 'account-index'] as const).flatMap((use) =>
      keys.secrets(use).map(({ version, activeFrom }) => ({ use, name: `version ${version}`, activeFrom })),
    ),
  ];
}

const RECORD = statement({
  text: sql`WITH found AS (SELECT id, use, active_from
                           FROM unnest(${'ids'}::text[], ${'uses'}::text[], ${'activeFroms'}::timestamptz[]) AS key (id, use, active_from)
                           WHERE active_from > ${'now'}::timestamptz - make_interval(months => ${AUDIT_MONTHS})
                             AND NOT EXISTS (SELECT FROM audit_entry WHERE subject_id = key.id AND action = 'key.made')
                             AND NOT EXISTS (SELECT FROM audit_pending WHERE subject_id = key.id AND action = 'key.made')),
                 ${auditEntry({
                   action: 'key.made',
                   subject: { kind: 'key', id: sql`id` },
                   after: sql`jsonb_build_object('use', use, 'activeFrom', active_from)`,
                   from: sql`found`,
                 })}
            SELECT FROM found`,
});

/** Writes an entry for each key that has none. Keys that are older than {@link AUDIT_MONTHS} months are left out. */
export async function recordKeys(
  pool: Pool,
  { keys, author, now }: { readonly keys: readonly NamedKey[]; readonly author: Author; readonly now: Date },
): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await lockChain(connection);
    await execute(connection, RECORD, {
      ids: keys.map(({ use, name }) => (name.startsWith('version ') ? `${use} ${name}` : name)),
      uses: keys.map(({ use }) => use),
      activeFroms: keys.map(({ activeFrom }) => activeFrom),
      ...authorValues(author),
      now,
    });
  });
}
