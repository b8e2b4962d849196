/** Onboarded clients in the database. */
import type { AttestationDemand, ClientRegistration, VerificationEndpoint } from '@payment-passkeys/protocol';
import { inTransaction } from '@payment-passkeys/storage';
import type { Pool, PoolClient } from 'pg';
import type { Client, NewClient } from './client.ts';
import { type ClientChange, recordVersion } from './history.ts';

export type { Client, NewClient } from './client.ts';

interface ClientRow {
  readonly client_id: string;
  readonly name: string;
  readonly role: ClientRegistration['role'];
  readonly consumer_key: string;
  readonly signing_keys: readonly string[];
  readonly callback_domains: readonly string[];
  readonly callback_schemes: readonly string[];
  readonly account_ranges: readonly string[];
  readonly countries: readonly string[];
  readonly merchant_origins: readonly string[];
  readonly merchant_names: readonly string[];
  readonly verification: VerificationEndpoint | null;
  readonly attestation: AttestationDemand | null;
  readonly suspended: boolean;
  readonly version: number;
}

const SELECT_CLIENT = `
  SELECT client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries,
         merchant_origins, merchant_names, verification, attestation, suspended_at IS NOT NULL AS suspended, version,
         ARRAY(SELECT prefix FROM client_account_range AS range WHERE range.client_id = client.client_id ORDER BY prefix) AS account_ranges
  FROM client`;

export async function findClientByConsumerKey(pool: Pool, consumerKey: string): Promise<Client | undefined> {
  return find(pool, {
    name: 'client-by-consumer-key',
    text: `${SELECT_CLIENT} WHERE consumer_key = $1`,
    values: [consumerKey],
  });
}

export async function findClient(pool: Pool, clientId: string): Promise<Client | undefined> {
  return find(pool, { name: 'client-by-id', text: `${SELECT_CLIENT} WHERE client_id = $1`, values: [clientId] });
}

/** The active issuer in whose account ranges a card number lies. Ranges never overlap, so there is one at most. */
export async function findIssuerOfCard(pool: Pool, pan: string): Promise<Client | undefined> {
  const prefixes = Array.from({ length: LONGEST_RANGE - SHORTEST_RANGE + 1 }, (_, more) =>
    pan.slice(0, SHORTEST_RANGE + more),
  );
  const [row] = (
    await pool.query<ClientRow>({
      name: 'issuer-of-card',
      text: `${SELECT_CLIENT} WHERE role = 'issuer' AND suspended_at IS NULL
               AND client_id IN (SELECT range.client_id FROM client_account_range AS range WHERE range.prefix = ANY ($1::text[]))`,
      values: [prefixes],
    })
  ).rows;
  return row === undefined ? undefined : readClient(row);
}

/** In digits; the registration's schema has the same bounds. */
const SHORTEST_RANGE = 4;
const LONGEST_RANGE = 12;

export async function listClients(pool: Pool): Promise<readonly Client[]> {
  return (await pool.query<ClientRow>(`${SELECT_CLIENT} ORDER BY client_id`)).rows.map(readClient);
}

export type ClientConflict =
  | { readonly conflict: 'ACCOUNT_RANGE'; readonly prefix: string; readonly clientId: string }
  | { readonly conflict: 'CONSUMER_KEY'; readonly clientId: string };

/** Adds a client or replaces the known one of that id, whole or not at all. A suspended client stays suspended. */
export async function saveClient(
  pool: Pool,
  client: NewClient,
  now: Date,
): Promise<'added' | 'replaced' | ClientConflict> {
  return inTransaction(pool, async (connection) => {
    // Ranges of two clients that are added at once must not overlap either.
    await connection.query('LOCK TABLE client_account_range IN SHARE ROW EXCLUSIVE MODE');
    const conflict = await findConflict(connection, client);
    if (conflict !== undefined) return conflict;
    const saved = await connection.query<{ added: boolean }>(
      `INSERT INTO client (client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries, updated_at,
                           merchant_origins, merchant_names, verification, attestation)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (client_id) DO UPDATE SET name = $2, role = $3, consumer_key = $4, signing_keys = $5, callback_domains = $6,
         callback_schemes = $7, countries = $8, updated_at = $9, merchant_origins = $10, merchant_names = $11, verification = $12, attestation = $13,
         version = client.version + 1
       RETURNING xmax = 0 AS added`,
      [
        client.clientId,
        client.name,
        client.role,
        client.consumerKey,
        client.signingKeys,
        client.callbackDomains,
        client.callbackSchemes,
        client.countries,
        now,
        client.merchantOrigins,
        client.merchantNames,
        client.verification,
        client.attestation,
      ],
    );
    await connection.query('DELETE FROM client_account_range WHERE client_id = $1', [client.clientId]);
    await connection.query(
      'INSERT INTO client_account_range (prefix, client_id) SELECT prefix, $2 FROM unnest($1::text[]) AS wanted (prefix)',
      [client.accountRanges, client.clientId],
    );
    const added = saved.rows[0]?.added === true;
    await recordChange(connection, { clientId: client.clientId, change: added ? 'ADDED' : 'REPLACED', now });
    return added ? 'added' : 'replaced';
  });
}

/** Another client that has an overlapping account range, or the consumer key; undefined where the client can be saved. Changes nothing. */
export async function findConflict(
  connection: Pick<PoolClient, 'query'>,
  client: NewClient,
): Promise<ClientConflict | undefined> {
  const overlap = await connection.query<{ prefix: string; client_id: string }>(
    `SELECT range.prefix, range.client_id FROM client_account_range AS range, unnest($1::text[]) AS wanted (prefix)
     WHERE range.client_id <> $2 AND (starts_with(range.prefix, wanted.prefix) OR starts_with(wanted.prefix, range.prefix)) LIMIT 1`,
    [client.accountRanges, client.clientId],
  );
  const [taken] = overlap.rows;
  if (taken !== undefined) return { conflict: 'ACCOUNT_RANGE', prefix: taken.prefix, clientId: taken.client_id };
  const sameKey = await connection.query<{ client_id: string }>(
    'SELECT client_id FROM client WHERE consumer_key = $1 AND client_id <> $2',
    [client.consumerKey, client.clientId],
  );
  const [holder] = sameKey.rows;
  return holder && { conflict: 'CONSUMER_KEY', clientId: holder.client_id };
}

/** Refuses the client's requests and its cardholders' sessions. False when there is no such client. */
export function suspendClient(pool: Pool, clientId: string, now: Date): Promise<boolean> {
  return changeSuspension(pool, { clientId, change: 'SUSPENDED', now });
}

/** Takes them again. False when there is no such client. */
export function resumeClient(pool: Pool, clientId: string, now: Date): Promise<boolean> {
  return changeSuspension(pool, { clientId, change: 'RESUMED', now });
}

interface Change {
  readonly clientId: string;
  readonly change: ClientChange;
  readonly now: Date;
}

function changeSuspension(pool: Pool, { clientId, change, now }: Change): Promise<boolean> {
  return inTransaction(pool, async (connection) => {
    const updated = await connection.query(
      `UPDATE client SET version = version + 1,
         suspended_at = CASE WHEN $2 = 'SUSPENDED' THEN coalesce(suspended_at, $3::timestamptz) END
       WHERE client_id = $1`,
      [clientId, change, now],
    );
    if (updated.rowCount !== 1) return false;
    await recordChange(connection, { clientId, change, now });
    return true;
  });
}

async function recordChange(connection: PoolClient, { clientId, change, now }: Change): Promise<void> {
  const [row] = (await connection.query<ClientRow>(`${SELECT_CLIENT} WHERE client_id = $1`, [clientId])).rows;
  if (row === undefined) throw new Error('The client was written in this transaction.');
  await recordVersion(connection, { client: readClient(row), change, now });
}

async function find(pool: Pool, query: { name: string; text: string; values: string[] }): Promise<Client | undefined> {
  const [row] = (await pool.query<ClientRow>(query)).rows;
  return row === undefined ? undefined : readClient(row);
}

function readClient(row: ClientRow): Client {
  return {
    clientId: row.client_id,
    name: row.name,
    role: row.role,
    consumerKey: row.consumer_key,
    signingKeys: row.signing_keys,
    callbackDomains: row.callback_domains,
    callbackSchemes: row.callback_schemes,
    accountRanges: row.account_ranges,
    countries: row.countries,
    merchantOrigins: row.merchant_origins,
    merchantNames: row.merchant_names,
    verification: row.verification,
    attestation: row.attestation,
    suspended: row.suspended,
    version: row.version,
  };
}
