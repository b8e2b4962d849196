/** The console's sessions: eight hours at most, fifteen minutes without use, and over at once when the operator is removed. */
import { randomBytes } from 'node:crypto';
import { addSeconds, CLOCK_SKEW_SECONDS } from '@payment-passkeys/protocol';
import {
  CONFIRMATION_SECONDS,
  CONSOLE_IDLE_SECONDS,
  CONSOLE_SESSION_SECONDS,
} from '@payment-passkeys/protocol/console';
import { column, execute, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import { type AuditedChange, entryOfOperator } from '../audit/entry.ts';
import { hashSecret } from '../ceremonies/cookie.ts';
import { MAY_SIGN_IN, OPERATOR, type SignedInOperator } from './operator.ts';

export const CONSOLE_COOKIE = '__Host-console';

/** SameSite=Strict: no navigation from another site sends it. It ends with the browser; on the server the session ends earlier. */
export const CONSOLE_COOKIE_ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

/** A random id of an operator or an invitation: 128 bits. */
export const newOperatorId = (): string => randomBytes(16).toString('base64url');

/** How exact the stored time of the last use is. A request within this time needs no commit. */
const USE_SECONDS = 30;

/** A condition: the session of the statement is neither over nor idle. Its values are {@link live}. */
export const IS_LIVE = sql`operator_session.expires_at > ${'now'}::timestamptz AND operator_session.used_at > ${'idleSince'}::timestamptz`;

const SIGNED_IN = {
  ...OPERATOR,
  expiresAt: column.timestamptz('operator_session.expires_at'),
  confirmedUntil: column.timestamptz('operator_session.confirmed_until'),
};

const FIND = statement({
  name: 'operator-session-find',
  text: sql`WITH used AS (UPDATE operator_session SET used_at = ${'now'}::timestamptz
                          WHERE session_hash = ${'sessionHash'} AND ${IS_LIVE} AND used_at < ${'noteBefore'}::timestamptz)
            SELECT ${selectList(SIGNED_IN)} FROM operator_session JOIN operator USING (operator_id)
            WHERE session_hash = ${'sessionHash'} AND ${IS_LIVE} AND ${MAY_SIGN_IN}`,
  returns: SIGNED_IN,
});

export interface SessionUse {
  /** The cookie's value. */
  readonly secret: string;
  readonly now: Date;
  /** BACKGROUND does not keep the session alive. */
  readonly by: 'OPERATOR' | 'BACKGROUND';
}

/** Undefined if nobody is signed in with this cookie, the session is over, or the operator was removed. */
export async function findSignedIn(pool: Pool, { secret, now, by }: SessionUse): Promise<SignedInOperator | undefined> {
  const noteBefore = by === 'OPERATOR' ? addSeconds(now, -USE_SECONDS) : new Date(0);
  const [found] = await query(pool, FIND, { ...live(now), sessionHash: hashSecret(secret), noteBefore });
  return found;
}

export const live = (now: Date) => ({ now, idleSince: addSeconds(now, -CONSOLE_IDLE_SECONDS) });

const END = statement({
  name: 'operator-session-end',
  text: sql`DELETE FROM operator_session WHERE session_hash = ${'sessionHash'}`,
});

export async function endConsoleSession(pool: Pool, secret: string): Promise<void> {
  await execute(pool, END, { sessionHash: hashSecret(secret) });
}

/** A part of a statement that begins a session for the operator of the part `signed_in`; its values are {@link newSessionValues}. */
export const BEGIN_SESSION = sql`INSERT INTO operator_session (session_hash, operator_id, created_at, used_at, expires_at, confirmed_until)
  SELECT ${'newSessionHash'}::bytea, operator_id, ${'now'}::timestamptz, ${'now'}::timestamptz, ${'sessionExpiresAt'}::timestamptz,
         ${'confirmedUntil'}::timestamptz FROM signed_in`;

export const newSessionValues = (secret: string, now: Date) => ({
  newSessionHash: hashSecret(secret),
  now,
  sessionExpiresAt: addSeconds(now, CONSOLE_SESSION_SECONDS),
  confirmedUntil: addSeconds(now, CONFIRMATION_SECONDS),
});

/** The stored counter never goes back, although the counter of a synced passkey may (see {@link Assertion}). */
const PASSKEY_USED = sql`used AS (UPDATE operator_passkey
  SET sign_count = greatest(sign_count, ${'signCount'}::bigint), last_used_at = ${'now'}::timestamptz
  WHERE credential_id = ${'credentialId'} RETURNING operator_id)`;

export interface PasskeyUse {
  readonly credentialId: Uint8Array;
  readonly assertion: Assertion;
  readonly now: Date;
}

const useValues = ({ credentialId, assertion, now }: PasskeyUse) => ({
  credentialId,
  signCount: assertion.signCount,
  now,
});

/** The entry of the audit trail for the operator of the part `signed_in`. */
export const SIGNED_IN_CHANGE: AuditedChange<never> = {
  action: 'operator.signed-in',
  subject: { kind: 'operator', id: sql`operator_id` },
  from: sql`signed_in`,
};

const SIGN_IN = statement({
  name: 'operator-sign-in',
  text: sql`WITH ${PASSKEY_USED},
                 signed_in AS (UPDATE operator SET last_signed_in_at = ${'now'}::timestamptz
                               WHERE operator_id = (SELECT operator_id FROM used) AND ${MAY_SIGN_IN} RETURNING operator_id, name),
                 ${entryOfOperator(SIGNED_IN_CHANGE)}
            ${BEGIN_SESSION}`,
});

/** Begins a session with a new secret. False if the operator was removed meanwhile. */
export async function beginConsoleSession(pool: Pool, use: PasskeyUse & { readonly secret: string }): Promise<boolean> {
  return (await execute(pool, SIGN_IN, { ...useValues(use), ...newSessionValues(use.secret, use.now) })) === 1;
}

const CONFIRM = statement({
  name: 'operator-confirm',
  text: sql`WITH ${PASSKEY_USED}
            UPDATE operator_session SET confirmed_until = ${'confirmedUntil'}::timestamptz, used_at = ${'now'}::timestamptz
            WHERE session_hash = ${'sessionHash'} AND operator_id = (SELECT operator_id FROM used) AND ${IS_LIVE}
            RETURNING confirmed_until AS "confirmedUntil"`,
  returns: { confirmedUntil: column.timestamptz() },
});

/** Undefined if the passkey is not that of the session's operator, or the session is over. */
export async function confirmByPasskey(
  pool: Pool,
  use: PasskeyUse & { readonly secret: string },
): Promise<Date | undefined> {
  const confirmedUntil = addSeconds(use.now, CONFIRMATION_SECONDS);
  const sessionHash = hashSecret(use.secret);
  const [confirmed] = await query(pool, CONFIRM, { ...useValues(use), ...live(use.now), sessionHash, confirmedUntil });
  return confirmed?.confirmedUntil;
}

const FORGET = statement({
  text: sql`WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true)),
                 sessions AS (DELETE FROM operator_session USING relaxed
                              WHERE expires_at < ${'before'}::timestamptz OR used_at < ${'idleBefore'}::timestamptz),
                 invitations AS (DELETE FROM operator_invitation USING relaxed WHERE expires_at < ${'before'}::timestamptz)
            DELETE FROM operator_attempt USING relaxed WHERE expires_at < ${'before'}::timestamptz`,
});

/** Deletes the sessions, invitations and attempts that are over. */
export async function forgetSignIns(pool: Pool, now: Date): Promise<void> {
  // The clocks of two processes may differ.
  const before = addSeconds(now, -CLOCK_SKEW_SECONDS);
  await execute(pool, FORGET, { before, idleBefore: addSeconds(before, -CONSOLE_IDLE_SECONDS) });
}
