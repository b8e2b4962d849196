/** What became of a client's registration, version by version, and how two versions differ. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { readPublicKey } from '@payment-passkeys/channel';
import type { Pool, PoolClient } from 'pg';
import type { Client, NewClient } from './client.ts';

export const CLIENT_CHANGES = ['ADDED', 'REPLACED', 'SUSPENDED', 'RESUMED'] as const;
export type ClientChange = (typeof CLIENT_CHANGES)[number];

/** One version of a client. */
export interface ClientVersion {
  readonly version: number;
  readonly changedAt: Date;
  readonly change: ClientChange;
  readonly client: Client;
}

/** Stores the client as it is now. Runs in the transaction that changed it: no change without its version. */
export async function recordVersion(
  connection: PoolClient,
  { client, change, now }: { readonly client: Client; readonly change: ClientChange; readonly now: Date },
): Promise<void> {
  await connection.query(
    `INSERT INTO client_history (client_id, version, changed_at, change, registration) VALUES ($1, $2, $3, $4, $5)`,
    [client.clientId, client.version, now, change, JSON.stringify(client)],
  );
}

/** The oldest first. Versions of before migration 0010 are missing. */
export async function findHistory(pool: Pool, clientId: string): Promise<readonly ClientVersion[]> {
  const found = await pool.query<{ version: number; changed_at: Date; change: ClientChange; registration: Client }>(
    'SELECT version, changed_at, change, registration FROM client_history WHERE client_id = $1 ORDER BY version',
    [clientId],
  );
  return found.rows.map(({ version, changed_at, change, registration }) => ({
    version,
    changedAt: changed_at,
    change,
    client: registration,
  }));
}

/** A member of a registration that differs. Keys stand as fingerprints. */
export interface Difference {
  readonly field: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** How two versions differ, member by member; `before` is undefined for a client that is new. */
export function compareClients(before: NewClient | undefined, after: NewClient): readonly Difference[] {
  const [old, next] = [before && describeClient(before), describeClient(after)];
  return Object.entries(next).flatMap(([field, values]) => {
    const earlier = old?.[field] ?? [];
    return values.join('\n') === earlier.join('\n') ? [] : [{ field, before: earlier, after: values }];
  });
}

/** Each member as lines for people: no PEM, but fingerprints. In the order of a registration file. */
export function describeClient(client: NewClient): Readonly<Record<string, string[]>> {
  const { verification, attestation } = client;
  return {
    name: [client.name],
    role: [client.role],
    consumerKey: [client.consumerKey],
    signingKeys: client.signingKeys.map(describeKey),
    callbackDomains: [...client.callbackDomains],
    callbackSchemes: [...client.callbackSchemes],
    accountRanges: client.accountRanges.toSorted(),
    countries: [...client.countries],
    merchantOrigins: [...client.merchantOrigins],
    merchantNames: [...client.merchantNames],
    'verification.uri': verification === null ? [] : [verification.uri],
    'verification.signingKey': verification === null ? [] : [describeKey(verification.signingKey)],
    'verification.encryptionKey': verification === null ? [] : [describeKey(verification.encryptionKey)],
    attestation: attestation === null ? [] : [JSON.stringify(attestation)],
  };
}

/**
 * The SHA-256 of the SubjectPublicKeyInfo, and, of a certificate, until when it says that it is valid. A key that an older version stored and
 * that is refused today is told as such: the client has to be shown, compared and replaced all the same.
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
    return readPublicKey(pem);
  } catch {
    return undefined;
  }
}
