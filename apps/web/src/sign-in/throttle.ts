/** Limits guessing: an attempt is counted before the password is compared, so that concurrent attempts all count. */
import type { Pool } from 'pg';
import { sha256 } from '../secret.ts';
import type { Site } from '../site.ts';

const WINDOW_SECONDS = 5 * 60;
const SWEEP_ROWS = 20;

/**
 * Attempts in five minutes: from one address for one username, from any address for one username, from one address for any username. A user
 * whose name is attacked from other addresses can still sign in from their own until the second limit is reached.
 */
const LIMITS = { pair: 10, username: 50, address: 100 } as const;

export interface SignInAttempt {
  readonly username: string;
  readonly address: string;
}

export interface SignInThrottle {
  /** Undefined if the attempt is allowed. `retryAfterSeconds` if there were too many: then the password must not be compared. */
  countAttempt(attempt: SignInAttempt): Promise<{ readonly retryAfterSeconds: number } | undefined>;
  /** After a success: removes the attempt, and the failures of this address with this username. */
  forgive(attempt: SignInAttempt): Promise<void>;
  /** For an attempt without a comparison of the password: removes the attempt. Earlier failures stay. */
  giveBack(attempt: SignInAttempt): Promise<void>;
}

/** Uses the site's table `…_sign_in_attempt` (key_hash, window_started_at, attempts). */
export function createSignInThrottle({
  site,
  pool,
  clock,
}: {
  readonly site: Pick<Site, 'name'>;
  readonly pool: Pool;
  readonly clock: () => Date;
}): SignInThrottle {
  const table = `${site.name}_sign_in_attempt`;
  const countDown = (keys: readonly string[]) =>
    pool.query(`UPDATE ${table} SET attempts = greatest(attempts - 1, 0) WHERE key_hash = ANY ($1::text[])`, [keys]);
  return {
    async countAttempt(attempt) {
      const limits = limitsOf(attempt);
      const { rows } = await pool.query<{ key_hash: string; attempts: number; elapsed: number }>(
        `WITH swept AS (
           DELETE FROM ${table} WHERE key_hash IN (
             SELECT key_hash FROM ${table} WHERE window_started_at <= $2::timestamptz - $3 * interval '1 second'
               AND key_hash <> ALL ($1) LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))
         INSERT INTO ${table} AS kept (key_hash, window_started_at, attempts)
           SELECT key_hash, $2, 1 FROM unnest($1::text[]) AS key_hash ORDER BY key_hash
         ON CONFLICT (key_hash) DO UPDATE SET
           attempts = CASE WHEN kept.window_started_at <= $2::timestamptz - $3 * interval '1 second' THEN 1 ELSE kept.attempts + 1 END,
           window_started_at = CASE WHEN kept.window_started_at <= $2::timestamptz - $3 * interval '1 second' THEN $2 ELSE kept.window_started_at END
         RETURNING key_hash, attempts, extract(epoch FROM $2::timestamptz - window_started_at)::float8 AS elapsed`,
        [[...limits.keys()], clock(), WINDOW_SECONDS],
      );
      const over = rows.filter(({ key_hash, attempts }) => attempts > (limits.get(key_hash) ?? 0));
      if (over.length === 0) return undefined;
      return { retryAfterSeconds: Math.max(...over.map(({ elapsed }) => Math.ceil(WINDOW_SECONDS - elapsed))) };
    },

    async forgive(attempt) {
      const { pair, username, address } = keysOf(attempt);
      await pool.query(`DELETE FROM ${table} WHERE key_hash = $1`, [pair]);
      await countDown([username, address]);
    },

    async giveBack(attempt) {
      await countDown([...limitsOf(attempt).keys()]);
    },
  };
}

function keysOf({ username, address }: SignInAttempt) {
  return {
    pair: sha256(JSON.stringify(['pair', username, address])),
    username: sha256(JSON.stringify(['username', username])),
    address: sha256(JSON.stringify(['address', address])),
  };
}

function limitsOf(attempt: SignInAttempt): ReadonlyMap<string, number> {
  const keys = keysOf(attempt);
  return new Map([
    [keys.pair, LIMITS.pair],
    [keys.username, LIMITS.username],
    [keys.address, LIMITS.address],
  ]);
}
