/** Reads the audit trail: pages for people, and the whole of it for an export. */
import { AUDIT_PAGE, type AuditAction, type AuditEntry } from '@payment-passkeys/protocol/console';
import { column, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { cutPage } from '../../platform/http/cursor.ts';
import { chainEntries, findLast } from './chain.ts';
import { exportedLine } from './line.ts';

const STORED = { position: column.bigint('position'), line: column.text('line'), hash: column.bytea('hash') };

/** The statement has no name: PostgreSQL then plans with the values, and leaves out the conditions that have no value. */
const PAGE = statement({
  text: sql`SELECT ${selectList(STORED)} FROM audit_entry
            WHERE (${'actor'}::text IS NULL OR actor_id = ${'actor'})
              AND (${'action'}::text IS NULL OR action = ${'action'})
              AND (${'subjects'}::text[] IS NULL OR subject_id = ANY (${'subjects'}))
              AND (${'from'}::timestamptz IS NULL OR at >= ${'from'})
              AND (${'to'}::timestamptz IS NULL OR at < ${'to'})
              AND (${'before'}::bigint IS NULL OR position < ${'before'})
            ORDER BY position DESC LIMIT ${'limit'}`,
  returns: STORED,
});

export interface TrailSearch {
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  /** Ids of what was changed. */
  readonly subjects?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** The cursor of the page before. */
  readonly cursor?: string | undefined;
  readonly limit?: number;
}

export interface TrailPage {
  readonly items: readonly AuditEntry[];
  readonly next?: string;
}

/** The entries of a search, the youngest first. Everything that was committed before the call is in the chain. */
export async function searchTrail(pool: Pool, search: TrailSearch): Promise<TrailPage> {
  const { actor, action, subjects, from, to, cursor, limit = AUDIT_PAGE } = search;
  await chainEntries(pool);
  const before = cursor === undefined ? undefined : Number(cursor);
  const read = await query(pool, PAGE, { actor, action, subjects, from, to, before, limit: limit + 1 });
  const { rows, last } = cutPage(read, limit);
  const items = rows.map((row) => JSON.parse(exportedLine(row)) as AuditEntry); // written by buildLine
  return { items, ...(last && { next: String(last.position) }) };
}

/** What one statement of an export reads. */
const EXPORTED_ROWS = 1_000;

const AFTER = statement({
  text: sql`SELECT ${selectList(STORED)} FROM audit_entry WHERE position > ${'after'} ORDER BY position LIMIT ${EXPORTED_ROWS}`,
  returns: STORED,
});

const KEPT_HEAD = { position: column.bigint('position'), jws: column.text('jws') };

/** The heads at or after the beginning of the chain: the head at which it was cut is the first. */
const HEADS = statement({
  text: sql`SELECT ${selectList(KEPT_HEAD)} FROM audit_head
            WHERE position >= coalesce((SELECT min(position) - 1 FROM audit_entry), (SELECT max(position) FROM audit_head)) ORDER BY head_id`,
  returns: KEPT_HEAD,
});

/**
 * The lines of an export, without line ends: every entry in the order of the positions, and each head after the entry that it signs. Entries
 * that are added meanwhile may be in it.
 */
export async function* exportTrail(pool: Pool): AsyncGenerator<string> {
  await chainEntries(pool);
  const { position: end } = await findLast(pool);
  const heads = [...(await query(pool, HEADS, {}))];
  const headsUpTo = (position: number) => {
    const upTo = heads.findIndex((head) => head.position > position);
    return heads.splice(0, upTo < 0 ? heads.length : upTo).map(({ jws }) => JSON.stringify({ head: jws }));
  };
  for (let after = 0, more = true; more; ) {
    const rows = await query(pool, AFTER, { after });
    for (const row of rows) {
      yield* headsUpTo(row.position - 1);
      yield exportedLine(row);
    }
    after = rows.at(-1)?.position ?? after;
    more = rows.length === EXPORTED_ROWS && after < end;
  }
  // Also the heads of entries that are missing.
  yield* headsUpTo(Number.POSITIVE_INFINITY);
}
