/**
 * Re-keying: moves account indexes to a new key, or to a new normal form. An old row is moved when its account is next presented, because the
 * account's value is known only then.
 */
import type { AccountReferences } from '@payment-passkeys/protocol';
import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type AccountIndex, earlierIndexes, indexAccounts, indexOf, type VaultKeys } from './account-vault.ts';
import { canonicalAccounts, type References } from './canonical-account.ts';

/**
 * Moves every row of these accounts to the version in use and to their normal form. It is one statement, and none at all if there is only one key
 * version and that was made for the present normal form. Safe beside concurrent look-ups, which try every version and form, and beside another
 * process that does the same.
 */
export async function rekeyAccounts(pool: Pool, accounts: References, keys: VaultKeys): Promise<void> {
  const [current, ...others] = keys.index;
  if (current === undefined) return;
  const ofOthers = others.flatMap((old) =>
    canonicalAccounts(accounts).map((account) => ({ account, index: indexOf(account, old) })),
  );
  const stored = [...ofOthers, ...earlierIndexes(accounts, keys)];
  if (stored.length === 0) return;
  const moves = stored.map(({ account, index }) => ({ from: index, to: indexOf(account, current) }));
  await moveIndexes(pool, moves, current.version);
}

/** The accounts' indexes for a binding, by the version in use. */
export interface BindingIndexes {
  readonly accounts: readonly AccountIndex[];
  /** The index of the first card; a merchant's session has one. */
  readonly card: AccountIndex;
}

/**
 * The indexes of accounts that will be bound. Their session may be older than the version in use, so every row of these accounts is moved
 * to that version first: a binding has one version for its card and its accounts.
 */
export async function indexForBinding(
  pool: Pool,
  accounts: AccountReferences,
  keys: VaultKeys,
): Promise<BindingIndexes> {
  await rekeyAccounts(pool, accounts, keys);
  const indexes = indexAccounts(accounts, keys);
  const card = indexes.find(({ kind }) => kind === 'CARD');
  if (card === undefined) throw new Error('What is bound has a card, by the Sessions schema.');
  return { accounts: indexes, card };
}

interface Move {
  readonly from: Buffer;
  readonly to: Buffer;
}

const REKEY = statement({
  name: 'account-rekey',
  // `card_index <> ''` excludes no row, but without it PostgreSQL does not use the index of merchants' bindings, and reads all of them.
  text: sql`WITH move AS (SELECT * FROM unnest(${'from'}::bytea[], ${'to'}::bytea[]) AS move (old_index, new_index)),
                 stale AS (DELETE FROM binding_account USING move WHERE account_index = old_index
                           RETURNING binding_id, new_index, kind, added_at),
                 card AS (UPDATE binding SET card_index = new_index FROM move
                          WHERE card_index = old_index AND card_index <> '' AND NOT EXISTS (
                            SELECT FROM binding AS other WHERE other.passkey_id = binding.passkey_id
                              AND other.client_id = binding.client_id AND other.card_index = new_index)),
                 of_session AS (UPDATE session SET card_index = new_index FROM move
                                  WHERE card_index = old_index),
                 of_search AS (UPDATE session_account SET account_index = substring(new_index FROM 1 FOR 8) FROM move
                               WHERE account_index = substring(old_index FROM 1 FOR 8)),
                 opted_out AS (DELETE FROM confirmation_opt_out USING move WHERE card_index = old_index
                               RETURNING client_id, new_index, opted_out_at),
                 still_out AS (INSERT INTO confirmation_opt_out (client_id, card_index, opted_out_at)
                               SELECT client_id, new_index, opted_out_at FROM opted_out
                               ON CONFLICT (card_index, client_id) DO NOTHING)
            INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
            SELECT binding_id, new_index, ${'version'}, kind, added_at FROM stale
            ON CONFLICT (binding_id, account_index) DO NOTHING`,
});

async function moveIndexes(pool: Pool, moves: readonly Move[], version: number): Promise<void> {
  await execute(pool, REKEY, { from: moves.map(({ from }) => from), to: moves.map(({ to }) => to), version });
}
