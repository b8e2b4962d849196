/** Operators who sign in by the organisation's OpenID provider: their attempts, their role, their sessions. */
import { addSeconds } from '@payment-passkeys/protocol';
import { CONFIRMATION_SECONDS, type OperatorRole } from '@payment-passkeys/protocol/console';
import { column, execute, notNull, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { OidcSettings } from '../../platform/config/console-settings.ts';
import { entryOfOperator } from '../audit/entry.ts';
import { hashSecret } from '../ceremonies/cookie.ts';
import { ATTEMPT_SECONDS } from './attempts.ts';
import { BEGIN_SESSION, IS_LIVE, live, newOperatorId, newSessionValues, SIGNED_IN_CHANGE } from './sessions.ts';

/** SameSite=Lax, in contrast to the session's cookie: the provider's answer is a navigation from another site. */
export const OIDC_COOKIE = '__Host-console-oidc';

/** What the provider's answer is compared with. */
export interface OidcAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The console's page to return to. */
  readonly returnTo: string;
  /** Epoch milliseconds. */
  readonly begunAt: number;
  /** The hash of the console session that is confirmed, base64url; absent for a sign-in. */
  readonly confirms?: string;
}

const BEGIN = statement({
  text: sql`INSERT INTO operator_attempt (attempt_hash, kind, oidc, expires_at) VALUES (${'attemptHash'}, 'OIDC', ${'oidc'}::jsonb, ${'expiresAt'})`,
});

/** Stores the attempt for the browser with this cookie. */
export async function beginOidcAttempt(pool: Pool, secret: string, attempt: OidcAttempt): Promise<void> {
  const expiresAt = addSeconds(new Date(attempt.begunAt), ATTEMPT_SECONDS);
  await execute(pool, BEGIN, { attemptHash: hashSecret(secret), oidc: attempt, expiresAt });
}

const CONSUME = statement({
  text: sql`DELETE FROM operator_attempt WHERE attempt_hash = ${'attemptHash'} AND kind = 'OIDC' AND expires_at > ${'now'} RETURNING oidc`,
  returns: { oidc: notNull(column.jsonb<OidcAttempt>()) },
});

/** The attempt of this browser, once and in time. */
export async function consumeOidcAttempt(pool: Pool, secret: string, now: Date): Promise<OidcAttempt | undefined> {
  return (await query(pool, CONSUME, { attemptHash: hashSecret(secret), now }))[0]?.oidc;
}

/** Who somebody is at the provider. */
export interface OidcIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** The one role that the claim names; undefined if it names none that is known, or several. */
export function readRole(claim: unknown, { roles }: Pick<OidcSettings, 'roles'>): OperatorRole | undefined {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  const named = new Set(values.flatMap((value) => (typeof value === 'string' ? (roles.get(value) ?? []) : [])));
  return named.size === 1 ? [...named][0] : undefined;
}

/** The operator is the author of all these entries: the provider says who they are, and which role they have. */
const ENTRIES = entryOfOperator(
  {
    ...SIGNED_IN_CHANGE,
    action: 'operator.joined',
    after: sql`jsonb_build_object('name', name, 'role', role)`,
    from: sql`signed_in WHERE NOT EXISTS (SELECT FROM known)`,
  },
  {
    ...SIGNED_IN_CHANGE,
    action: 'operator.role-changed',
    before: sql`jsonb_build_object('role', (SELECT role FROM known))`,
    after: sql`jsonb_build_object('role', role)`,
    from: sql`signed_in WHERE role <> (SELECT role FROM known)`,
  },
  SIGNED_IN_CHANGE,
);

const IS_IDENTITY = sql`operator.oidc_issuer = ${'issuer'} AND operator.oidc_subject = ${'subject'}`;

const SIGN_IN = statement({
  text: sql`WITH known AS (SELECT operator_id, role FROM operator WHERE ${IS_IDENTITY}),
                 signed_in AS (INSERT INTO operator (operator_id, name, role, oidc_issuer, oidc_subject, created_at, last_signed_in_at)
                               VALUES (${'operatorId'}, ${'name'}, ${'role'}, ${'issuer'}, ${'subject'}, ${'now'}::timestamptz, ${'now'}::timestamptz)
                               ON CONFLICT (oidc_issuer, oidc_subject) DO UPDATE
                                 SET name = excluded.name, role = excluded.role, last_signed_in_at = excluded.last_signed_in_at
                                 WHERE operator.removed_at IS NULL
                               RETURNING operator_id, name, role),
                 ended AS (DELETE FROM operator_session
                           WHERE operator_id IN (SELECT operator_id FROM known WHERE role <> ${'role'})),
                 ${ENTRIES}
            ${BEGIN_SESSION}`,
});

export interface OidcSignIn extends OidcIdentity {
  readonly name: string;
  readonly role: OperatorRole;
  /** The secret of the session that begins. */
  readonly secret: string;
  /** Whether the provider has just authenticated the operator, so that dangerous actions are accepted. */
  readonly confirmed: boolean;
  readonly now: Date;
}

/**
 * Begins a session, with the name and the role that the provider has just said; sessions with another role end. False for an operator who was
 * removed at the console: the provider does not bring them back.
 */
export async function signInByOidc(pool: Pool, given: OidcSignIn): Promise<boolean> {
  const { secret, confirmed, ...signIn } = given;
  const session = newSessionValues(secret, given.now);
  const confirmedUntil = confirmed ? session.confirmedUntil : given.now;
  return (await execute(pool, SIGN_IN, { ...signIn, ...session, confirmedUntil, operatorId: newOperatorId() })) === 1;
}

const CONFIRM = statement({
  text: sql`UPDATE operator_session SET confirmed_until = ${'confirmedUntil'}::timestamptz, used_at = ${'now'}::timestamptz
            FROM operator
            WHERE session_hash = ${'sessionHash'} AND operator.operator_id = operator_session.operator_id AND ${IS_IDENTITY} AND ${IS_LIVE}`,
});

/** False if the session is over, or belongs to another operator than the one whom the provider has authenticated. */
export async function confirmByOidc(
  pool: Pool,
  { confirms, now, ...identity }: OidcIdentity & { readonly confirms: string; readonly now: Date },
): Promise<boolean> {
  const values = { ...live(now), ...identity, confirmedUntil: addSeconds(now, CONFIRMATION_SECONDS) };
  return (await execute(pool, CONFIRM, { ...values, sessionHash: Buffer.from(confirms, 'base64url') })) === 1;
}
