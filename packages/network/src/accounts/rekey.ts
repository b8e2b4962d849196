/**
 * Account indexes under a new key, or in a new normal form: a row that an older version made is re-keyed when its account is next presented,
 * as only then its value is known.
 */
import type { Pool } from 'pg';
import { earlierIndexes, indexOf, type VaultKeys } from './account-vault.ts';
import { canonicalAccounts, type References } from './canonical-account.ts';

/**
 * Moves every row of these accounts to the version that is in use, and to their normal form. One statement, and none at all while there is one
 * version only, made since the present normal form: safe beside lookups, which try every version and form, and beside another process that does
 * the same.
 */
export async function rekeyAccounts(pool: Pool, accounts: References, keys: VaultKeys): Promise<void> {
  const [current, ...others] = keys.index;
  if (current === undefined) return;
  const ofOthers = canonicalAccounts(accounts).flatMap((account) =>
    others.map((old) => ({ account, index: indexOf(account, old) })),
  );
  const stored = [...ofOthers, ...earlierIndexes(accounts, keys)];
  if (stored.length === 0) return;
  const moves = stored.map(({ account, index }) => ({ from: index, to: indexOf(account, current) }));
  await moveIndexes(pool, moves, current.version);
}

interface Move {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** `card_index <> ''` says nothing new, but without it PostgreSQL does not take the index of merchants' bindings, and reads all of them. */
async function moveIndexes(pool: Pool, moves: readonly Move[], version: number): Promise<void> {
  await pool.query({
    name: 'account-rekey',
    text: `WITH move AS (SELECT * FROM unnest($1::bytea[], $2::bytea[]) AS move (old_index, new_index)),
                stale AS (DELETE FROM binding_account USING move WHERE account_index = old_index
                          RETURNING binding_id, new_index, kind, added_at),
                card AS (UPDATE binding SET card_index = new_index FROM move
                         WHERE card_index = old_index AND card_index <> '' AND NOT EXISTS (
                           SELECT FROM binding AS other WHERE other.passkey_id = binding.passkey_id
                             AND other.client_id = binding.client_id AND other.card_index = new_index)),
                of_session AS (UPDATE session SET card_index = new_index FROM move
                                 WHERE card_index = old_index)
           INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
           SELECT binding_id, new_index, $3, kind, added_at FROM stale
           ON CONFLICT (binding_id, account_index) DO NOTHING`,
    values: [moves.map(({ from }) => from), moves.map(({ to }) => to), version],
  });
}
