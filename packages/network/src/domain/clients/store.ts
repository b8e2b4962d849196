/** Onboarded clients in the database. */
import type {
  Activation,
  AttestationDemand,
  ClientRegistration,
  VerificationEndpoint,
  Webhook,
} from '@payment-passkeys/protocol';
import {
  column,
  columnNames,
  execute,
  inTransaction,
  newValues,
  nullable,
  type Queryable,
  query,
  rowValues,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool, PoolClient } from 'pg';
import { type Author, writeEntry } from '../audit/entry.ts';
import type { Client, NewClient } from './client.ts';
import { type ClientChange, compareClients, recordVersion } from './history.ts';

export type { Client, NewClient } from './client.ts';

const OWN = {
  clientId: column.text('client_id'),
  name: column.text('name'),
  role: column.text<ClientRegistration['role']>('role'),
  consumerKey: nullable(column.text('consumer_key')),
  signingKeys: column.textArray('signing_keys'),
  oauth2Keys: column.textArray('assertion_keys'),
  callbackDomains: column.textArray('callback_domains'),
  callbackSchemes: column.textArray('callback_schemes'),
  countries: column.textArray('countries'),
  provider: column.boolean('provider'),
  merchantOrigins: column.textArray('merchant_origins'),
  merchantNames: column.textArray('merchant_names'),
  verification: nullable(column.jsonb<VerificationEndpoint>('verification')),
  activation: column.text<Activation>('activation'),
  attestation: nullable(column.jsonb<AttestationDemand>('attestation')),
};

/** The columns of a registration in the table of clients. */
const SAVED = { ...OWN, updatedAt: column.timestamptz('updated_at') };

/** The columns that are read for a client. */
const CLIENT = {
  ...OWN,
  suspended: column.boolean(sql`suspended_at IS NOT NULL`),
  version: column.integer('version'),
  accountRanges: column.textArray(
    sql`ARRAY(SELECT prefix FROM client_account_range AS range WHERE range.client_id = client.client_id ORDER BY prefix)`,
  ),
  webhooks: column.jsonb<readonly Webhook[]>(
    sql`(SELECT coalesce(jsonb_agg(jsonb_build_object('uri', uri, 'types', types) ORDER BY uri), '[]') FROM webhook WHERE webhook.client_id = client.client_id)`,
  ),
};

const SELECT_CLIENT = sql`SELECT ${selectList(CLIENT)} FROM client`;

const BY_CONSUMER_KEY = statement({
  name: 'client-by-consumer-key',
  text: sql`${SELECT_CLIENT} WHERE consumer_key = ${'consumerKey'}`,
  returns: CLIENT,
});

export async function findClientByConsumerKey(pool: Pool, consumerKey: string): Promise<Client | undefined> {
  return (await query(pool, BY_CONSUMER_KEY, { consumerKey }))[0];
}

const BY_ID = statement({
  name: 'client-by-id',
  text: sql`${SELECT_CLIENT} WHERE client_id = ${'clientId'}`,
  returns: CLIENT,
});

export async function findClient(database: Queryable, clientId: string): Promise<Client | undefined> {
  return (await query(database, BY_ID, { clientId }))[0];
}

/** Every account range that would contain a card number, one for each length. No two issuers have the same range. */
export function rangesOf(pan: string): readonly string[] {
  return Array.from({ length: LONGEST_RANGE - SHORTEST_RANGE + 1 }, (_, more) => pan.slice(0, SHORTEST_RANGE + more));
}

/** In digits, as in the registration's schema. */
const SHORTEST_RANGE = 4;
/** In digits, as in the registration's schema. */
const LONGEST_RANGE = 12;

const ALL = statement({ text: sql`${SELECT_CLIENT} ORDER BY client_id`, returns: CLIENT });

export async function listClients(pool: Pool): Promise<readonly Client[]> {
  return query(pool, ALL, {});
}

export type ClientConflict =
  | { readonly conflict: 'ACCOUNT_RANGE'; readonly prefix: string; readonly clientId: string }
  | { readonly conflict: 'CONSUMER_KEY'; readonly clientId: string };

const { clientId: _id, ...REPLACED } = SAVED;

const SAVE = statement({
  text: sql`INSERT INTO client (${columnNames(SAVED)}) VALUES (${newValues(SAVED)})
            ON CONFLICT (client_id) DO UPDATE SET (${columnNames(REPLACED)}) = ROW (${newValues(REPLACED)}), version = client.version + 1`,
});

const DELETE_RANGES = statement({ text: sql`DELETE FROM client_account_range WHERE client_id = ${'clientId'}` });

const INSERT_RANGES = statement({
  text: sql`INSERT INTO client_account_range (prefix, client_id)
            SELECT prefix, ${'clientId'} FROM unnest(${'accountRanges'}::text[]) AS wanted (prefix)`,
});

const DELETE_WEBHOOKS = statement({
  text: sql`DELETE FROM webhook WHERE client_id = ${'clientId'} AND uri <> ALL (${'uris'}::text[])`,
});

/** Saving also switches the endpoint on again, if it was off. */
const SAVE_WEBHOOK = statement({
  text: sql`INSERT INTO webhook (client_id, uri, types) VALUES (${'clientId'}, ${'uri'}, ${'types'}::text[])
            ON CONFLICT (client_id, uri) DO UPDATE SET types = excluded.types, disabled_at = NULL`,
});

async function saveWebhooks(connection: PoolClient, { clientId, webhooks }: NewClient): Promise<void> {
  await execute(connection, DELETE_WEBHOOKS, { clientId, uris: webhooks.map(({ uri }) => uri) });
  for (const { uri, types } of webhooks) await execute(connection, SAVE_WEBHOOK, { clientId, uri, types });
}

/** Who changes a client, and when. */
export interface ChangeContext {
  readonly author: Author;
  readonly now: Date;
}

/** Adds a client, or replaces the one with that id; all or nothing. A suspended client stays suspended. */
export async function saveClient(
  pool: Pool,
  client: NewClient,
  context: ChangeContext,
): Promise<'added' | 'replaced' | ClientConflict> {
  return inTransaction(pool, async (connection) => {
    await lockClients(connection);
    return writeClient(connection, client, context);
  });
}

/**
 * Until the end of the transaction, no other transaction adds or replaces a client. So the ranges of two clients that are added at the same time
 * do not overlap.
 */
export async function lockClients(connection: PoolClient): Promise<void> {
  await connection.query('LOCK TABLE client_account_range IN SHARE ROW EXCLUSIVE MODE');
}

/** {@link saveClient} within a transaction that has called {@link lockClients}. */
export async function writeClient(
  connection: PoolClient,
  client: NewClient,
  context: ChangeContext,
): Promise<'added' | 'replaced' | ClientConflict> {
  const conflict = await findConflict(connection, client);
  if (conflict !== undefined) return conflict;
  const { clientId, accountRanges } = client;
  const before = await findClient(connection, clientId);
  await execute(connection, SAVE, rowValues(SAVED, { ...client, updatedAt: context.now }));
  await execute(connection, DELETE_RANGES, { clientId });
  await execute(connection, INSERT_RANGES, { clientId, accountRanges });
  await saveWebhooks(connection, client);
  await recordChange(connection, { clientId, before, change: before === undefined ? 'ADDED' : 'REPLACED', ...context });
  return before === undefined ? 'added' : 'replaced';
}

const LOCK_VERSION = statement({
  text: sql`SELECT version FROM client WHERE client_id = ${'clientId'} FOR NO KEY UPDATE`,
  returns: { version: column.integer() },
});

/** The client's version, which does not change before the end of the transaction. Undefined if there is no such client. */
export async function lockVersion(connection: PoolClient, clientId: string): Promise<number | undefined> {
  return (await query(connection, LOCK_VERSION, { clientId }))[0]?.version;
}

const OVERLAP = statement({
  text: sql`SELECT range.prefix, range.client_id AS "clientId" FROM client_account_range AS range, unnest(${'accountRanges'}::text[]) AS wanted (prefix)
            WHERE range.client_id <> ${'clientId'} AND (starts_with(range.prefix, wanted.prefix) OR starts_with(wanted.prefix, range.prefix)) LIMIT 1`,
  returns: { prefix: column.text(), clientId: column.text() },
});

const SAME_KEY = statement({
  text: sql`SELECT client_id AS "clientId" FROM client WHERE consumer_key = ${'consumerKey'} AND client_id <> ${'clientId'}`,
  returns: { clientId: column.text() },
});

/** Another client with an overlapping account range or the same consumer key; undefined if the client can be saved. Changes nothing. */
export async function findConflict(
  connection: Queryable,
  { clientId, accountRanges, consumerKey }: NewClient,
): Promise<ClientConflict | undefined> {
  const [overlap] = await query(connection, OVERLAP, { clientId, accountRanges });
  if (overlap !== undefined) return { conflict: 'ACCOUNT_RANGE', ...overlap };
  const [holder] = await query(connection, SAME_KEY, { clientId, consumerKey });
  return holder && { conflict: 'CONSUMER_KEY', ...holder };
}

/** From now on refuses the client's requests and its cardholders' sessions. False when there is no such client. */
export function suspendClient(pool: Pool, clientId: string, context: ChangeContext): Promise<boolean> {
  return inTransaction(pool, (connection) =>
    changeSuspension(connection, { clientId, change: 'SUSPENDED', ...context }),
  );
}

/** Accepts the client's requests and sessions again. False when there is no such client. */
export function resumeClient(pool: Pool, clientId: string, context: ChangeContext): Promise<boolean> {
  return inTransaction(pool, (connection) => changeSuspension(connection, { clientId, change: 'RESUMED', ...context }));
}

export interface SuspensionChange extends ChangeContext {
  readonly clientId: string;
  readonly change: Extract<ClientChange, 'SUSPENDED' | 'RESUMED'>;
}

const SUSPEND_OR_RESUME = statement({
  text: sql`UPDATE client SET version = version + 1,
              suspended_at = CASE WHEN ${'change'} = 'SUSPENDED' THEN coalesce(suspended_at, ${'now'}::timestamptz) END
            WHERE client_id = ${'clientId'}`,
});

/** {@link suspendClient} and {@link resumeClient} within a transaction. */
export async function changeSuspension(connection: PoolClient, change: SuspensionChange): Promise<boolean> {
  const { clientId, now } = change;
  const before = await findClient(connection, clientId);
  if ((await execute(connection, SUSPEND_OR_RESUME, { clientId, change: change.change, now })) !== 1) return false;
  await recordChange(connection, { ...change, before });
  return true;
}

async function recordChange(
  connection: PoolClient,
  made: ChangeContext & {
    readonly clientId: string;
    readonly before: Client | undefined;
    readonly change: ClientChange;
  },
): Promise<void> {
  const { clientId, before, change, author, now } = made;
  const client = await findClient(connection, clientId);
  if (client === undefined) throw new Error('The client was written in this transaction.');
  await recordVersion(connection, { client, change, now });
  const differences = [...compareClients(before, client), ...compareStates(before, client)];
  const of = (side: 'before' | 'after') => Object.fromEntries(differences.map((one) => [one.field, one[side]]));
  await writeEntry(connection, {
    ...author,
    action: ENTRY_OF[change],
    subject: { kind: 'client', id: clientId },
    before: before && of('before'),
    after: of('after'),
    now,
  });
}

const ENTRY_OF = {
  ADDED: 'client.added',
  REPLACED: 'client.replaced',
  SUSPENDED: 'client.suspended',
  RESUMED: 'client.resumed',
} as const satisfies Record<ClientChange, string>;

function compareStates(before: Client | undefined, after: Client) {
  if (before === undefined || before.suspended === after.suspended) return [];
  return [{ field: 'suspended', before: before.suspended, after: after.suspended }];
}
