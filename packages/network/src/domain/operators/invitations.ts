/** Invitations of operators: each makes one operator, within fifteen minutes. */
import { addSeconds } from '@payment-passkeys/protocol';
import { INVITATION_SECONDS, type OperatorRole } from '@payment-passkeys/protocol/console';
import { column, execute, outer, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Registration } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { Config } from '../../platform/config/config.ts';
import { type Author, auditEntry, authorValues, operatorActor } from '../audit/entry.ts';
import { hashSecret, newSecret } from '../ceremonies/cookie.ts';
import { BEGIN_SESSION, newOperatorId, newSessionValues } from './sessions.ts';

export interface Invited {
  readonly name: string;
  readonly role: OperatorRole;
  /** An operator, or the command line. */
  readonly author: Author;
  readonly now: Date;
}

export interface NewInvitation {
  readonly invitationId: string;
  /** For the invited person alone; only its hash is stored. */
  readonly token: string;
  readonly expiresAt: Date;
}

const INVITE = statement({
  text: sql`WITH invited AS (INSERT INTO operator_invitation (invitation_id, token_hash, name, role, invited_by, created_at, expires_at)
                             VALUES (${'invitationId'}, ${'tokenHash'}, ${'name'}, ${'role'}, ${'invitedBy'}, ${'now'}, ${'expiresAt'})
                             RETURNING invitation_id, name, role),
                 ${auditEntry({
                   action: 'operator.invited',
                   subject: { kind: 'invitation', id: sql`invitation_id` },
                   after: sql`jsonb_build_object('name', name, 'role', role)`,
                   from: sql`invited`,
                 })}
            SELECT FROM invited`,
});

export async function inviteOperator(pool: Pool, { author, ...invited }: Invited): Promise<NewInvitation> {
  const [invitationId, token] = [newOperatorId(), newSecret()];
  const expiresAt = addSeconds(invited.now, INVITATION_SECONDS);
  const invitedBy = author.actor.kind === 'OPERATOR' ? author.actor.id : undefined;
  const tokenHash = hashSecret(token);
  const values = { ...invited, ...authorValues(author), invitationId, tokenHash, invitedBy, expiresAt };
  await execute(pool, INVITE, values);
  return { invitationId, token, expiresAt };
}

const HAS_OPERATOR = statement({ text: sql`SELECT FROM operator WHERE removed_at IS NULL LIMIT 1` });

/** The address of an invitation for the first administrator; undefined if there is no console, or if there is an operator already. */
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
  const first = {
    name: 'First operator',
    role: 'ADMINISTRATOR',
    author: { actor: { kind: 'NETWORK' } },
    now: clock(),
  } as const;
  return invitationUri(config.console.url, (await inviteOperator(pool, first)).token);
}

/** The token is in the fragment, which no browser sends to a server. */
export function invitationUri(consoleUrl: string, token: string): string {
  return `${consoleUrl}/invitation#${token}`;
}

const IS_OPEN = sql`token_hash = ${'tokenHash'} AND operator_invitation.expires_at > ${'now'}::timestamptz`;

const OPEN_INVITATION = {
  invitationId: column.text('invitation_id'),
  name: column.text('operator_invitation.name'),
  role: column.text<OperatorRole>('operator_invitation.role'),
  expiresAt: column.timestamptz('expires_at'),
};
const INVITER = outer({
  inviterId: column.text('operator.operator_id'),
  inviterName: column.text('operator.name'),
});
const INVITATION = { ...OPEN_INVITATION, ...INVITER };

/** An invitation that nobody has used yet. Without an inviter it comes from the command line. */
export type Invitation = RowOf<typeof INVITATION>;

const LIST = statement({
  text: sql`SELECT ${selectList(INVITATION)} FROM operator_invitation LEFT JOIN operator ON operator.operator_id = invited_by
            WHERE expires_at > ${'now'} ORDER BY operator_invitation.created_at, invitation_id`,
  returns: INVITATION,
});

export async function listInvitations(pool: Pool, now: Date): Promise<readonly Invitation[]> {
  return query(pool, LIST, { now });
}

const WITHDRAW = statement({
  text: sql`WITH withdrawn AS (DELETE FROM operator_invitation WHERE invitation_id = ${'invitationId'} AND expires_at > ${'now'}::timestamptz
                               RETURNING invitation_id, name, role),
                 ${auditEntry({
                   action: 'operator.invitation-withdrawn',
                   subject: { kind: 'invitation', id: sql`invitation_id` },
                   before: sql`jsonb_build_object('name', name, 'role', role)`,
                   from: sql`withdrawn`,
                 })}
            SELECT FROM withdrawn`,
});

/** False if it was used, was withdrawn or has expired. */
export async function withdrawInvitation(
  pool: Pool,
  { author, ...withdrawn }: { readonly invitationId: string; readonly author: Author; readonly now: Date },
): Promise<boolean> {
  return (await execute(pool, WITHDRAW, { ...withdrawn, ...authorValues(author) })) === 1;
}

const OPEN = statement({
  text: sql`UPDATE operator_invitation SET challenge = ${'challenge'}, user_handle = ${'userHandle'} WHERE ${IS_OPEN}
            RETURNING ${selectList(OPEN_INVITATION)}`,
  returns: OPEN_INVITATION,
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
): Promise<RowOf<typeof OPEN_INVITATION> | undefined> {
  const { token, challenge, userHandle, now } = opened;
  return (await query(pool, OPEN, { tokenHash: hashSecret(token), challenge, userHandle, now }))[0];
}

const FIND = statement({
  text: sql`SELECT ${selectList(INVITATION)} FROM operator_invitation LEFT JOIN operator ON operator.operator_id = invited_by
            WHERE ${IS_OPEN} AND challenge = ${'challenge'}`,
  returns: INVITATION,
});

const ACCEPT = statement({
  text: sql`WITH invitation AS (DELETE FROM operator_invitation WHERE ${IS_OPEN} AND challenge = ${'challenge'} RETURNING user_handle),
                 added AS (INSERT INTO operator (operator_id, name, role, created_at, last_signed_in_at)
                           SELECT ${'operatorId'}, ${'name'}, ${'role'}::text, ${'now'}::timestamptz,
                                  CASE WHEN ${'role'}::text IS NOT NULL THEN ${'now'}::timestamptz END FROM invitation
                           RETURNING operator_id, name, role),
                 passkey AS (INSERT INTO operator_passkey
                               (credential_id, operator_id, user_handle, public_key, sign_count, transports, created_at, last_used_at)
                             SELECT ${'credentialId'}::bytea, ${'operatorId'}, user_handle, ${'publicKey'}::bytea, ${'signCount'}::bigint,
                                    ${'transports'}::text[], ${'now'}::timestamptz, ${'now'}::timestamptz FROM invitation RETURNING true),
                 signed_in AS (SELECT operator_id FROM added WHERE role IS NOT NULL),
                 session AS (${BEGIN_SESSION} RETURNING true),
                 ${auditEntry({
                   action: 'operator.joined',
                   subject: { kind: 'operator', id: sql`operator_id` },
                   after: sql`jsonb_build_object('name', name, 'role', role)`,
                   from: sql`added`,
                 })}
            SELECT FROM added`,
});

export interface Acceptance {
  readonly token: string;
  readonly challenge: Uint8Array;
  readonly registration: Registration;
  /** The secret of the session that begins. */
  readonly secret: string;
  /** Whether the role of somebody who was invited by an operator waits for a second administrator. */
  readonly approvals: boolean;
  readonly now: Date;
}

/** Without a role, the operator cannot sign in before a second administrator approves it. */
export interface Accepted {
  readonly operatorId: string;
  readonly role: OperatorRole | undefined;
  readonly invitation: Invitation;
}

/**
 * Consumes the invitation, makes the operator with the passkey, and begins a session if the operator has a role. Undefined if the invitation was
 * used, was withdrawn, has expired or was opened again meanwhile. Throws a unique_violation for a passkey that is known.
 */
export async function acceptInvitation(pool: Pool, acceptance: Acceptance): Promise<Accepted | undefined> {
  const { token, challenge, registration, secret, approvals, now } = acceptance;
  const given = { tokenHash: hashSecret(token), challenge, now };
  const [invitation] = await query(pool, FIND, given);
  if (invitation === undefined) return undefined;
  const { name, inviterId, inviterName } = invitation;
  const operatorId = newOperatorId();
  const role = approvals && inviterId !== null ? undefined : invitation.role;
  const inviter = inviterId === null ? undefined : operatorActor({ operatorId: inviterId, name: inviterName ?? '' });
  const { credentialId, publicKey, signCount, transports } = registration;
  const accepted = await execute(pool, ACCEPT, {
    ...given,
    ...newSessionValues(secret, now),
    ...authorValues({ actor: operatorActor({ operatorId, name }), onBehalfOf: inviter }),
    operatorId,
    name,
    role,
    credentialId,
    publicKey,
    signCount,
    transports,
  });
  return accepted === 1 ? { operatorId, role, invitation } : undefined;
}
