/** What the bank stores while a cardholder confirms a card: the request as it was received, the customer, the number of attempts. */
import { timingSafeEqual } from 'node:crypto';
import { newSecret, sha256 } from '@payment-passkeys/web';
import type { Pool } from 'pg';

/** The network accepts no answer after five minutes; a row is deleted after an hour. */
const KEPT_SECONDS = 60 * 60;
const SWEEP_ROWS = 20;
/** Per request. Five guesses of a six-digit code succeed with a probability of 5 in 1,000,000. */
const MAX_ATTEMPTS = 5;
const MAX_CODES = 8;

export interface VerificationStore {
  /** Stores the network's request; returns the token for the browser's cookie. */
  addVerification(request: string): Promise<string>;
  /** Undefined if there is none, or it is answered. */
  findRequest(token: string): Promise<string | undefined>;
  /**
   * Ties the verification to this customer permanently, and stores the code. False if another customer has it, if it is answered, or after too
   * many codes or attempts.
   */
  keepCode(kept: { readonly token: string; readonly customerId: string; readonly code: string }): Promise<boolean>;
  /** Counts the attempt before it compares the code, so that concurrent attempts all count. */
  tryCode(attempt: {
    readonly token: string;
    readonly customerId: string;
    readonly code: string;
  }): Promise<'RIGHT' | 'WRONG' | 'OVER'>;
  /** Uses the verification up. True for exactly one caller, which may then answer the network. */
  consumeVerification(token: string): Promise<boolean>;
}

export function createVerificationStore({
  pool,
  clock,
}: {
  readonly pool: Pool;
  readonly clock: () => Date;
}): VerificationStore {
  return {
    async addVerification(request) {
      const token = newSecret();
      await pool.query(
        `WITH swept AS (
           DELETE FROM bank_verification WHERE token_hash IN (
             SELECT token_hash FROM bank_verification WHERE started_at <= $3::timestamptz - $4 * interval '1 second' LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))
         INSERT INTO bank_verification (token_hash, request, started_at) VALUES ($1, $2, $3)`,
        [sha256(token), request, clock(), KEPT_SECONDS],
      );
      return token;
    },

    async findRequest(token) {
      const { rows } = await pool.query<{ request: string }>(
        'SELECT request FROM bank_verification WHERE token_hash = $1 AND answered_at IS NULL',
        [sha256(token)],
      );
      return rows[0]?.request;
    },

    async keepCode({ token, customerId, code }) {
      const { rowCount } = await pool.query(
        `UPDATE bank_verification SET customer_id = $2, code_hash = $3, codes_sent = codes_sent + 1
         WHERE token_hash = $1 AND answered_at IS NULL AND codes_sent < $4 AND attempts < $5
           AND (customer_id IS NULL OR customer_id = $2)`,
        [sha256(token), customerId, hashCode(token, code), MAX_CODES, MAX_ATTEMPTS],
      );
      return rowCount === 1;
    },

    async tryCode({ token, customerId, code }) {
      const { rows } = await pool.query<{ code_hash: string | null; attempts: number }>(
        `UPDATE bank_verification SET attempts = attempts + 1
         WHERE token_hash = $1 AND customer_id = $2 AND answered_at IS NULL AND attempts < $3 RETURNING code_hash, attempts`,
        [sha256(token), customerId, MAX_ATTEMPTS],
      );
      const row = rows[0];
      if (row?.code_hash == null) return 'OVER';
      if (timingSafeEqual(Buffer.from(row.code_hash), Buffer.from(hashCode(token, code)))) return 'RIGHT';
      return row.attempts < MAX_ATTEMPTS ? 'WRONG' : 'OVER';
    },

    async consumeVerification(token) {
      const { rowCount } = await pool.query(
        'UPDATE bank_verification SET answered_at = $2, code_hash = NULL WHERE token_hash = $1 AND answered_at IS NULL',
        [sha256(token), clock()],
      );
      return rowCount === 1;
    },
  };
}

/** The hash includes the browser's secret: without it, somebody who reads the database could try all codes. */
function hashCode(token: string, code: string): string {
  return sha256(`${token}:${code}`);
}
