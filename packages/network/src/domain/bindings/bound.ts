/** The parts of a statement that bind a passkey: the binding, and the accounts that it stands for. */
import { type Sql, sql } from '@payment-passkeys/storage';
import type { AccountIndex } from '../accounts/account-vault.ts';

export type BindingValue = 'bindingId' | 'accountIndexes' | 'keyVersions' | 'accountKinds' | 'now';

/** `consumed` is the session of the ceremony: if it has no row, nothing is bound. */
const INSERT_BINDING = sql`
  INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, created_at, updated_at)
  SELECT ${'bindingId'}, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, ${'now'}, ${'now'} FROM consumed`;

const ACCOUNTS_ADDED = sql`
  added AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
            SELECT binding_id, account_index, key_version, kind, ${'now'}
            FROM bound, unnest(${'accountIndexes'}::bytea[], ${'keyVersions'}::integer[], ${'accountKinds'}::text[])
                          AS account (account_index, key_version, kind)
            ON CONFLICT (binding_id, account_index) DO NOTHING)`;

/** Creates the binding, or adds to the existing one. */
export const BOUND_OR_UPDATED: Sql<BindingValue> = sql`
  bound AS (${INSERT_BINDING}
            ON CONFLICT (passkey_id, client_id, card_index) DO UPDATE SET updated_at = ${'now'}
            RETURNING binding_id, passkey_id), ${ACCOUNTS_ADDED}`;

/** Creates the binding if `isNew`; fails with a unique violation if it exists. */
export const BOUND_IF_NEW: Sql<BindingValue | 'isNew'> = sql`
  bound AS (${INSERT_BINDING} WHERE ${'isNew'}::boolean RETURNING binding_id), ${ACCOUNTS_ADDED}`;

/** The values of these parts, except `isNew` and `now`. */
export function bindingValues(bindingId: string | undefined, accounts: readonly AccountIndex[]) {
  return {
    bindingId,
    accountIndexes: accounts.map(({ index }) => index),
    keyVersions: accounts.map(({ keyVersion }) => keyVersion),
    accountKinds: accounts.map(({ kind }) => kind),
  };
}
