/** Nonces of signed requests in the database, so that every process of the network refuses a second use. */
import { addSeconds, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';

/**
 * False when the nonce was used before with this consumer key and timestamp.
 *
 * Not forced to disk by itself. PostgreSQL writes its log in order, so the commit of whatever the request goes on to change, which is
 * forced, takes the nonce along; of a request that changes nothing, a crash may forget the last nonces (at most 0.6 s, three times
 * wal_writer_delay), and to send that again changes nothing either. It saves a third of an enrolment's waits for the disk.
 */
export async function takeNonce(
  pool: Pool,
  { consumerKey, signedAt, nonce }: { readonly consumerKey: string; readonly signedAt: Date; readonly nonce: string },
): Promise<boolean> {
  const taken = await pool.query({
    name: 'nonce-take',
    text: `WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true))
           INSERT INTO request_nonce (consumer_key, signed_at, nonce) SELECT $1, $2::timestamptz, $3 FROM relaxed
           ON CONFLICT DO NOTHING`,
    values: [consumerKey, signedAt, nonce],
  });
  return taken.rowCount === 1;
}

/** Forgets nonces whose timestamps are refused by now anyway. */
export async function forgetNonces(pool: Pool, now: Date): Promise<number> {
  // Twice the skew: the clocks of two processes may differ.
  const forgotten = await pool.query('DELETE FROM request_nonce WHERE signed_at < $1', [
    addSeconds(now, -2 * SIGNATURE_SKEW_SECONDS),
  ]);
  return forgotten.rowCount ?? 0;
}
