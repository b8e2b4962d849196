/**
 * Signed heads: once a day the position and the hash of the last entry are signed with the proof key. Whoever has kept a head finds out whether
 * an entry up to its position was changed or removed.
 */
import { signAuditHead } from '@payment-passkeys/channel';
import { addSeconds } from '@payment-passkeys/protocol';
import { AUDIT_MONTHS } from '@payment-passkeys/protocol/console';
import {
  column,
  execute,
  inTransaction,
  query,
  type RowOf,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { SigningKey } from '../keys/key-ring.ts';
import { chainEntries, findLast, lockChain } from './chain.ts';

/** The time from one head to the next. */
const HEAD_SECONDS = 24 * 60 * 60;

const HEAD = {
  position: column.bigint('position'),
  hash: column.bytea('hash'),
  signedAt: column.timestamptz('signed_at'),
  /** The compact JWS. */
  jws: column.text('jws'),
};

/** A signed head. */
export type Head = RowOf<typeof HEAD>;

const LAST = statement({
  text: sql`SELECT ${selectList(HEAD)} FROM audit_head ORDER BY head_id DESC LIMIT 1`,
  returns: HEAD,
});

/** The last signed head; undefined before the first. */
export async function findLastHead(pool: Pool): Promise<Head | undefined> {
  return (await query(pool, LAST, {}))[0];
}

const STORE = statement({
  text: sql`INSERT INTO audit_head (position, hash, signed_at, jws, recorded_at)
            SELECT ${'position'}, ${'hash'}, ${'signedAt'}::timestamptz, ${'jws'}, clock_timestamp()
            WHERE NOT EXISTS (SELECT FROM audit_head WHERE signed_at > ${'dueSince'})`,
});

/** Signs the head if none was signed in the last 24 hours. Returns it, or undefined if none is due or another process was first. */
export async function signHeadIfDue(
  pool: Pool,
  signer: { readonly issuer: string; readonly key: () => SigningKey; readonly now: Date },
): Promise<Head | undefined> {
  const { issuer, key, now } = signer;
  const dueSince = addSeconds(now, -HEAD_SECONDS);
  const before = await findLastHead(pool);
  if (before !== undefined && before.signedAt > dueSince) return undefined;
  await chainEntries(pool);
  const last = await findLast(pool);
  // Not in a transaction: an external signer may take a while.
  const jws = await signAuditHead({ ...last, issuer, signedAt: now, key: key() });
  const head = { ...last, signedAt: now, jws };
  const stored = await inTransaction(pool, async (connection) => {
    await lockChain(connection);
    return execute(connection, STORE, { ...head, dueSince });
  });
  return stored === 1 ? head : undefined;
}

/**
 * Deletes the entries up to the first old head that is still in the chain: about one day's entries. The time is the database's, as in the table's
 * trigger.
 */
const CUT = statement({
  text: sql`DELETE FROM audit_entry WHERE position <= (
              SELECT min(position) FROM audit_head
              WHERE recorded_at < clock_timestamp() - make_interval(months => ${AUDIT_MONTHS})
                AND position >= (SELECT min(position) FROM audit_entry))`,
});

/** Deletes the entries up to the last head that is older than 24 months. Returns how many. */
export async function cutTrail(pool: Pool): Promise<number> {
  for (let total = 0; ; ) {
    const deleted = await execute(pool, CUT, {});
    total += deleted;
    if (deleted === 0) return total;
  }
}
