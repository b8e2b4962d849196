/** Examinations in the database: safe with several processes, because each change is one conditional statement. */
import type { ExaminationFault, ExaminedRole } from '@payment-passkeys/protocol/sandbox';
import {
  column,
  execute,
  inTransaction,
  nullable,
  query,
  type RowOf,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { Observation } from './observation.ts';

/** How long an examination runs at most. */
export const EXAMINATION_HOURS = 24;
/** The most examinations that are kept of a client. */
const KEPT = 20;
const MAX_OBSERVATIONS = 40;
const MAX_FAULTS = 20;

/** The condition of an examination that runs. */
const RUNS = sql`ended_at IS NULL AND started_at > ${'now'}::timestamptz - make_interval(hours => ${EXAMINATION_HOURS})`;

const LOCK_CLIENT = statement({ text: sql`SELECT FROM client WHERE client_id = ${'clientId'} FOR NO KEY UPDATE` });
const END_EARLIER = statement({
  text: sql`UPDATE sandbox_examination SET ended_at = ${'now'} WHERE client_id = ${'clientId'} AND ended_at IS NULL`,
});
const FORGET_OLD = statement({
  text: sql`DELETE FROM sandbox_examination WHERE examination_id IN
              (SELECT examination_id FROM sandbox_examination WHERE client_id = ${'clientId'} ORDER BY started_at DESC OFFSET ${KEPT - 1})`,
});
const START = statement({
  text: sql`WITH started AS (INSERT INTO sandbox_examination (examination_id, client_id, role, started_at)
                             VALUES (${'examinationId'}, ${'clientId'}, ${'role'}, ${'now'}) RETURNING examination_id)
            INSERT INTO sandbox_examination_row (examination_id, position, row_id)
            SELECT examination_id, position, row_id FROM started, unnest(${'rowIds'}::text[]) WITH ORDINALITY AS row (row_id, position)`,
});

/** Starts an examination, ends a running one of the same client, and deletes the oldest beyond the limit. */
export async function startExamination(
  pool: Pool,
  start: {
    readonly examinationId: string;
    readonly clientId: string;
    readonly role: ExaminedRole;
    readonly rowIds: readonly string[];
    readonly now: Date;
  },
): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await query(connection, LOCK_CLIENT, start);
    await execute(connection, END_EARLIER, start);
    await execute(connection, FORGET_OLD, start);
    await execute(connection, START, start);
  });
}

const PLAYING = {
  examinationId: column.text('examination_row.examination_id'),
  position: column.integer('examination_row.position'),
  rowId: column.text('examination_row.row_id'),
  role: column.text<ExaminedRole>('examination.role'),
  observed: column.jsonb<readonly Observation[]>('examination_row.observed'),
};

/** A row that a session has met. */
export type PlayingRow = RowOf<typeof PLAYING>;

/** If several sessions start at once, each gets a row of its own. */
const CLAIM = statement({
  name: 'sandbox-examination-claim',
  text: sql`
    WITH next AS (SELECT examination_id, position FROM sandbox_examination_row AS examination_row JOIN sandbox_examination AS examination USING (examination_id)
                  WHERE client_id = ${'clientId'} AND role = ${'role'}::text AND ${RUNS} AND session_id IS NULL
                    AND (role = 'ISSUER' OR EXISTS (SELECT 1 FROM session WHERE session.session_id = ${'sessionId'}::text AND order_key IS NOT NULL))
                  ORDER BY position LIMIT 1 FOR UPDATE OF examination_row SKIP LOCKED)
    UPDATE sandbox_examination_row AS examination_row SET session_id = ${'sessionId'} FROM next JOIN sandbox_examination AS examination USING (examination_id)
    WHERE examination_row.examination_id = next.examination_id AND examination_row.position = next.position AND session_id IS NULL
    RETURNING ${selectList(PLAYING)}`,
  returns: PLAYING,
});

/** Gives the session the next row of its client's examination, if one runs and has one. Of a merchant's sessions, only payments get rows. */
export async function claimRow(
  pool: Pool,
  claim: {
    readonly clientId: string;
    readonly role: ExaminedRole;
    readonly sessionId: string;
    readonly now: Date;
  },
): Promise<PlayingRow | undefined> {
  return (await query(pool, CLAIM, claim))[0];
}

const FIND = statement({
  name: 'sandbox-examination-row',
  text: sql`SELECT ${selectList(PLAYING)} FROM sandbox_examination_row AS examination_row JOIN sandbox_examination AS examination USING (examination_id)
            WHERE session_id = ${'sessionId'} AND ${RUNS}`,
  returns: PLAYING,
});

/** The row that the session has met, while its examination runs. */
export async function findPlayingRow(
  pool: Pool,
  search: { readonly sessionId: string; readonly now: Date },
): Promise<PlayingRow | undefined> {
  return (await query(pool, FIND, search))[0];
}

const BINDING = { bindingId: column.text('binding.binding_id'), credentialId: column.text('binding.passkey_id') };
const NEWEST_BINDING = statement({
  text: sql`SELECT ${selectList(BINDING)}
            FROM sandbox_examination_row AS playing JOIN sandbox_examination_row AS earlier USING (examination_id)
            JOIN session ON session.session_id = earlier.session_id
            JOIN binding ON binding.passkey_id = session.passkey_id AND binding.client_id = session.client_id
            WHERE playing.session_id = ${'sessionId'} ORDER BY earlier.position DESC LIMIT 1`,
  returns: BINDING,
});

/** The client's binding of the latest row in this session's examination. */
export async function findNewestBinding(pool: Pool, sessionId: string): Promise<RowOf<typeof BINDING> | undefined> {
  return (await query(pool, NEWEST_BINDING, { sessionId }))[0];
}

const APPENDED = sql`observed = observed || ${'observation'}::jsonb`;
const HAS_ROOM = sql`jsonb_array_length(observed) < ${MAX_OBSERVATIONS}`;

const OBSERVE = statement({
  text: sql`UPDATE sandbox_examination_row AS examination_row SET ${APPENDED}
            WHERE examination_id = ${'examinationId'} AND position = ${'position'} AND ${HAS_ROOM}`,
});

/** Records an observation of a row, at most forty for each row. */
export async function observe(
  pool: Pool,
  { examinationId, position }: Pick<PlayingRow, 'examinationId' | 'position'>,
  observation: Observation,
): Promise<void> {
  await execute(pool, OBSERVE, { examinationId, position, observation: JSON.stringify([observation]) });
}

const COMPARE_ORDERS = statement({
  text: sql`UPDATE sandbox_examination_row AS before
            SET observed = observed || CASE WHEN earlier.order_key = later.order_key THEN ${'same'}::jsonb ELSE ${'other'}::jsonb END
            FROM session AS earlier, session AS later
            WHERE before.examination_id = ${'examinationId'} AND before.position = ${'position'}::integer - 1 AND ${HAS_ROOM}
              AND earlier.session_id = before.session_id AND later.session_id = ${'sessionId'}`,
});

/** Records at the previous row whether the payment of this row is of the same order. */
export async function compareOrders(
  pool: Pool,
  claimed: Pick<PlayingRow, 'examinationId' | 'position'> & { readonly sessionId: string },
): Promise<void> {
  const observation = (order: 'SAME' | 'OTHER') =>
    JSON.stringify([{ kind: 'NEXT_PAYMENT', order }] satisfies Observation[]);
  await execute(pool, COMPARE_ORDERS, { ...claimed, same: observation('SAME'), other: observation('OTHER') });
}

const OBSERVE_LATEST = statement({
  text: sql`UPDATE sandbox_examination_row AS examination_row SET ${APPENDED}
            WHERE ${HAS_ROOM} AND (examination_id, position) =
              (SELECT examination_id, position FROM sandbox_examination_row AS examination_row JOIN sandbox_examination AS examination USING (examination_id)
               WHERE client_id = ${'clientId'} AND ${RUNS} AND session_id IS NOT NULL ORDER BY position DESC LIMIT 1)`,
});

/** Records an observation without a session, at the row that the client's latest session has met. */
export async function observeLatest(
  pool: Pool,
  { clientId, now, observation }: { readonly clientId: string; readonly now: Date; readonly observation: Observation },
): Promise<void> {
  await execute(pool, OBSERVE_LATEST, { clientId, now, observation: JSON.stringify([observation]) });
}

const NOTE_FAULT = statement({
  text: sql`UPDATE sandbox_examination SET faults = faults || ${'fault'}::jsonb
            WHERE client_id = ${'clientId'} AND ${RUNS} AND jsonb_array_length(faults) < ${MAX_FAULTS} AND NOT faults @> ${'fault'}::jsonb`,
});

/** Records a fault of a request, each once. */
export async function noteFault(
  pool: Pool,
  { clientId, now, fault }: { readonly clientId: string; readonly now: Date; readonly fault: ExaminationFault },
): Promise<void> {
  await execute(pool, NOTE_FAULT, { clientId, now, fault: JSON.stringify([fault]) });
}

const END = statement({
  text: sql`UPDATE sandbox_examination SET ended_at = ${'now'} WHERE examination_id = ${'examinationId'} AND ended_at IS NULL`,
});

export async function endExamination(
  pool: Pool,
  end: { readonly examinationId: string; readonly now: Date },
): Promise<void> {
  await execute(pool, END, end);
}

const HEAD = {
  examinationId: column.text('examination_id'),
  clientId: column.text('client_id'),
  clientName: column.text('client.name'),
  role: column.text<ExaminedRole>('examination.role'),
  startedAt: column.timestamptz('started_at'),
  endedAt: nullable(column.timestamptz('ended_at')),
};

/** An examination without its rows. */
export type StoredExamination = RowOf<typeof HEAD>;

const WHOLE = {
  ...HEAD,
  faults: column.jsonb<readonly ExaminationFault[]>('faults'),
  rows: column.jsonb<readonly StoredRow[]>(
    sql`(SELECT jsonb_agg(jsonb_build_object('rowId', row_id, 'started', session_id IS NOT NULL, 'observed', observed) ORDER BY position)
         FROM sandbox_examination_row AS examination_row WHERE examination_row.examination_id = examination.examination_id)`,
  ),
};

export interface StoredRow {
  readonly rowId: string;
  /** A session has met it. */
  readonly started: boolean;
  readonly observed: readonly Observation[];
}

export type WholeExamination = RowOf<typeof WHOLE>;

const READ = statement({
  text: sql`SELECT ${selectList(WHOLE)} FROM sandbox_examination AS examination JOIN client USING (client_id) WHERE examination_id = ${'examinationId'}`,
  returns: WHOLE,
});

export async function findExamination(pool: Pool, examinationId: string): Promise<WholeExamination | undefined> {
  return (await query(pool, READ, { examinationId }))[0];
}

const LIST = statement({
  text: sql`SELECT ${selectList(HEAD)} FROM sandbox_examination AS examination JOIN client USING (client_id) ORDER BY started_at DESC LIMIT 100`,
  returns: HEAD,
});

/** The newest first, at most 100. */
export async function listExaminations(pool: Pool): Promise<readonly StoredExamination[]> {
  return query(pool, LIST, {});
}
