/** When a version of an account key has done its work, it goes: nothing that it sealed or indexed can be read or found any more. */
import { addSeconds, IDLE_MONTHS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { KeyFolder } from '../keys/key-folder.ts';
import { monthsBefore } from './pass.ts';

type AccountKeyUse = Parameters<KeyFolder['retire']>[0];

/** A process whose clock is behind may write by the older version for a while after the younger one came into use. */
const GRACE_SECONDS = 60 * 60;
/** Of an index version that lapses, in one statement; cascades come on top. */
const BATCH_ROWS = 500;

export interface Retirement {
  readonly use: AccountKeyUse;
  readonly version: number;
}

/**
 * Takes away every version that has a successor in use for more than an hour and that no row needs. Thirteen months after the successor
 * the rows that are left lapse: their accounts were not presented in all that time. Answers what was retired.
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
      if (use === 'account-index' && successor.activeFrom <= monthsBefore(now, IDLE_MONTHS)) await lapse(pool, version);
      if (await isUsed(pool, use, version)) continue;
      if (use === 'account-index') await forgetOptOuts(pool);
      await keys.retire(use, version);
      retired.push({ use, version });
    }
  }
  return retired;
}

const USED = {
  // Among the open sessions, which are those of the last half hour: session_unfinished.
  'account-encryption': `SELECT FROM session WHERE state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'enrolled')
                         AND accounts IS NOT NULL AND get_byte(accounts, 0) = $1`,
  'account-index': 'SELECT FROM binding_account WHERE key_version = $1',
} as const satisfies Record<AccountKeyUse, string>;

async function isUsed(pool: Pool, use: AccountKeyUse, version: number): Promise<boolean> {
  const { rows } = await pool.query<{ used: boolean }>(`SELECT EXISTS (${USED[use]}) AS used`, [version]);
  return rows[0]?.used !== false;
}

/** Of accounts that no passkey is bound to any more: nothing could find them. */
async function forgetOptOuts(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM confirmation_opt_out AS opt_out
     WHERE NOT EXISTS (SELECT FROM binding_account WHERE account_index = opt_out.card_index)`,
  );
}

/** A merchant's binding goes with its card: it stands for nothing any more. */
async function lapse(pool: Pool, version: number): Promise<void> {
  for (let lapsed = BATCH_ROWS; lapsed >= BATCH_ROWS; ) {
    const { rows } = await pool.query<{ lapsed: string }>(
      `WITH lapsed AS (DELETE FROM binding_account WHERE ctid = ANY (ARRAY(
                         SELECT ctid FROM binding_account WHERE key_version = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
                       RETURNING binding_id, account_index),
            emptied AS (DELETE FROM binding USING lapsed
                        WHERE binding.binding_id = lapsed.binding_id AND card_index = account_index)
       SELECT count(*) AS lapsed FROM lapsed`,
      [version, BATCH_ROWS],
    );
    lapsed = Number(rows[0]?.lapsed);
  }
}
