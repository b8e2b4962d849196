/** What retention deletes, a few pages of a table at a time, and how far it has come. */
import { inTransaction } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

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
/** Whoever waits for a batch waits for its end; a batch that would have to wait, and hold what it has, gives way instead. */
const LOCK_TIMEOUT_MILLISECONDS = 50;

/** $1 and $2 are the ends of the range of pages. FOR UPDATE SKIP LOCKED: what somebody has in hand is left for the next pass. */
const IN_RANGE = 'ctid >= $1::tid AND ctid < $2::tid';
const LIMIT = `LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED`;

const CONSENTED = 'EXISTS (SELECT FROM consent_record WHERE consent_record.session_id = session.session_id)';

/** A consent that was taken here is kept for as long as the passkey that it led to. */
const DELETE_SESSIONS = `
  WITH due AS (SELECT ctid AS place, session_id FROM session
               WHERE ${IN_RANGE} AND ended_at < CASE WHEN state IN ('bound', 'approved') OR ${CONSENTED} THEN $3::timestamptz ELSE $4::timestamptz END
                 AND NOT (${CONSENTED} AND EXISTS (SELECT FROM passkey WHERE passkey.passkey_id = session.passkey_id))
               ${LIMIT}),
       consents AS (DELETE FROM consent_record WHERE session_id IN (SELECT session_id FROM due))
  DELETE FROM session WHERE ctid = ANY (ARRAY(SELECT place FROM due))`;

/** With what device_passkey, binding and binding_account say of it. */
const deleteIdle = (table: 'device' | 'passkey') => `
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${IN_RANGE} AND last_used_at < $3::timestamptz ${LIMIT}))`;

const DELETE: { readonly [Key in Subject]: { readonly text: string; readonly values: (cutoffs: Cutoffs) => Date[] } } =
  {
    session: { text: DELETE_SESSIONS, values: ({ session, abandonedSession }) => [session, abandonedSession] },
    device: { text: deleteIdle('device'), values: ({ idle }) => [idle] },
    passkey: { text: deleteIdle('passkey'), values: ({ idle }) => [idle] },
  };

/** Who is at a table. Nobody else is until `until`, unless the turn is handed back. */
export interface Turn {
  readonly subject: Subject;
  readonly holder: string;
  readonly until: Date;
}

/** The page where to go on; or that somebody else is at it, or that a pass has ended after `dueSince`. */
export async function takeTurn(
  pool: Pool,
  { subject, holder, until, now, dueSince }: Turn & { readonly now: Date; readonly dueSince: Date },
): Promise<number | 'HELD' | 'NOT_DUE'> {
  const taken = await pool.query<{ next_page: number }>(
    `UPDATE retention SET holder = $2, held_until = $3
     WHERE subject = $1 AND (held_until IS NULL OR held_until <= $4) AND (next_page > 0 OR ended_at IS NULL OR ended_at <= $5)
     RETURNING next_page`,
    [subject, holder, until, now, dueSince],
  );
  const [row] = taken.rows;
  if (row !== undefined) return row.next_page;
  const held = await pool.query('SELECT FROM retention WHERE subject = $1 AND held_until > $2', [subject, now]);
  return held.rowCount === 0 ? 'NOT_DUE' : 'HELD';
}

export interface Batch {
  /** Rows of the table itself. */
  readonly deleted: number;
  /** Where to go on; `pages` or more at the end. */
  readonly nextPage: number;
  /** Of the whole table, now. */
  readonly pages: number;
}

/**
 * Deletes what is due in the next pages, and notes how far that was. Nothing waits for the disk: what a crash undoes is done again.
 * Undefined when the turn was lost. Throws PostgreSQL's lock_not_available where it would have had to wait.
 */
export function deleteBatch(
  pool: Pool,
  { subject, holder, until, page, cutoffs }: Turn & { readonly page: number; readonly cutoffs: Cutoffs },
): Promise<Batch | undefined> {
  const { text, values } = DELETE[subject];
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MILLISECONDS}`);
    const range = [page, page + BATCH_PAGES].map((at) => `(${at},0)`);
    const { rowCount } = await client.query(text, [...range, ...values(cutoffs)]);
    const deleted = rowCount ?? 0;
    const nextPage = deleted < BATCH_ROWS ? page + BATCH_PAGES : page;
    const noted = await client.query<{ pages: number }>(
      `UPDATE retention SET next_page = $3, held_until = $4 WHERE subject = $1 AND holder = $2
       RETURNING pg_relation_size(subject::regclass) / current_setting('block_size')::int AS pages`,
      [subject, holder, nextPage, until],
    );
    const [row] = noted.rows;
    return row && { deleted, nextPage, pages: row.pages };
  });
}

/** Hands the turn back at the end of the table. */
export async function endPass(
  pool: Pool,
  { subject, holder, now }: Pick<Turn, 'subject' | 'holder'> & { readonly now: Date },
): Promise<void> {
  await pool.query(
    `UPDATE retention SET next_page = 0, ended_at = $3, holder = NULL, held_until = NULL WHERE subject = $1 AND holder = $2`,
    [subject, holder, now],
  );
}

/** When the last pass of each table came to its end; null where none has. */
export async function findPasses(
  pool: Pool,
): Promise<readonly { readonly subject: Subject; readonly endedAt: Date | null }[]> {
  const { rows } = await pool.query<{ subject: Subject; ended_at: Date | null }>(
    'SELECT subject, ended_at FROM retention ORDER BY subject',
  );
  return rows.map(({ subject, ended_at }) => ({ subject, endedAt: ended_at }));
}
