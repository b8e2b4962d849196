/** What is known of bindings, their passkeys and their devices (contract §13). Reads only. */
import {
  type AccountType,
  type BindingReport,
  type ClientRegistration,
  MAX_BINDINGS,
  type PasskeyDevice,
} from '@payment-passkeys/protocol';
import { column, nullable, query, type RowOf, type Sql, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { describeFacts, FACTS_OF_PASSKEY, type FindModel, type StoredFacts } from '../passkeys/authenticator-facts.ts';
import { readActors } from './change.ts';
import { SCOPES, type Scope, type ScopeKind, scopeValues } from './scope.ts';
import { statusOf } from './status.ts';

const MAX_DEVICES = 100;

/** A device, as jsonb writes it. */
export interface StoredDevice {
  readonly appInstanceId: string;
  readonly firstUsedAt: string;
  readonly lastUsedAt: string;
}

/** The devices of the passkey of `known`. */
export const DEVICES: Sql<never> = sql`
  (SELECT coalesce(jsonb_agg(jsonb_build_object('appInstanceId', device_id, 'firstUsedAt', attached_at, 'lastUsedAt', last_used_at)
                             ORDER BY last_used_at DESC), '[]')
   FROM (SELECT device_id, attached_at, last_used_at FROM device_passkey AS link JOIN device USING (device_id)
         WHERE link.passkey_id = known.passkey_id ORDER BY last_used_at DESC LIMIT ${MAX_DEVICES}) AS held)`;

const KNOWN = {
  bindingId: column.text('known.binding_id'),
  passkeyId: column.text('known.passkey_id'),
  deleted: column.boolean('deleted'),
  suspendedBy: column.textArray('suspended_by'),
  pendingActivation: column.boolean('pending_activation'),
  accountTypes: column.textArray('kinds'),
  lastFour: nullable(column.text('last_four')),
  role: column.text<ClientRegistration['role']>('client.role'),
  clientName: column.text('client.name'),
  createdAt: column.timestamptz('known.created_at'),
  lastUsedAt: nullable(column.timestamptz('known.last_used_at')),
  /** The rest is null if the passkey was deleted with its row. */
  passkeyStatus: nullable(column.text<'active' | 'suspended' | 'deleted'>('passkey.status')),
  authenticator: column.jsonb<StoredFacts>(FACTS_OF_PASSKEY),
  devices: column.jsonb<readonly StoredDevice[]>(DEVICES),
};

const search = (kind: ScopeKind) =>
  statement({
    name: `binding-search-${kind.toLowerCase()}`,
    // OFFSET 0: see livePasskeys. A search by account finds no deleted binding.
    text: sql`WITH found AS (${SCOPES[kind].found}),
                   known AS (SELECT * FROM (
                       SELECT held.binding_id, passkey_id, client_id, suspended_by, pending_activation, card_last_four AS last_four, created_at, last_used_at,
                              false AS deleted, ARRAY(SELECT DISTINCT kind FROM binding_account AS account
                                                      WHERE account.binding_id = held.binding_id ORDER BY kind) AS kinds
                       FROM found, LATERAL (SELECT * FROM binding WHERE binding.binding_id = found.binding_id OFFSET 0) AS held
                       UNION ALL
                       SELECT binding_id, passkey_id, client_id, suspended_by, false, last_four, created_at, last_used_at, true, account_kinds
                       FROM deleted_binding WHERE ${kind === 'ACCOUNT' ? sql`false` : SCOPES[kind].deleted}) AS every
                     ORDER BY coalesce(last_used_at, created_at) DESC, binding_id LIMIT ${MAX_BINDINGS})
              SELECT ${selectList(KNOWN)} FROM known JOIN client USING (client_id) LEFT JOIN passkey ON passkey.passkey_id = known.passkey_id
              ORDER BY coalesce(known.last_used_at, known.created_at) DESC, known.binding_id`,
    returns: KNOWN,
  });

const SEARCHES = {
  BINDING: search('BINDING'),
  CREDENTIAL: search('CREDENTIAL'),
  ACCOUNT: search('ACCOUNT'),
  PASSKEY: search('PASSKEY'),
};

const SUBJECT = { passkeyId: column.text(), bindingId: nullable(column.text()) };

const FIND_SUBJECT = statement({
  name: 'binding-or-passkey',
  text: sql`SELECT passkey_id AS "passkeyId", NULL AS "bindingId" FROM passkey WHERE passkey_id = ${'id'}
            UNION ALL SELECT passkey_id, binding_id FROM binding WHERE binding_id = ${'id'}
            UNION ALL SELECT passkey_id, binding_id FROM deleted_binding WHERE binding_id = ${'id'}`,
  returns: SUBJECT,
});

/** What the operator names: a passkey, or one binding of it. */
export interface Subject {
  readonly passkeyId: string;
  readonly bindingId?: string | undefined;
}

/** Finds the subject by the id of a passkey or of a binding; undefined if there is none. */
export async function findSubject(pool: Pool, id: string): Promise<Subject | undefined> {
  const [found] = await query(pool, FIND_SUBJECT, { id });
  return found && { passkeyId: found.passkeyId, bindingId: found.bindingId ?? undefined };
}

/**
 * The bindings of a scope, the one used last first, at most 100. An account without bindings costs the same work as one that has some, except
 * for the rows themselves. `findModel` gives the name of a model by its AAGUID.
 */
export async function searchBindings(
  pool: Pool,
  scope: Scope,
  findModel: FindModel,
): Promise<readonly BindingReport[]> {
  const rows = await query(pool, SEARCHES[scope.kind], scopeValues(scope));
  return rows.map((row) => buildReport(row, findModel));
}

function buildReport(row: RowOf<typeof KNOWN>, findModel: FindModel): BindingReport {
  const { bindingId, passkeyId, lastFour, role, clientName, createdAt, lastUsedAt, authenticator } = row;
  return {
    bindingId,
    credentialId: passkeyId,
    // A binding is usable while its passkey is.
    status: statusOf({ ...row, suspended: row.suspendedBy.length > 0 || row.passkeyStatus !== 'active' }),
    suspendedBy: [...readActors(row.suspendedBy)],
    accountTypes: [...row.accountTypes] as AccountType[], // the table's constraint admits no others
    ...(lastFour !== null && { panLastFour: lastFour }),
    heldBy: { role, name: clientName },
    createdAt: createdAt.toISOString(),
    ...(lastUsedAt !== null && { lastUsedAt: lastUsedAt.toISOString() }),
    ...(row.passkeyStatus !== null && { authenticator: describeFacts(authenticator, findModel) }),
    devices: buildDevices(row.devices),
  };
}

/** The devices, with their times as the contract writes them. */
export function buildDevices(stored: readonly StoredDevice[]): PasskeyDevice[] {
  return stored.map(({ appInstanceId, firstUsedAt, lastUsedAt }) => ({
    appInstanceId,
    firstUsedAt: new Date(firstUsedAt).toISOString(),
    lastUsedAt: new Date(lastUsedAt).toISOString(),
  }));
}
