/** What the bank keeps while a cardholder confirms a card: the request as it was received, the customer, the attempts. */
import { timingSafeEqual } from 'node:crypto';
import { newSecret, sha256 } from '@payment-passkeys/web';
import type { Pool } from 'pg';

/** The network accepts no answer after five minutes; a row is deleted after an hour. */
const KEPT_SECONDS = 60 * 60;
const SWEEP_ROWS = 20;
/** For one request: a guess of six digits is right in 5 of 1,000,000 cases. */
const MAX_ATTEMPTS = 5;
const MAX_CODES = 8;

export interface VerificationStore {
  /** Keeps a new one; answers the value of its cookie. */
  addVerification(request: string): Promise<string>;
  /** Undefined where there is none, or it was answered. */
  findRequest(token: string): Promise<string | undefined>;
  /** Binds the verification to this customer for good, and keeps the code. False where it is another customer's, or too many codes were sent. */
  keepCode(kept: { readonly token: string; readonly customerId: string; readonly code: string }): Promise<boolean>;
  /** Counts the attempt before it compares the code, so that many at once count as many. */
  tryCode(attempt: {
    readonly token: string;
    readonly customerId: string;
    readonly code: string;
  }): Promise<'RIGHT' | 'WRONG' | 'OVER'>;
  /** Uses the verification up: true for one caller, who may answer the network. */
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

/** With the browser's secret: of a code alone, all values can be tried against the hash. */
function hashCode(token: string, code: string): string {
  return sha256(`${token}:${code}`);
}
