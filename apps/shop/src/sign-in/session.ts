/** Who is signed in: a random cookie whose hash is kept, with an idle and an absolute end. */
import type { Pool } from 'pg';
import { newSecret, sha256 } from '../secret.ts';

export const SESSION_COOKIE_NAME = '__Host-shop_session';
/** Longer than a trip to the network takes (fifteen minutes there), so that a shopper usually comes back signed in. */
const IDLE_SECONDS = 20 * 60;
const ABSOLUTE_SECONDS = 8 * 60 * 60;

/** Lax, not strict: the callback is a cross-site navigation and has to find the session. */
export const SESSION_COOKIE_ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

export interface SignedIn {
  readonly shopperId: string;
  readonly displayName: string;
  /** When the password was last given. */
  readonly signedInAt: Date;
}

export interface SessionStore {
  /** A new session, and its cookie's value. Always a fresh value: whatever the browser had before sign-in is worth nothing after. */
  openSession(shopperId: string): Promise<string>;
  /** Undefined when there is no such session or it has ended; else its idle time starts anew. */
  findSession(token: string): Promise<SignedIn | undefined>;
  endSession(token: string): Promise<void>;
}

export function createSessionStore({ pool, clock }: { readonly pool: Pool; readonly clock: () => Date }): SessionStore {
  return {
    async openSession(shopperId) {
      const token = newSecret();
      await pool.query(
        `WITH swept AS (
           DELETE FROM shop_session WHERE token_hash IN (
             SELECT token_hash FROM shop_session WHERE last_seen_at <= $3::timestamptz - $4 * interval '1 second' LIMIT 20 FOR UPDATE SKIP LOCKED))
         INSERT INTO shop_session (token_hash, shopper_id, signed_in_at, last_seen_at) VALUES ($1, $2, $3, $3)`,
        [sha256(token), shopperId, clock(), IDLE_SECONDS],
      );
      return token;
    },

    async findSession(token) {
      const { rows } = await pool.query<{ shopper_id: string; display_name: string; signed_in_at: Date }>(
        `UPDATE shop_session SET last_seen_at = $2 FROM shop_shopper
         WHERE token_hash = $1 AND shop_shopper.shopper_id = shop_session.shopper_id
           AND last_seen_at > $2::timestamptz - $3 * interval '1 second'
           AND signed_in_at > $2::timestamptz - $4 * interval '1 second'
         RETURNING shop_session.shopper_id, display_name, signed_in_at`,
        [sha256(token), clock(), IDLE_SECONDS, ABSOLUTE_SECONDS],
      );
      const row = rows[0];
      return row && { shopperId: row.shopper_id, displayName: row.display_name, signedInAt: row.signed_in_at };
    },

    async endSession(token) {
      await pool.query('DELETE FROM shop_session WHERE token_hash = $1', [sha256(token)]);
    },
  };
}
