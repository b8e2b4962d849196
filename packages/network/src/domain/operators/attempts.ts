/** Sign-ins and confirmations under way. An attempt is consumed by one conditional statement. */
import { addSeconds } from '@payment-passkeys/protocol';
import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { hashSecret } from '../ceremonies/cookie.ts';

/** The cookie of a sign-in: it proves that the challenge was given to this browser. */
export const ATTEMPT_COOKIE = '__Host-console-attempt';
/** How long an attempt can be answered. */
export const ATTEMPT_SECONDS = 5 * 60;

/** Who has to answer, and with what. */
export interface Attempt {
  readonly kind: 'SIGN_IN' | 'CONFIRM';
  /** The value of the cookie: for a sign-in the attempt's cookie, for a confirmation the cookie of the console session. */
  readonly secret: string;
  readonly challenge: Uint8Array;
  readonly now: Date;
}

const BEGIN = statement({
  name: 'operator-attempt-begin',
  text: sql`INSERT INTO operator_attempt (attempt_hash, kind, challenge, expires_at)
            VALUES (${'attemptHash'}, ${'kind'}, ${'challenge'}, ${'expiresAt'})
            ON CONFLICT (attempt_hash) DO UPDATE SET kind = excluded.kind, challenge = excluded.challenge, expires_at = excluded.expires_at`,
});

/** A second confirmation of the same session replaces the first. */
export async function beginAttempt(pool: Pool, { kind, secret, challenge, now }: Attempt): Promise<void> {
  const expiresAt = addSeconds(now, ATTEMPT_SECONDS);
  await execute(pool, BEGIN, { attemptHash: hashSecret(secret), kind, challenge, expiresAt });
}

const CONSUME = statement({
  name: 'operator-attempt-consume',
  text: sql`DELETE FROM operator_attempt
            WHERE attempt_hash = ${'attemptHash'} AND kind = ${'kind'} AND challenge = ${'challenge'} AND expires_at > ${'now'}`,
});

/** Whether the challenge is this browser's, unused and in time. From now on it is used, whatever the answer is. */
export async function consumeAttempt(pool: Pool, { kind, secret, challenge, now }: Attempt): Promise<boolean> {
  return (await execute(pool, CONSUME, { attemptHash: hashSecret(secret), kind, challenge, now })) === 1;
}
