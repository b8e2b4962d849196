/** Nonces of signed requests in the database, so that every process of the network refuses a second use. */
import { addSeconds, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { Client } from '../clients/store.ts';

/** `CLIENT_CHANGED` where the client is no longer what the request was judged by, or is suspended: then the nonce is not used up. */
export type NonceVerdict = 'TAKEN' | 'USED_BEFORE' | 'CLIENT_CHANGED';

/**
 * Uses a nonce up, unless it was used before with this consumer key and timestamp. The same statement holds the client against what it was
 * judged by, so that a suspension or a withdrawn key counts at once, whichever process it was told to.
 *
 * Not forced to disk by itself. PostgreSQL writes its log in order, so the commit of whatever the request goes on to change, which is
 * forced, takes the nonce along; of a request that changes nothing, a crash may forget the last nonces (at most 0.6 s, three times
 * wal_writer_delay), and to send that again changes nothing either. It saves a third of an enrolment's waits for the disk.
 */
export async function takeNonce(
  pool: Pool,
  request: {
    readonly client: Pick<Client, 'clientId' | 'consumerKey' | 'version'>;
    readonly signedAt: Date;
    readonly nonce: string;
  },
): Promise<NonceVerdict> {
  const { client, signedAt, nonce } = request;
  const taken = await pool.query<{ current: boolean; taken: boolean }>({
    name: 'nonce-take',
    text: `WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true)),
                current AS (SELECT FROM client, relaxed WHERE client_id = $4 AND version = $5 AND suspended_at IS NULL),
                taken AS (INSERT INTO request_nonce (consumer_key, signed_at, nonce) SELECT $1, $2::timestamptz, $3 FROM current
                          ON CONFLICT DO NOTHING RETURNING true)
           SELECT EXISTS (SELECT FROM current) AS current, EXISTS (SELECT FROM taken) AS taken`,
    values: [client.consumerKey, signedAt, nonce, client.clientId, client.version],
  });
  const [row] = taken.rows;
  if (!row?.current) return 'CLIENT_CHANGED';
  return row.taken ? 'TAKEN' : 'USED_BEFORE';
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
