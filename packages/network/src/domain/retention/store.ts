/** What retention deletes, a few pages of a table at a time, and how far it has come. */
import {
  column,
  execute,
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
import type { Pool } from 'pg';
import { SUCCEEDED } from '../sessions/states-in-sql.ts';

/** The tables that retention goes through, in this order: a session is gone before the passkey that it names. */
export const SUBJECTS = ['session', 'device', 'passkey'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Until when things are kept: what is older goes. */
export interface Cutoffs {
  /** Of the end of a session that had a result, or whose consent was taken here. */
  readonly session: Date;
  /** Of the end of any other session. */
  readonly abandonedSession: Date;
  /** Of the last use of a device or a passkey. */
  readonly idle: Date;
}

/** What a statement reads at most, in pages of 8 KiB, and deletes at most, in rows of the table itself; cascades come on top. */
const BATCH_PAGES = 128;
const BATCH_ROWS = 500;
/** A request may have to wait for a batch, so a batch never waits for a lock while it holds others: it gives up instead. */
const LOCK_TIMEOUT_MILLISECONDS = 50;

/** A range of pages. FOR UPDATE SKIP LOCKED: a row that another statement has locked is left for the next pass. */
const IN_RANGE = sql`ctid >= ${'firstPage'}::tid AND ctid < ${'endPage'}::tid`;
const LIMIT = sql`LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED`;

const CONSENTED = sql`EXISTS (SELECT FROM consent_record WHERE consent_record.session_id = session.session_id)`;

/** A consent that was taken on the page is kept for as long as the passkey that it led to. */
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

/** With what device_passkey, binding and binding_account say of it. */
const deleteIdle = (table: Sql<never>) =>
  statement({
    text: sql`DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM ${table} WHERE ${IN_RANGE} AND last_used_at < ${'idle'}::timestamptz ${LIMIT}))`,
  });

const DELETE: {
  readonly [Key in Subject]: Statement<keyof Cutoffs | 'firstPage' | 'endPage'>;
} = { session: DELETE_SESSIONS, device: deleteIdle(sql`device`), passkey: deleteIdle(sql`passkey`) };

/** Which process goes through a table. No other does until `until`, unless the turn is handed back. */
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

/** Answers the page where to go on; or that another process has the turn, or that a pass has ended after `dueSince`. */
export async function claimTurn(
  pool: Pool,
  turn: Turn & { readonly now: Date; readonly dueSince: Date },
): Promise<number | 'HELD' | 'NOT_DUE'> {
  const [claimed] = await query(pool, CLAIM, turn);
  if (claimed !== undefined) return claimed.nextPage;
  return (await execute(pool, IS_HELD, turn)) === 0 ? 'NOT_DUE' : 'HELD';
}

export interface Batch {
  /** Rows of the table itself. */
  readonly deleted: number;
  /** Where to go on; `pages` or more at the end. */
  readonly nextPage: number;
  /** Of the whole table, now. */
  readonly pages: number;
}

const NOTE_PROGRESS = statement({
  text: sql`UPDATE retention SET next_page = ${'nextPage'}, held_until = ${'until'} WHERE subject = ${'subject'} AND holder = ${'holder'}
            RETURNING pg_relation_size(subject::regclass) / current_setting('block_size')::int AS pages`,
  returns: { pages: column.bigint() },
});

/**
 * Deletes what is due in the next pages, and notes how far that was. Nothing waits for the disk: what a crash undoes is done again.
 * Undefined when the turn was lost. Throws PostgreSQL's lock_not_available where it would have had to wait.
 */
export function deleteBatch(
  pool: Pool,
  { page, cutoffs, ...turn }: Turn & { readonly page: number; readonly cutoffs: Cutoffs },
): Promise<Batch | undefined> {
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MILLISECONDS}`);
    const [firstPage, endPage] = [page, page + BATCH_PAGES].map((at) => `(${at},0)`);
    const deleted = await execute(client, DELETE[turn.subject], { ...cutoffs, firstPage, endPage });
    const nextPage = deleted < BATCH_ROWS ? page + BATCH_PAGES : page;
    const [noted] = await query(client, NOTE_PROGRESS, { ...turn, nextPage });
    return noted && { deleted, nextPage, pages: noted.pages };
  });
}

const END_PASS = statement({
  text: sql`UPDATE retention SET next_page = 0, ended_at = ${'now'}, holder = NULL, held_until = NULL
            WHERE subject = ${'subject'} AND holder = ${'holder'}`,
});

/** Hands the turn back at the end of the table. */
export async function endPass(
  pool: Pool,
  turn: Pick<Turn, 'subject' | 'holder'> & { readonly now: Date },
): Promise<void> {
  await execute(pool, END_PASS, turn);
}

const PASS = { subject: column.text<Subject>('subject'), endedAt: nullable(column.timestamptz('ended_at')) };

const PASSES = statement({ text: sql`SELECT ${selectList(PASS)} FROM retention ORDER BY subject`, returns: PASS });

/** When the last pass of each table came to its end; null where none has. */
export async function findPasses(pool: Pool): Promise<readonly RowOf<typeof PASS>[]> {
  return query(pool, PASSES, {});
}
