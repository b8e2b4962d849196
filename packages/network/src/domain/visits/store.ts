/** Visits in the database. A challenge is consumed by one conditional statement. */
import { addSeconds, CLOCK_SKEW_SECONDS, MANAGE_SECONDS } from '@payment-passkeys/protocol';
import { column, execute, inTransaction, notNull, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import { hashSecret } from '../ceremonies/cookie.ts';
import { PASSKEY_IS_ACTIVE, passkeyUsed, passkeyUseValues } from '../passkeys/store.ts';

/** Does not wait for the disk: after a crash, the page asks for another challenge. */
const BEGIN = statement({
  name: 'visit-begin',
  text: sql`WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true))
            INSERT INTO manage_visit (visit_hash, challenge, expires_at)
            SELECT ${'visitHash'}, ${'challenge'}, ${'expiresAt'}::timestamptz FROM relaxed`,
});

/** Stores a challenge for the browser with this cookie. */
export async function beginVisit(
  pool: Pool,
  { secret, challenge, now }: { readonly secret: string; readonly challenge: Buffer; readonly now: Date },
): Promise<void> {
  await execute(pool, BEGIN, {
    visitHash: hashSecret(secret),
    challenge,
    expiresAt: addSeconds(now, MANAGE_SECONDS),
  });
}

/** A challenge, the browser that it was given to, and the time of the answer. */
export interface VisitChallenge {
  readonly secret: string;
  readonly challenge: Buffer;
  readonly now: Date;
}

const CHALLENGED = sql`visit_hash = ${'visitHash'} AND challenge = ${'challenge'} AND expires_at > ${'now'}`;

const challengeValues = ({ secret, challenge, now }: VisitChallenge) => ({
  visitHash: hashSecret(secret),
  challenge,
  now,
});

const IS_CHALLENGED = statement({
  name: 'visit-challenged',
  text: sql`SELECT FROM manage_visit WHERE ${CHALLENGED}`,
});

/** Whether the challenge is this browser's, unused and in time. */
export async function isChallenged(pool: Pool, given: VisitChallenge): Promise<boolean> {
  return (await execute(pool, IS_CHALLENGED, challengeValues(given))) === 1;
}

const DROP = statement({ name: 'visit-drop', text: sql`DELETE FROM manage_visit WHERE ${CHALLENGED}` });

/** Consumes a challenge that was answered wrongly. */
export async function dropVisit(pool: Pool, given: VisitChallenge): Promise<void> {
  await execute(pool, DROP, challengeValues(given));
}

const SIGN_IN = statement({
  name: 'visit-sign-in',
  text: sql`WITH consumed AS (UPDATE manage_visit
                              SET visit_hash = ${'newVisitHash'}, challenge = NULL, passkey_id = ${'passkeyId'}, expires_at = ${'expiresAt'}
                              WHERE ${CHALLENGED} AND ${PASSKEY_IS_ACTIVE}
                              RETURNING passkey_id),
                 ${passkeyUsed(sql``)}
            SELECT FROM consumed`,
});

/**
 * Consumes the challenge, records the passkey's use, and begins the visit under another cookie than the challenge's. False
 * if the challenge was consumed meanwhile, or the passkey is no longer active.
 */
export async function signInVisit(
  pool: Pool,
  given: VisitChallenge,
  use: {
    readonly newSecret: string;
    readonly passkeyId: string;
    readonly assertion: Assertion;
    readonly seenSignCount: number;
  },
): Promise<boolean> {
  const { newSecret, passkeyId, assertion, seenSignCount } = use;
  const signedIn = await execute(pool, SIGN_IN, {
    ...challengeValues(given),
    newVisitHash: hashSecret(newSecret),
    passkeyId,
    expiresAt: addSeconds(given.now, MANAGE_SECONDS),
    ...passkeyUseValues(assertion, seenSignCount),
  });
  return signedIn === 1;
}

const VISIT = { passkeyId: notNull(column.text('passkey_id')), expiresAt: column.timestamptz('expires_at') };

/** A visit after sign-in. */
export interface Visit {
  readonly passkeyId: string;
  readonly expiresAt: Date;
}

const FIND = statement({
  name: 'visit-find',
  text: sql`SELECT ${selectList(VISIT)} FROM manage_visit
            WHERE visit_hash = ${'visitHash'} AND expires_at > ${'now'}
              AND EXISTS (SELECT FROM passkey WHERE passkey.passkey_id = manage_visit.passkey_id AND status = 'active')`,
  returns: VISIT,
});

/** Undefined if nobody has signed in with this cookie, the visit is over, or its passkey is no longer active. */
export async function findVisit(
  pool: Pool,
  { secret, now }: { readonly secret: string; readonly now: Date },
): Promise<Visit | undefined> {
  return (await query(pool, FIND, { visitHash: hashSecret(secret), now }))[0];
}

const END = statement({ name: 'visit-end', text: sql`DELETE FROM manage_visit WHERE visit_hash = ${'visitHash'}` });

export async function endVisit(pool: Pool, secret: string): Promise<void> {
  await execute(pool, END, { visitHash: hashSecret(secret) });
}

/** What one statement deletes at most. */
const FORGOTTEN_ROWS = 1_000;

const FORGET = statement({
  text: sql`DELETE FROM manage_visit WHERE visit_hash = ANY (ARRAY(
              SELECT visit_hash FROM manage_visit WHERE expires_at < ${'before'} ORDER BY expires_at LIMIT ${FORGOTTEN_ROWS} FOR UPDATE SKIP LOCKED))`,
});

/** Deletes the visits that are over. Several processes share the work, and none waits for the disk. */
export async function forgetVisits(pool: Pool, now: Date): Promise<void> {
  // The clocks of two processes may differ.
  const before = addSeconds(now, -CLOCK_SKEW_SECONDS);
  for (let deleted = FORGOTTEN_ROWS; deleted >= FORGOTTEN_ROWS; ) {
    deleted = await inTransaction(pool, async (connection) => {
      await connection.query('SET LOCAL synchronous_commit = off');
      return execute(connection, FORGET, { before });
    });
  }
}
