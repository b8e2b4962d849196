/** Nonces of signed requests in the database, so that every process of the network refuses a second use. */
import { addSeconds, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';

/** False when the nonce was used before with this consumer key and timestamp. */
export async function takeNonce(
  pool: Pool,
  { consumerKey, signedAt, nonce }: { readonly consumerKey: string; readonly signedAt: Date; readonly nonce: string },
): Promise<boolean> {
  const taken = await pool.query({
    name: 'nonce-take',
    text: 'INSERT INTO request_nonce (consumer_key, signed_at, nonce) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
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
