/** Nonces of signed requests in the database, so that every process of the network refuses a second use. */
import { addSeconds, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { Client } from './store.ts';

/** The nonce of a signed request, and the client that the request was judged by; both are checked against the database. */
export interface NonceClaim {
  readonly client: Pick<Client, 'clientId' | 'consumerKey' | 'version'>;
  readonly signedAt: Date;
  readonly nonce: string;
}

/** `CLIENT_CHANGED`: the client was changed or suspended since the request was judged; the nonce is not consumed. */
export type NonceVerdict = 'TAKEN' | 'USED_BEFORE' | 'CLIENT_CHANGED';

export interface AdmittedRow {
  readonly current: boolean;
  readonly admitted: boolean;
}

/**
 * Uses a nonce up in the statement of what the request changes. `parts` begin its WITH; whatever it changes has to be drawn from `admitted`,
 * which has one row, or none where the nonce was used before with this consumer key and timestamp, or where the client is no longer what it
 * was judged by: so a suspension or a withdrawn key counts at once, whichever process it was told to. `values` stand at `$at` and after,
 * `columns` are what {@link readVerdict} reads. Without a claim (the nonce is consumed already) the row is always there.
 */
export function admitting(nonceClaim: NonceClaim | undefined, at: number) {
  const columns = 'EXISTS (SELECT FROM current) AS current, EXISTS (SELECT FROM admitted) AS admitted';
  if (nonceClaim === undefined) {
    return { name: 'admitted', parts: 'current AS (SELECT), admitted AS (SELECT)', columns, values: [] };
  }
  const { client, signedAt, nonce } = nonceClaim;
  const parts = `
    current AS (SELECT FROM client WHERE client_id = $${at} AND version = $${at + 1} AND suspended_at IS NULL),
    admitted AS (INSERT INTO request_nonce (consumer_key, signed_at, nonce) SELECT $${at + 2}, $${at + 3}::timestamptz, $${at + 4} FROM current
                 ON CONFLICT DO NOTHING RETURNING true)`;
  return {
    name: 'nonce',
    parts,
    columns,
    values: [client.clientId, client.version, client.consumerKey, signedAt, nonce],
  };
}

export function readVerdict(row: AdmittedRow | undefined): NonceVerdict {
  if (!row?.current) return 'CLIENT_CHANGED';
  return row.admitted ? 'TAKEN' : 'USED_BEFORE';
}

/**
 * Uses a nonce up by itself, for a request that changes nothing, or nothing yet.
 *
 * Not forced to disk. PostgreSQL writes its log in order, so the commit of whatever is changed later, which is forced, takes the nonce
 * along; of a request that changes nothing, a crash may forget the last nonces (at most 0.6 s, three times wal_writer_delay), and to send
 * that again changes nothing either.
 */
export async function consumeNonce(pool: Pool, nonceClaim: NonceClaim): Promise<NonceVerdict> {
  const { parts, columns, values } = admitting(nonceClaim, 1);
  const taken = await pool.query<AdmittedRow>({
    name: 'nonce-take',
    text: `WITH ${parts} SELECT ${columns}, set_config('synchronous_commit', 'off', true)`,
    values,
  });
  return readVerdict(taken.rows[0]);
}

/** What one statement deletes at most. */
const FORGOTTEN_ROWS = 1_000;

/** Forgets nonces whose timestamps are refused by now anyway, the oldest first. Several processes share the work, and none waits for the disk. */
export async function forgetNonces(pool: Pool, now: Date): Promise<number> {
  // Twice the skew: the clocks of two processes may differ.
  const before = addSeconds(now, -2 * SIGNATURE_SKEW_SECONDS);
  for (let total = 0; ; ) {
    const forgotten = await pool.query(
      `WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true)),
            due AS (SELECT request_nonce.ctid AS place FROM request_nonce, relaxed WHERE signed_at < $1
                    ORDER BY signed_at LIMIT ${FORGOTTEN_ROWS} FOR UPDATE OF request_nonce SKIP LOCKED)
       DELETE FROM request_nonce WHERE ctid = ANY (ARRAY(SELECT place FROM due))`,
      [before],
    );
    const deleted = forgotten.rowCount ?? 0;
    total += deleted;
    if (deleted < FORGOTTEN_ROWS) return total;
  }
}
