/** Operators and their passkeys in the database: listed, given another role, removed. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import {
  column,
  execute,
  nullable,
  type Queryable,
  query,
  type RowOf,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import { ServiceError } from '../../platform/errors/errors.ts';
import { type Author, auditEntry, authorValues } from '../audit/entry.ts';
import { OPERATOR } from './operator.ts';

const PASSKEY = {
  operatorId: column.text('operator_id'),
  credentialId: column.bytea('credential_id'),
  userHandle: column.bytea('user_handle'),
  publicKey: column.bytea('public_key'),
  signCount: column.bigint('sign_count'),
  transports: column.textArray('transports'),
};

export type OperatorPasskey = RowOf<typeof PASSKEY>;

const FIND_PASSKEY = statement({
  name: 'operator-passkey-find',
  text: sql`SELECT ${selectList(PASSKEY)} FROM operator_passkey WHERE credential_id = ${'credentialId'}`,
  returns: PASSKEY,
});

export async function findOperatorPasskey(
  database: Queryable,
  credentialId: Uint8Array,
): Promise<OperatorPasskey | undefined> {
  return (await query(database, FIND_PASSKEY, { credentialId }))[0];
}

const PASSKEYS = statement({
  name: 'operator-passkeys',
  text: sql`SELECT ${selectList(PASSKEY)} FROM operator_passkey WHERE operator_id = ${'operatorId'} ORDER BY created_at`,
  returns: PASSKEY,
});

export async function listOperatorPasskeys(
  database: Queryable,
  operatorId: string,
): Promise<readonly OperatorPasskey[]> {
  return query(database, PASSKEYS, { operatorId });
}

const LISTED = {
  ...OPERATOR,
  role: nullable(column.text<OperatorRole>('operator.role')),
  createdAt: column.timestamptz('created_at'),
  lastSignedInAt: nullable(column.timestamptz('last_signed_in_at')),
};

/** An operator who is not removed. */
export type KnownOperator = RowOf<typeof LISTED>;

const LIST = statement({
  text: sql`SELECT ${selectList(LISTED)} FROM operator WHERE removed_at IS NULL ORDER BY name, operator_id`,
  returns: LISTED,
});

/** All who are not removed. */
export async function listOperators(database: Queryable): Promise<readonly KnownOperator[]> {
  return query(database, LIST, {});
}

const FIND = statement({
  text: sql`SELECT ${selectList(LISTED)} FROM operator WHERE operator_id = ${'operatorId'} AND removed_at IS NULL`,
  returns: LISTED,
});

/** Throws {@link ServiceError} OPERATOR_NOT_FOUND, also for one who was removed. */
export async function readOperator(database: Queryable, operatorId: string): Promise<KnownOperator> {
  const [found] = await query(database, FIND, { operatorId });
  if (found === undefined) throw new ServiceError({ code: 'OPERATOR_NOT_FOUND', sourceType: 'SERVICE' });
  return found;
}

/**
 * The administrators, locked, so that two administrators cannot remove each other at the same time: the second statement sees what the first has
 * done.
 */
const ADMINISTRATORS = sql`administrators AS (SELECT operator_id FROM operator WHERE role = 'ADMINISTRATOR' AND removed_at IS NULL
  ORDER BY operator_id FOR UPDATE)`;

const ANOTHER_IS_LEFT = sql`(role IS DISTINCT FROM 'ADMINISTRATOR'
  OR EXISTS (SELECT FROM administrators WHERE administrators.operator_id <> ${'operatorId'}))`;

/** Ends what the operator began with the earlier role: sessions, and invitations that nobody has used. */
const ENDED = sql`sessions AS (DELETE FROM operator_session WHERE operator_id IN (SELECT operator_id FROM changed)),
  invitations AS (DELETE FROM operator_invitation WHERE invited_by IN (SELECT operator_id FROM changed))`;

const CHANGE_ROLE = statement({
  text: sql`WITH ${ADMINISTRATORS},
                 changed AS (UPDATE operator SET role = ${'role'}
                             WHERE operator_id = ${'operatorId'} AND removed_at IS NULL AND oidc_subject IS NULL
                               AND role IS NOT DISTINCT FROM ${'roleBefore'}::text AND (${'role'} = 'ADMINISTRATOR' OR ${ANOTHER_IS_LEFT})
                             RETURNING operator_id),
                 ${ENDED},
                 ${auditEntry({
                   action: 'operator.role-changed',
                   subject: { kind: 'operator', id: sql`operator_id` },
                   before: sql`jsonb_build_object('role', ${'roleBefore'}::text)`,
                   after: sql`jsonb_build_object('role', ${'role'}::text)`,
                   from: sql`changed`,
                 })}
            SELECT FROM changed`,
});

export interface NewRole {
  readonly operatorId: string;
  /** The role before the change; null for an operator whose role was not approved yet. */
  readonly roleBefore: OperatorRole | null;
  readonly role: OperatorRole;
  readonly author: Author;
  readonly now: Date;
}

/**
 * Gives the operator another role, and ends their sessions. Throws {@link ServiceError}: OPERATOR_NOT_FOUND; ROLE_FROM_PROVIDER; LAST_ADMINISTRATOR;
 * OPERATOR_CHANGED if the role is another one by now.
 */
export async function changeRole(connection: Queryable, { author, ...change }: NewRole): Promise<void> {
  const changed = await execute(connection, CHANGE_ROLE, { ...change, ...authorValues(author) });
  if (changed === 1) return;
  const { role, signsInBy } = await readOperator(connection, change.operatorId);
  if (signsInBy === 'OIDC') throw new ServiceError({ code: 'ROLE_FROM_PROVIDER', sourceType: 'SERVICE' });
  const code = role === change.roleBefore ? 'LAST_ADMINISTRATOR' : 'OPERATOR_CHANGED';
  throw new ServiceError({ code, sourceType: 'SERVICE' });
}

const REMOVE = statement({
  text: sql`WITH ${ADMINISTRATORS},
                 changed AS (UPDATE operator SET removed_at = ${'now'}::timestamptz
                             WHERE operator_id = ${'operatorId'} AND removed_at IS NULL AND ${ANOTHER_IS_LEFT}
                             RETURNING operator_id, name, role),
                 ${ENDED},
                 passkeys AS (DELETE FROM operator_passkey WHERE operator_id IN (SELECT operator_id FROM changed)),
                 ${auditEntry({
                   action: 'operator.removed',
                   subject: { kind: 'operator', id: sql`operator_id` },
                   before: sql`jsonb_build_object('name', name, 'role', role)`,
                   from: sql`changed`,
                 })}
            SELECT FROM changed`,
});

/** Removes the operator for good, with passkeys and sessions. Throws {@link ServiceError}: OPERATOR_NOT_FOUND, LAST_ADMINISTRATOR. */
export async function removeOperator(
  connection: Queryable,
  { author, ...removal }: { readonly operatorId: string; readonly author: Author; readonly now: Date },
): Promise<void> {
  if ((await execute(connection, REMOVE, { ...removal, ...authorValues(author) })) === 1) return;
  await readOperator(connection, removal.operatorId);
  throw new ServiceError({ code: 'LAST_ADMINISTRATOR', sourceType: 'SERVICE' });
}
