/** Finds passkeys for the network's operators: by an account, or by the id of a passkey, a binding or a device. Reads only. */
import type { BindingStatus } from '@payment-passkeys/protocol';
import { type FoundPasskey, MAX_FOUND_PASSKEYS } from '@payment-passkeys/protocol/console';
import { column, query, type RowOf, type Sql, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { describeFacts, FACTS_OF_PASSKEY, type FindModel, type StoredFacts } from '../passkeys/authenticator-facts.ts';
import { BINDING_IS_OPEN } from '../passkeys/open-binding.ts';
import { DEVICES, type StoredDevice } from './search.ts';
import { statusOf } from './status.ts';

const KNOWN = {
  passkeyId: column.text('known.passkey_id'),
  status: column.text<'active' | 'suspended' | 'deleted'>('known.status'),
  createdAt: column.timestamptz('known.created_at'),
  lastUsedAt: column.timestamptz('known.last_used_at'),
  counterRegressions: column.integer('known.counter_regressions'),
  authenticator: column.jsonb<StoredFacts>(FACTS_OF_PASSKEY),
  bindings: column.integer(sql`bound.bindings`),
  open: column.integer(sql`bound.open`),
  pending: column.integer(sql`bound.pending`),
  /** The names of the clients. */
  heldBy: column.textArray(sql`bound.names`),
  devices: column.jsonb<readonly StoredDevice[]>(DEVICES),
};

// OFFSET 0: see livePasskeys.
const find = <Name extends string>(name: string, found: Sql<Name>) =>
  statement({
    name,
    text: sql`WITH found AS (${found}),
                   known AS (SELECT held.* FROM found, LATERAL (SELECT * FROM passkey WHERE passkey.passkey_id = found.passkey_id OFFSET 0) AS held
                             ORDER BY last_used_at DESC, passkey_id LIMIT ${MAX_FOUND_PASSKEYS})
              SELECT ${selectList(KNOWN)}
              FROM known,
                LATERAL (SELECT count(*)::integer AS bindings, count(*) FILTER (WHERE ${BINDING_IS_OPEN})::integer AS open,
                                count(*) FILTER (WHERE pending_activation)::integer AS pending,
                                coalesce(array_agg(DISTINCT name), '{}') AS names
                         FROM binding JOIN client USING (client_id) WHERE binding.passkey_id = known.passkey_id) AS bound
              ORDER BY known.last_used_at DESC, known.passkey_id`,
    returns: KNOWN,
  });

const BY_ACCOUNT = find(
  'passkeys-of-account',
  sql`SELECT DISTINCT passkey_id
      FROM binding_account AS account,
        LATERAL (SELECT passkey_id FROM binding WHERE binding.binding_id = account.binding_id OFFSET 0) AS bound
      WHERE account_index = ANY (${'accountIndexes'}::bytea[])`,
);

const BY_ID = find(
  'passkeys-by-id',
  sql`SELECT ${'id'}::text AS passkey_id
      UNION SELECT passkey_id FROM binding WHERE binding_id = ${'id'}
      UNION SELECT passkey_id FROM deleted_binding WHERE binding_id = ${'id'}
      UNION SELECT passkey_id FROM device_passkey WHERE device_id = ${'id'}`,
);

export type KnownPasskey = RowOf<typeof KNOWN>;

/** `accountIndexes` are of every key version. The bindings of all clients are searched: the caller has to be an operator. */
export function findPasskeysOfAccount(pool: Pool, accountIndexes: readonly Buffer[]): Promise<readonly KnownPasskey[]> {
  return query(pool, BY_ACCOUNT, { accountIndexes });
}

/** Finds passkeys by the id of a passkey, a binding (also a deleted one) or a device. */
export function findPasskeysById(pool: Pool, id: string): Promise<readonly KnownPasskey[]> {
  return query(pool, BY_ID, { id });
}

/** `findModel` gives the name of a model by its AAGUID. */
export function buildFoundPasskey(known: KnownPasskey, findModel: FindModel): FoundPasskey {
  const { passkeyId, createdAt, lastUsedAt, bindings, heldBy, devices } = known;
  return {
    credentialId: passkeyId,
    status: statusOfPasskey(known),
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    authenticator: describeFacts(known.authenticator, findModel),
    bindings,
    devices: devices.length,
    heldBy: [...heldBy],
  };
}

/** A passkey that is itself neither suspended nor deleted is active if a binding of it is, or if it has none. */
export function statusOfPasskey({ status, bindings, open, pending }: KnownPasskey): BindingStatus {
  const suspended = status === 'suspended' || (bindings > 0 && open === 0);
  return statusOf({ deleted: status === 'deleted', pendingActivation: suspended && pending > 0, suspended });
}
