/** A pending record as a row of a kit's own table in the host's PostgreSQL. Only SQL text and values: the host's pool runs them. */
import { addSeconds } from '@payment-passkeys/protocol';
import { PENDING_KEPT_SECONDS, type Pending } from '../pending/pending.ts';

/** The columns that the tables of both kits have. */
export interface PendingRow {
  readonly state_hash: string;
  readonly browser_hash: string;
  readonly client_session_id: string;
  readonly authentication_session_id: string;
  readonly started_at: Date;
  /** Undefined in a table without the column. */
  readonly trace_context?: string | null;
}

/** An insert deletes at most this many expired rows: more than it adds, so the table stays small without a periodic job. */
const SWEEP_ROWS = 20;

/** All columns but `trace_context`, which an older table may not have. */
export function writePending(pending: Pending) {
  return {
    state_hash: pending.stateHash,
    browser_hash: pending.browserHash,
    client_session_id: pending.clientSessionId,
    authentication_session_id: pending.authenticationSessionId,
    started_at: pending.startedAt,
    forget_after: addSeconds(pending.startedAt, PENDING_KEPT_SECONDS),
  };
}

export function readPending(row: PendingRow): Pending {
  return {
    stateHash: row.state_hash,
    browserHash: row.browser_hash,
    clientSessionId: row.client_session_id,
    authenticationSessionId: row.authentication_session_id,
    startedAt: row.started_at,
    ...(row.trace_context && { traceContext: row.trace_context }),
  };
}

/** One statement that inserts `row` and deletes up to {@link SWEEP_ROWS} expired rows. Table and column names are the kit's own constants. */
export function buildPendingInsert(
  table: string,
  row: ReturnType<typeof writePending> & Readonly<Record<string, string | Date | null>>,
): { readonly text: string; readonly values: (string | Date | null)[] } {
  const columns = Object.keys(row);
  const placeholders = columns.map((_, at) => `$${at + 1}`);
  const now = `$${columns.indexOf('started_at') + 1}`;
  const text = `WITH swept AS (
     DELETE FROM ${table} WHERE state_hash IN (
       SELECT state_hash FROM ${table} WHERE forget_after < ${now} LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))
   INSERT INTO ${table} (${columns.join(', ')}) VALUES (${placeholders.join(', ')})`;
  return { text, values: Object.values(row) };
}
