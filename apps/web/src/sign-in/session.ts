/** Sessions: a random cookie; the site stores its hash. A session ends after an idle time, and at the latest after an absolute one. */
import type { Pool } from 'pg';
import { newSecret, sha256 } from '../secret.ts';
import type { Site } from '../site.ts';

/** Longer than a visit to the network may take (fifteen minutes there), so that most users are still signed in when they return. */
const IDLE_SECONDS = 20 * 60;
const ABSOLUTE_SECONDS = 8 * 60 * 60;
const SWEEP_ROWS = 20;

export interface SignedIn {
  readonly userId: string;
  readonly displayName: string;
  /** When the password was last given. */
  readonly signedInAt: Date;
}

export interface SessionStore {
  /**
   * Starts a session and returns the value of its cookie. The value is always new, so that one from before the sign-in is useless
   * afterwards.
   */
  openSession(userId: string): Promise<string>;
  /** Undefined when there is no such session or it has ended; otherwise its idle time starts again. */
  findSession(token: string): Promise<SignedIn | undefined>;
  endSession(token: string): Promise<void>;
}

/**
 * Uses the site's tables `…_session` (token_hash, the user's id, signed_in_at, last_seen_at) and that of its users (their id,
 * display_name).
 */
export function createSessionStore({
  site: { name, userTable, userIdColumn },
  pool,
  clock,
}: {
  readonly site: Site;
  readonly pool: Pool;
  readonly clock: () => Date;
}): SessionStore {
  const table = `${name}_session`;
  return {
    async openSession(userId) {
      const token = newSecret();
      await pool.query(
        `WITH swept AS (
           DELETE FROM ${table} WHERE token_hash IN (
             SELECT token_hash FROM ${table} WHERE last_seen_at <= $3::timestamptz - $4 * interval '1 second' LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))
         INSERT INTO ${table} (token_hash, ${userIdColumn}, signed_in_at, last_seen_at) VALUES ($1, $2, $3, $3)`,
        [sha256(token), userId, clock(), IDLE_SECONDS],
      );
      return token;
    },

    async findSession(token) {
      const { rows } = await pool.query<{ user_id: string; display_name: string; signed_in_at: Date }>(
        `UPDATE ${table} SET last_seen_at = $2 FROM ${userTable}
         WHERE token_hash = $1 AND ${userTable}.${userIdColumn} = ${table}.${userIdColumn}
           AND last_seen_at > $2::timestamptz - $3 * interval '1 second'
           AND signed_in_at > $2::timestamptz - $4 * interval '1 second'
         RETURNING ${table}.${userIdColumn} AS user_id, display_name, signed_in_at`,
        [sha256(token), clock(), IDLE_SECONDS, ABSOLUTE_SECONDS],
      );
      const row = rows[0];
      return row && { userId: row.user_id, displayName: row.display_name, signedInAt: row.signed_in_at };
    },

    async endSession(token) {
      await pool.query(`DELETE FROM ${table} WHERE token_hash = $1`, [sha256(token)]);
    },
  };
}
