/** Invitations of operators: each makes one operator, within fifteen minutes. */
import { addSeconds } from '@payment-passkeys/protocol';
import { INVITATION_SECONDS, type OperatorRole } from '@payment-passkeys/protocol/console';
import { column, execute, nullable, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Registration } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { Config } from '../../platform/config/config.ts';
import { hashSecret, newSecret } from '../ceremonies/cookie.ts';
import { BEGIN_SESSION, newOperatorId, newSessionValues } from './sessions.ts';

export interface Invited {
  readonly name: string;
  readonly role: OperatorRole;
  /** The id of the operator who invites; undefined for the command line. */
  readonly invitedBy: string | undefined;
  readonly now: Date;
}

export interface NewInvitation {
  readonly invitationId: string;
  /** For the invited person alone; only its hash is stored. */
  readonly token: string;
  readonly expiresAt: Date;
}

const INVITE = statement({
  name: 'operator-invite',
  text: sql`INSERT INTO operator_invitation (invitation_id, token_hash, name, role, invited_by, created_at, expires_at)
            VALUES (${'invitationId'}, ${'tokenHash'}, ${'name'}, ${'role'}, ${'invitedBy'}, ${'now'}, ${'expiresAt'})`,
});

export async function inviteOperator(pool: Pool, invited: Invited): Promise<NewInvitation> {
  const [invitationId, token] = [newOperatorId(), newSecret()];
  const expiresAt = addSeconds(invited.now, INVITATION_SECONDS);
  await execute(pool, INVITE, { ...invited, invitationId, tokenHash: hashSecret(token), expiresAt });
  return { invitationId, token, expiresAt };
}

const HAS_OPERATOR = statement({ text: sql`SELECT FROM operator WHERE removed_at IS NULL LIMIT 1` });

/** The address of an invitation for the first administrator; undefined without a console, and if there is an operator already. */
export async function inviteFirstOperator({
  pool,
  clock,
  config,
}: {
  readonly pool: Pool;
  readonly clock: () => Date;
  readonly config: Pick<Config, 'console'>;
}): Promise<string | undefined> {
  if (config.console === undefined || (await execute(pool, HAS_OPERATOR, {})) > 0) return undefined;
  const first = { name: 'First operator', role: 'ADMINISTRATOR', invitedBy: undefined, now: clock() } as const;
  return invitationUri(config.console.url, (await inviteOperator(pool, first)).token);
}

/** The token is in the fragment, which no browser sends to a server. */
export function invitationUri(consoleUrl: string, token: string): string {
  return `${consoleUrl}/invitation#${token}`;
}

const IS_OPEN = sql`token_hash = ${'tokenHash'} AND operator_invitation.expires_at > ${'now'}::timestamptz`;

const OPENED = { name: column.text('name'), role: column.text<OperatorRole>('role') };

const OPEN = statement({
  name: 'operator-invitation-open',
  text: sql`UPDATE operator_invitation SET challenge = ${'challenge'}, user_handle = ${'userHandle'} WHERE ${IS_OPEN}
            RETURNING ${selectList(OPENED)}`,
  returns: OPENED,
});

/** Stores what the new passkey has to answer. Undefined if the invitation was used, was withdrawn or has expired. */
export async function openInvitation(
  pool: Pool,
  opened: {
    readonly token: string;
    readonly challenge: Uint8Array;
    readonly userHandle: Uint8Array;
    readonly now: Date;
  },
): Promise<RowOf<typeof OPENED> | undefined> {
  const { token, challenge, userHandle, now } = opened;
  return (await query(pool, OPEN, { tokenHash: hashSecret(token), challenge, userHandle, now }))[0];
}

const ACCEPTED = { operatorId: column.text('operator_id'), name: column.text('name') };

/** With approvals the role of an operator who was invited at the console is left out: see ACCEPT's `role`. */
const ACCEPT = statement({
  name: 'operator-invitation-accept',
  text: sql`WITH invitation AS (DELETE FROM operator_invitation WHERE ${IS_OPEN} AND challenge = ${'challenge'}
                                RETURNING name, role, invited_by, user_handle),
                 added AS (INSERT INTO operator (operator_id, name, role, created_at, last_signed_in_at)
                           SELECT ${'operatorId'}, name, CASE WHEN invited_by IS NULL OR NOT ${'approvals'}::boolean THEN role END,
                                  ${'now'}::timestamptz, ${'now'}::timestamptz FROM invitation
                           RETURNING operator_id, name, role),
                 passkey AS (INSERT INTO operator_passkey
                               (credential_id, operator_id, user_handle, public_key, sign_count, transports, created_at, last_used_at)
                             SELECT ${'credentialId'}::bytea, ${'operatorId'}, user_handle, ${'publicKey'}::bytea, ${'signCount'}::bigint,
                                    ${'transports'}::text[], ${'now'}::timestamptz, ${'now'}::timestamptz FROM invitation),
                 signed_in AS (SELECT operator_id FROM added WHERE role IS NOT NULL),
                 session AS (${BEGIN_SESSION})
            SELECT added.operator_id AS "operatorId", added.name AS name, added.role AS role, invitation.role AS "invitedRole",
                   invitation.invited_by AS "invitedBy"
            FROM added, invitation`,
  returns: {
    ...ACCEPTED,
    role: nullable(column.text<OperatorRole>()),
    invitedRole: column.text<OperatorRole>(),
    invitedBy: nullable(column.text()),
  },
});

export interface Acceptance {
  readonly token: string;
  readonly challenge: Uint8Array;
  readonly registration: Registration;
  /** Of the session that begins. */
  readonly secret: string;
  /** Whether the role of somebody who was invited at the console waits for a second administrator. */
  readonly approvals: boolean;
  readonly now: Date;
}

/**
 * Consumes the invitation, makes the operator with the passkey, and begins a session; no session without a role. Undefined if the invitation was used,
 * was withdrawn, has expired or was opened again meanwhile. Throws a unique_violation for a passkey that is known.
 */
export async function acceptInvitation(pool: Pool, acceptance: Acceptance) {
  const { token, challenge, registration, secret, approvals, now } = acceptance;
  const { credentialId, publicKey, signCount, transports } = registration;
  const [accepted] = await query(pool, ACCEPT, {
    tokenHash: hashSecret(token),
    challenge,
    operatorId: newOperatorId(),
    credentialId,
    publicKey,
    signCount,
    transports,
    approvals,
    ...newSessionValues(secret, now),
  });
  return accepted;
}
