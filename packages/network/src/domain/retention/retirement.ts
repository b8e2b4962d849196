/**
 * Retirement: a version of an account key is deleted when no row needs it any more. After that, nothing that it sealed can be read, and
 * nothing that it indexed can be found.
 */
import { addSeconds, IDLE_MONTHS } from '@payment-passkeys/protocol';
import { column, execute, query, type Statement, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { KeyFolder } from '../keys/key-folder.ts';
import { UNFINISHED } from '../sessions/states-in-sql.ts';
import { monthsBefore } from './pass.ts';

type AccountKeyUse = Parameters<KeyFolder['retire']>[0];

/** A process with a slow clock may still use the older version after the new one came into use. */
const GRACE_SECONDS = 60 * 60;
/** A statement deletes at most this many rows of a lapsing version; cascades are additional. */
const BATCH_ROWS = 500;

export interface Retirement {
  readonly use: AccountKeyUse;
  readonly version: number;
}

/**
 * Retires every version that no row needs, once its successor has been in use for more than an hour. Thirteen months after the successor
 * came into use, the remaining rows are deleted: their accounts were not presented in that time. Returns the retired versions.
 */
export async function retireAccountKeys(network: {
  readonly pool: Pool;
  readonly keys: KeyFolder;
  readonly clock: () => Date;
}): Promise<readonly Retirement[]> {
  const { pool, keys } = network;
  const now = network.clock();
  const retired: Retirement[] = [];
  for (const use of ['account-encryption', 'account-index'] as const) {
    const secrets = keys.secrets(use);
    for (const [position, { version }] of secrets.entries()) {
      const successor = secrets[position + 1];
      if (successor === undefined || addSeconds(successor.activeFrom, GRACE_SECONDS) > now) continue;
      if (use === 'account-index' && successor.activeFrom <= monthsBefore(now, IDLE_MONTHS))
        await deleteIndexedAccounts(pool, version);
      if (await isUsed(pool, use, version)) continue;
      if (use === 'account-index') await forgetOptOuts(pool);
      await keys.retire(use, version);
      retired.push({ use, version });
    }
  }
  return retired;
}

const used = { used: column.boolean() };

const USED: { readonly [Use in AccountKeyUse]: Statement<'version', typeof used> } = {
  // Searches only the open sessions, those of the last half hour, by the index session_expiry.
  'account-encryption': statement({
    text: sql`SELECT EXISTS (SELECT FROM session
                             WHERE ${UNFINISHED} AND accounts IS NOT NULL AND get_byte(accounts, 0) = ${'version'}) AS used`,
    returns: used,
  }),
  'account-index': statement({
    text: sql`SELECT EXISTS (SELECT FROM binding_account WHERE key_version = ${'version'}) AS used`,
    returns: used,
  }),
};

async function isUsed(pool: Pool, use: AccountKeyUse, version: number): Promise<boolean> {
  const [row] = await query(pool, USED[use], { version });
  return row?.used !== false;
}

const FORGET_OPT_OUTS = statement({
  text: sql`DELETE FROM confirmation_opt_out AS opt_out
            WHERE NOT EXISTS (SELECT FROM binding_account WHERE account_index = opt_out.card_index)`,
});

/** Deletes the opt-outs of accounts without a bound passkey: nothing can find them any more. */
async function forgetOptOuts(pool: Pool): Promise<void> {
  await execute(pool, FORGET_OPT_OUTS, {});
}

const DELETE_INDEXED_ACCOUNTS = statement({
  text: sql`WITH deleted AS (DELETE FROM binding_account WHERE ctid = ANY (ARRAY(
                              SELECT ctid FROM binding_account WHERE key_version = ${'version'} LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED))
                            RETURNING binding_id, account_index),
                 emptied AS (DELETE FROM binding USING deleted
                             WHERE binding.binding_id = deleted.binding_id AND card_index = account_index)
            SELECT FROM deleted`,
});

/**
 * Deletes the accounts that the version has indexed. A merchant's binding is deleted with its card, because it has no meaning without it.
 */
async function deleteIndexedAccounts(pool: Pool, version: number): Promise<void> {
  for (let deleted = BATCH_ROWS; deleted >= BATCH_ROWS; ) {
    deleted = await execute(pool, DELETE_INDEXED_ACCOUNTS, { version });
  }
}
