/** Operators and their passkeys in the database. */
import { column, nullable, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
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

export async function findOperatorPasskey(pool: Pool, credentialId: Uint8Array): Promise<OperatorPasskey | undefined> {
  return (await query(pool, FIND_PASSKEY, { credentialId }))[0];
}

const PASSKEYS = statement({
  name: 'operator-passkeys',
  text: sql`SELECT ${selectList(PASSKEY)} FROM operator_passkey WHERE operator_id = ${'operatorId'} ORDER BY created_at`,
  returns: PASSKEY,
});

export async function listOperatorPasskeys(pool: Pool, operatorId: string): Promise<readonly OperatorPasskey[]> {
  return query(pool, PASSKEYS, { operatorId });
}

const LISTED = {
  ...OPERATOR,
  role: nullable(column.text<RowOf<typeof OPERATOR>['role']>('operator.role')),
  createdAt: column.timestamptz('created_at'),
  lastSignedInAt: nullable(column.timestamptz('last_signed_in_at')),
};

const LIST = statement({
  text: sql`SELECT ${selectList(LISTED)} FROM operator WHERE removed_at IS NULL ORDER BY name, operator_id`,
  returns: LISTED,
});

/** All who are not removed. */
export async function listOperators(pool: Pool): Promise<readonly RowOf<typeof LISTED>[]> {
  return query(pool, LIST, {});
}
