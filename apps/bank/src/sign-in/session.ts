/** Who is signed in: a random cookie whose hash is kept, with an idle and an absolute end. */
import type { Pool } from 'pg';
import { newSecret, sha256 } from '../secret.ts';

export const SESSION_COOKIE_NAME = '__Host-bank_session';
/** Longer than a trip to the network takes (fifteen minutes there), so that a cardholder usually comes back signed in. */
const IDLE_SECONDS = 20 * 60;
const ABSOLUTE_SECONDS = 8 * 60 * 60;

/** Lax, not strict: the callback is a cross-site navigation and has to find the session. */
export const SESSION_COOKIE_ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

export interface SignedIn {
  readonly customerId: string;
  readonly displayName: string;
  /** When the password was last given. */
  readonly signedInAt: Date;
}

export interface SessionStore {
  /** A new session, and its cookie's value. Always a fresh value: whatever the browser had before sign-in is worth nothing after. */
  openSession(customerId: string): Promise<string>;
  /** Undefined when there is no such session or it has ended; else its idle time starts anew. */
  findSession(token: string): Promise<SignedIn | undefined>;
  endSession(token: string): Promise<void>;
}

export function createSessionStore({ pool, clock }: { readonly pool: Pool; readonly clock: () => Date }): SessionStore {
  return {
    async openSession(customerId) {
      const token = newSecret();
      await pool.query(
        `WITH swept AS (
           DELETE FROM bank_session WHERE token_hash IN (
             SELECT token_hash FROM bank_session WHERE last_seen_at <= $3::timestamptz - $4 * interval '1 second' LIMIT 20 FOR UPDATE SKIP LOCKED))
         INSERT INTO bank_session (token_hash, customer_id, signed_in_at, last_seen_at) VALUES ($1, $2, $3, $3)`,
        [sha256(token), customerId, clock(), IDLE_SECONDS],
      );
      return token;
    },

    async findSession(token) {
      const { rows } = await pool.query<{ customer_id: string; display_name: string; signed_in_at: Date }>(
        `UPDATE bank_session SET last_seen_at = $2 FROM bank_customer
         WHERE token_hash = $1 AND bank_customer.customer_id = bank_session.customer_id
           AND last_seen_at > $2::timestamptz - $3 * interval '1 second'
           AND signed_in_at > $2::timestamptz - $4 * interval '1 second'
         RETURNING bank_session.customer_id, display_name, signed_in_at`,
        [sha256(token), clock(), IDLE_SECONDS, ABSOLUTE_SECONDS],
      );
      const row = rows[0];
      return row && { customerId: row.customer_id, displayName: row.display_name, signedInAt: row.signed_in_at };
    },

    async endSession(token) {
      await pool.query('DELETE FROM bank_session WHERE token_hash = $1', [sha256(token)]);
    },
  };
}
