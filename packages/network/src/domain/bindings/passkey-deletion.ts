/** What the cardholder and the operator may do to a passkey itself and to its devices (contract §12). */
import type { Actor, BindingReasonCode } from '@payment-passkeys/protocol';
import {
  column,
  execute,
  type Queryable,
  query,
  type Sql,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type Author, auditEntry, authorValues } from '../audit/entry.ts';
import { bindingDecided, type StoredEvents, sessionEnded, storedEvents } from '../events/outbox.ts';
import { TIME_IS_UP_AT, UNFINISHED } from '../sessions/states-in-sql.ts';
import { auditedBindings, BY, deletedBindings, REASON_CODE, targetedForDeletion } from './change.ts';
import { revokedSessions } from './revoked-sessions.ts';

const PASSKEY_DELETED: StoredEvents<'by' | 'reasonCode' | 'passkeyId'> = {
  type: 'passkey.deleted',
  to: sql`hears.client_id`,
  by: BY,
  data: sql`jsonb_build_object('credentialId', ${'passkeyId'}::text, 'reasonCode', ${REASON_CODE})`,
  from: sql`(SELECT DISTINCT client_id FROM changed) AS hears`,
};

const EVENTS = storedEvents<'by' | 'reasonCode' | 'passkeyId'>(
  PASSKEY_DELETED,
  bindingDecided({ type: 'binding.deleted', by: BY, from: sql`changed`, reasonCode: REASON_CODE, notTo: undefined }),
  sessionEnded({ from: sql`ended`, by: BY }),
);

const AUDITED = auditEntry<'reasonCode'>(
  {
    action: 'passkey.deleted',
    subject: { kind: 'passkey', id: sql`dead.passkey_id` },
    after: sql`jsonb_build_object('reasonCode', ${REASON_CODE})`,
    from: sql`dead`,
  },
  auditedBindings('binding.deleted'),
);

/** An issuer's sessions have no card by which they are found. They are found among the live sessions, by the index of those. */
const SESSIONS_OF_PASSKEY: Sql<'passkeyId' | 'now'> = sql`
  SELECT session_id FROM session WHERE ${UNFINISHED} AND ${TIME_IS_UP_AT} > ${'now'} AND passkey_id = ${'passkeyId'}`;

const DELETION = {
  known: column.boolean(sql`EXISTS (SELECT FROM known)`),
  /** Whether the passkey or a binding of it was deleted by this statement. */
  deleted: column.boolean(sql`EXISTS (SELECT FROM dead) OR EXISTS (SELECT FROM changed)`),
  changedIds: column.textArray(sql`ARRAY(SELECT binding_id FROM changed)`),
  endedClients: column.textArray(sql`ARRAY(SELECT client_id FROM ended)`),
};

const DELETE_PASSKEY = statement({
  name: 'passkey-delete',
  // The count makes the lock on the passkey come before those on its bindings.
  text: sql`WITH admitted AS (SELECT 1), known AS MATERIALIZED (SELECT passkey_id FROM passkey WHERE passkey_id = ${'passkeyId'}),
                 dead AS (UPDATE passkey SET status = 'deleted' WHERE passkey_id = ${'passkeyId'} AND status <> 'deleted' RETURNING passkey_id),
                 found AS (SELECT binding_id FROM binding WHERE passkey_id = ${'passkeyId'} AND (SELECT count(*) FROM dead) >= 0),
                 ${targetedForDeletion}, ${revokedSessions('DELETION', SESSIONS_OF_PASSKEY)}, ${deletedBindings()}, ${EVENTS},
                 ${AUDITED}
            SELECT ${selectList(DELETION)}`,
  returns: DELETION,
});

/**
 * Deletes a passkey for good: its status is `deleted`, every binding of it is deleted, the open sessions that would use it end, and every client
 * that had a binding gets an event. The row stays until the passkey is idle, so that the page can tell the authenticator. False if there is no
 * such passkey. The same call again changes nothing.
 *
 * An enrolment or a payment that came first may have made a binding after the statement's snapshot was taken. So the deletion is made again until
 * it finds nothing to delete.
 */
export async function deletePasskey(
  database: Queryable,
  deletion: {
    readonly passkeyId: string;
    readonly by: Actor;
    readonly author: Author;
    readonly reasonCode: BindingReasonCode;
    readonly now: Date;
  },
): Promise<{
  readonly known: boolean;
  /** The ids of the bindings that this call has deleted. */
  readonly changedIds: readonly string[];
  readonly endedClients: readonly string[];
}> {
  const values = { ...deletion, ...authorValues(deletion.author), requestHash: null };
  const changedIds: string[] = [];
  const endedClients: string[] = [];
  for (;;) {
    const [row] = await query(database, DELETE_PASSKEY, values);
    changedIds.push(...(row?.changedIds ?? []));
    endedClients.push(...(row?.endedClients ?? []));
    if (!row?.deleted) return { known: row?.known ?? false, changedIds, endedClients };
  }
}

const FORGET_DEVICE = statement({
  name: 'passkey-forget-device',
  text: sql`WITH forgotten AS (DELETE FROM device_passkey WHERE passkey_id = ${'passkeyId'} AND device_id = ${'deviceId'}
                               RETURNING passkey_id, device_id),
                 ${auditEntry({
                   action: 'passkey.device-forgotten',
                   subject: { kind: 'passkey', id: sql`passkey_id` },
                   before: sql`jsonb_build_object('device', device_id)`,
                   from: sql`forgotten`,
                 })}
            SELECT FROM forgotten`,
});

/**
 * A device no longer counts as one that has the passkey; other passkeys that were used there do not change. False if it did not count as one. The
 * passkey itself can still be used there: if the device is lost, the passkey has to be suspended or deleted as well.
 */
export async function forgetDevice(
  pool: Pool,
  {
    author,
    ...device
  }: { readonly passkeyId: string; readonly deviceId: string; readonly author: Author; readonly now: Date },
): Promise<boolean> {
  return (await execute(pool, FORGET_DEVICE, { ...device, ...authorValues(author) })) === 1;
}
