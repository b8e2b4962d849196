/** Retention's statements: they delete a few pages of a table at a time, and record the progress. */
import {
  type Column,
  column,
  execute,
  identifier,
  inTransaction,
  nullable,
  query,
  type RowOf,
  type Sql,
  type Statement,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool, PoolClient } from 'pg';
import { SUCCEEDED } from '../sessions/states-in-sql.ts';

/** The tables of retention, in this order: a session is deleted before the passkey that it names, and before the accounts that find it. */
export const SUBJECTS = [
  'session',
  'session_account',
  'device',
  'passkey',
  'deleted_binding',
  'account_replacement',
] as const;
export type Subject = (typeof SUBJECTS)[number];

/** The cutoffs: older rows are deleted. */
export interface Cutoffs {
  /** For the end of a session with a result, or with a consent from the network's page; for a deletion and a replaced card. */
  readonly session: Date;
  /** For the end of any other session. */
  readonly abandonedSession: Date;
  /** For the last use of a device or a passkey. */
  readonly idle: Date;
}

/** The most pages, of 8 KiB each, that a statement reads. */
const BATCH_PAGES = 128;
/** The most rows of the table itself that a statement deletes; cascades are additional. */
const BATCH_ROWS = 500;
/** A request may have to wait for a batch. So a batch that holds locks must not wait for another lock: it gives up instead. */
const LOCK_TIMEOUT_MILLISECONDS = 50;

/** A range of pages. FOR UPDATE SKIP LOCKED: a row that another statement has locked is left for the next pass. */
const IN_RANGE = sql`ctid >= ${'firstPage'}::tid AND ctid < ${'endPage'}::tid`;
const LIMIT = sql`LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED`;

const CONSENTED = sql`EXISTS (SELECT FROM consent_record WHERE consent_record.session_id = session.session_id)`;

/** A consent from the network's page is kept as long as the passkey that resulted from it. */
const DELETE_SESSIONS = statement({
  text: sql`WITH due AS (SELECT ctid AS place, session_id FROM session
                         WHERE ${IN_RANGE}
                           AND ended_at < CASE WHEN ${SUCCEEDED} OR ${CONSENTED} THEN ${'session'}::timestamptz
                                               ELSE ${'abandonedSession'}::timestamptz END
                           AND NOT (${CONSENTED} AND EXISTS (SELECT FROM passkey WHERE passkey.passkey_id = session.passkey_id))
                         ${LIMIT}),
                 consents AS (DELETE FROM consent_record WHERE session_id IN (SELECT session_id FROM due))
            DELETE FROM session WHERE ctid = ANY (ARRAY(SELECT place FROM due))`,
});

const deleteDue = <Name extends string>(table: Sql<never>, due: Sql<Name>) =>
  statement({
    text: sql`DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${IN_RANGE} AND ${due} ${LIMIT}))`,
  });

const IS_IDLE = sql`last_used_at < ${'idle'}::timestamptz`;

const DELETE: {
  readonly [Key in Subject]: Statement<keyof Cutoffs | 'firstPage' | 'endPage'>;
} = {
  session: DELETE_SESSIONS,
  session_account: deleteDue(
    sql`session_account`,
    sql`NOT EXISTS (SELECT FROM session WHERE session.session_id = session_account.session_id)`,
  ),
  // A cascade also deletes the rows in device_passkey, binding and binding_account.
  device: deleteDue(sql`device`, IS_IDLE),
  passkey: deleteDue(sql`passkey`, IS_IDLE),
  deleted_binding: deleteDue(sql`deleted_binding`, sql`deleted_at < ${'session'}::timestamptz`),
  account_replacement: deleteDue(sql`account_replacement`, sql`replaced_at < ${'session'}::timestamptz`),
};

/** Where the next row is, at or after a page. The table's size is not used, because a distributed engine's coordinator has none. */
const NEXT_ROW = Object.fromEntries(
  SUBJECTS.map((subject) => [
    subject,
    statement({
      text: sql`SELECT ctid::text AS place FROM ${identifier(subject)} WHERE ctid >= ${'endPage'}::tid LIMIT 1`,
      returns: { place: column.text() },
    }),
  ]),
) as { readonly [Key in Subject]: Statement<'endPage', { readonly place: Column<string> }> }; // fromEntries loses the keys

/** A process's turn with a table. No other process may take it before `until`, unless the turn is given back. */
export interface Turn {
  readonly subject: Subject;
  readonly holder: string;
  readonly until: Date;
}

const CLAIM = statement({
  text: sql`UPDATE retention SET holder = ${'holder'}, held_until = ${'until'}
            WHERE subject = ${'subject'} AND (held_until IS NULL OR held_until <= ${'now'})
              AND (next_page > 0 OR ended_at IS NULL OR ended_at <= ${'dueSince'})
            RETURNING next_page AS "nextPage"`,
  returns: { nextPage: column.bigint() },
});

const IS_HELD = statement({
  text: sql`SELECT FROM retention WHERE subject = ${'subject'} AND held_until > ${'now'}`,
});

/** Claims the turn. Returns the page to continue at; or that another process has the turn, or that a pass has ended after `dueSince`. */
export async function claimTurn(
  pool: Pool,
  turn: Turn & { readonly now: Date; readonly dueSince: Date },
): Promise<number | 'HELD' | 'NOT_DUE'> {
  const [claimed] = await query(pool, CLAIM, turn);
  if (claimed !== undefined) return claimed.nextPage;
  return (await execute(pool, IS_HELD, turn)) === 0 ? 'NOT_DUE' : 'HELD';
}

export interface Batch {
  /** Deleted rows of the table itself. */
  readonly deleted: number;
  /** The page to continue at. */
  readonly nextPage: number;
  /** Whether no row is at that page or after it. */
  readonly ended: boolean;
}

const NOTE_PROGRESS = statement({
  text: sql`UPDATE retention SET next_page = ${'nextPage'}, held_until = ${'until'} WHERE subject = ${'subject'} AND holder = ${'holder'}`,
});

/**
 * Deletes what is due in the next pages, and stores the progress. Does not wait for the disk: what a crash loses is done again. Undefined
 * if the turn was lost. Throws PostgreSQL's lock_not_available if it would have to wait for a lock.
 */
export function deleteBatch(
  pool: Pool,
  { page, cutoffs, ...turn }: Turn & { readonly page: number; readonly cutoffs: Cutoffs },
): Promise<Batch | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query('SET LOCAL synchronous_commit = off');
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MILLISECONDS}`);
    const firstPage = `(${page},0)`;
    const endPage = `(${page + BATCH_PAGES},0)`;
    const deleted = await execute(client, DELETE[turn.subject], { ...cutoffs, firstPage, endPage });
    const next = deleted < BATCH_ROWS ? await findNextPage(client, turn.subject, endPage) : page;
    const nextPage = next ?? page + BATCH_PAGES;
    if ((await execute(client, NOTE_PROGRESS, { ...turn, nextPage })) === 0) return undefined;
    return { deleted, nextPage, ended: next === undefined };
  });
}

/** Pages without a row are skipped. Undefined at the end of the table. */
async function findNextPage(client: PoolClient, subject: Subject, endPage: string): Promise<number | undefined> {
  const [row] = await query(client, NEXT_ROW[subject], { endPage });
  return row && Number(/\d+/.exec(row.place)?.[0]);
}

const PAGES = statement({
  text: sql`SELECT greatest(relpages, 0) AS pages FROM pg_class WHERE oid = ${'subject'}::regclass`,
  returns: { pages: nullable(column.integer()) },
});

/** PostgreSQL's estimate of the table's size, to show the progress; 0 if there is none, as on a distributed engine. */
export async function estimatePages(pool: Pool, subject: Subject): Promise<number> {
  return (await query(pool, PAGES, { subject }))[0]?.pages ?? 0;
}

const END_PASS = statement({
  text: sql`UPDATE retention SET next_page = 0, ended_at = ${'now'}, holder = NULL, held_until = NULL
            WHERE subject = ${'subject'} AND holder = ${'holder'}`,
});

/** Gives the turn back at the end of the table. */
export async function endPass(
  pool: Pool,
  turn: Pick<Turn, 'subject' | 'holder'> & { readonly now: Date },
): Promise<void> {
  await execute(pool, END_PASS, turn);
}

const PASS = { subject: column.text<Subject>('subject'), endedAt: nullable(column.timestamptz('ended_at')) };

const PASSES = statement({ text: sql`SELECT ${selectList(PASS)} FROM retention ORDER BY subject`, returns: PASS });

/** The time at which the last pass of each table ended; null if there was none. */
export async function findPasses(pool: Pool): Promise<readonly RowOf<typeof PASS>[]> {
  return query(pool, PASSES, {});
}
