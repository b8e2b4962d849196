/** The versions of a client's registration, and the differences between two of them. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { readOAuth2Key } from '@payment-passkeys/channel';
import type { Difference } from '@payment-passkeys/protocol/console';
import {
  column,
  execute,
  type Queryable,
  query,
  type RowOf,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { Client, NewClient } from './client.ts';

export const CLIENT_CHANGES = ['ADDED', 'REPLACED', 'SUSPENDED', 'RESUMED'] as const;
export type ClientChange = (typeof CLIENT_CHANGES)[number];

const RECORD = statement({
  text: sql`INSERT INTO client_history (client_id, version, changed_at, change, registration)
            VALUES (${'clientId'}, ${'version'}, ${'now'}, ${'change'}, ${'registration'})`,
});

/** Stores the client's current registration as a version. Runs in the transaction that changed it, so every change has its version. */
export async function recordVersion(
  connection: Queryable,
  { client, change, now }: { readonly client: Client; readonly change: ClientChange; readonly now: Date },
): Promise<void> {
  const { clientId, version } = client;
  await execute(connection, RECORD, { clientId, version, now, change, registration: client });
}

const VERSION = {
  version: column.integer('version'),
  changedAt: column.timestamptz('changed_at'),
  change: column.text<ClientChange>('change'),
  client: column.jsonb<Client>('registration'),
};

/** One version of a client. */
export type ClientVersion = RowOf<typeof VERSION>;

const OF_CLIENT = statement({
  text: sql`SELECT ${selectList(VERSION)} FROM client_history WHERE client_id = ${'clientId'} ORDER BY version`,
  returns: VERSION,
});

/** Oldest first. Versions from before migration 0010 are missing. */
export async function findHistory(pool: Pool, clientId: string): Promise<readonly ClientVersion[]> {
  return query(pool, OF_CLIENT, { clientId });
}

/** The differences of two versions, member by member; `before` is undefined for a new client. */
export function compareClients(before: NewClient | undefined, after: NewClient): readonly Difference[] {
  const [old, next] = [before && describeClient(before), describeClient(after)];
  return Object.entries(next).flatMap(([field, values]) => {
    const earlier = old?.[field] ?? [];
    return values.join('\n') === earlier.join('\n') ? [] : [{ field, before: earlier, after: values }];
  });
}

/** Each member as readable lines, with fingerprints instead of PEM, in the order of a registration file. */
export function describeClient(client: NewClient): Readonly<Record<string, string[]>> {
  // A stored version that is older than webhooks, OAuth 2.0, activation or providers does not have their members.
  const { verification, activation, attestation, webhooks = [], oauth2Keys = [], provider = false } = client;
  return {
    name: [client.name],
    role: [client.role],
    consumerKey: client.consumerKey === null ? [] : [client.consumerKey],
    signingKeys: client.signingKeys.map(describeKey),
    oauth2Keys: oauth2Keys.map(describeKey),
    callbackDomains: [...client.callbackDomains],
    callbackSchemes: [...client.callbackSchemes],
    accountRanges: client.accountRanges.toSorted(),
    countries: [...client.countries],
    provider: provider ? ['true'] : [],
    merchantOrigins: [...client.merchantOrigins],
    merchantNames: [...client.merchantNames],
    'verification.uri': verification === null ? [] : [verification.uri],
    'verification.signingKey': verification === null ? [] : [describeKey(verification.signingKey)],
    'verification.encryptionKey': verification === null ? [] : [describeKey(verification.encryptionKey)],
    activation: activation === 'BY_ISSUER' ? [activation] : [],
    attestation: attestation === null ? [] : [JSON.stringify(attestation)],
    webhooks: webhooks.map(({ uri, types }) => `${uri} ${types.join(' ')}`),
  };
}

/**
 * The SHA-256 of the SubjectPublicKeyInfo, and the last day of a certificate's validity. An older version may have stored a key that is
 * refused today: then the description says so, because it must be possible to show, compare and replace that client.
 */
function describeKey(pem: string): string {
  const key = readKey(pem);
  if (key === undefined) return 'a key that cannot be used: add the client again with its public key alone';
  const spki = key.export({ type: 'spki', format: 'der' });
  const fingerprint = `SHA-256 ${createHash('sha256').update(spki).digest('hex')}`;
  if (!pem.includes('BEGIN CERTIFICATE')) return fingerprint;
  return `${fingerprint}, certificate until ${new X509Certificate(pem).validToDate.toISOString().slice(0, 10)}`;
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return readOAuth2Key(pem);
  } catch {
    return undefined;
  }
}
