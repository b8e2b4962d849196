/**
 * The search of sessions for the console (decision 102). Ended sessions are found by indexes. Sessions that have not ended have no entry there,
 * because each change of a session would write its entry again. So only the youngest of these are read.
 */
import { SESSION_PAGE, type SessionPage, type SessionSearch } from '@payment-passkeys/protocol/console';
import { column, query, type RowOf, type Sql, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { cutPage } from '../../platform/http/cursor.ts';
import { searchIndex } from '../accounts/account-vault.ts';
import { TIME_IS_UP_AT, UNFINISHED } from '../sessions/states-in-sql.ts';
import {
  FILTERED,
  filterValues,
  firstPlace,
  IN_TIME,
  NEWEST_FIRST,
  type Place,
  placeValues,
  writePlace,
} from './filter.ts';
import { buildRow, ROW, SESSIONS } from './row.ts';

/** The most sessions that have not ended that a search reads, the youngest first. */
const MAX_OPEN = 5_000;
/**
 * The most ended sessions that a page reads. So a filter that fits few sessions does not read the whole table. The sessions of one client or with
 * one reason are spread over the table, and cost more to read.
 */
const MAX_WALK = { all: 10_000, client: 1_000, reason: 1_000 } as const;
/** One more than a page, to know whether there is another. */
const LIMIT = SESSION_PAGE + 1;

const EARLIEST = new Date(0);

const ENDED = sql`ended_at IS NOT NULL`;
/** Ids by which a session is found. The ended ones are indexed by this expression (`session_ended_handles`). */
const HANDLES = sql`array_remove(ARRAY[src_correlation_id, passkey_id, payment ->> 'orderId', substr(trace_context, 4, 32)], NULL)`;

/** The part `open`: sessions that have not ended, with what a row, a filter or a handle needs. */
const OPEN: Sql<never> = sql`
  open AS (SELECT session_id, client_id, client_session_id, src_correlation_id, reason, next_step, state, end_reason, browser_family, created_at,
                  ended_at, payment, card_last_four, passkey_id, binding_id, trace_context, proof_hash, completed_at, ceremony_hash, timeline
           FROM session WHERE ${UNFINISHED} ORDER BY ${TIME_IS_UP_AT} DESC LIMIT ${MAX_OPEN})`;

/** Sessions by any handle. OFFSET 0 makes PostgreSQL look up by key. */
const BY_HANDLE: Sql<'id'> = sql`
  SELECT session_id FROM session WHERE session_id = ${'id'}
  UNION SELECT session_id FROM session
        WHERE client_id = ANY (ARRAY(SELECT client_id FROM client)) AND lower(client_session_id) = lower(${'id'})
  UNION SELECT session_id FROM session WHERE ${HANDLES} @> ARRAY[${'id'}::text] AND ${ENDED}
  UNION SELECT session_id
        FROM (SELECT passkey_id, client_id FROM binding WHERE binding_id = ${'id'}
              UNION SELECT passkey_id, client_id FROM deleted_binding WHERE binding_id = ${'id'}) AS named,
          LATERAL (SELECT session_id, client_id, passkey_id, binding_id FROM session
                   WHERE ${HANDLES} @> ARRAY[named.passkey_id] AND ${ENDED} OFFSET 0) AS used
        WHERE used.passkey_id = named.passkey_id AND used.client_id = named.client_id AND coalesce(used.binding_id, ${'id'}) = ${'id'}
  UNION SELECT session_id
        FROM binding, LATERAL (SELECT session_id, session.binding_id FROM session WHERE session.card_index = binding.card_index OFFSET 0) AS asked
        WHERE binding.binding_id = ${'id'} AND card_index <> '' AND asked.binding_id = ${'id'}
`;

/** The same for sessions that have not ended. */
const OPEN_BY_HANDLE: Sql<'id'> = sql`
  SELECT session_id FROM open WHERE ${'id'} = ANY (binding_id || ${HANDLES})`;

/** Sessions by an account. Every session has its entries, whether it has ended or not. */
const BY_ACCOUNT: Sql<'searchIndexes' | 'accountIndexes'> = sql`
  SELECT session_id FROM session_account WHERE account_index = ANY (${'searchIndexes'}::bytea[])
  UNION SELECT session_id FROM session WHERE card_index = ANY (${'accountIndexes'}::bytea[])`;

const found = <Name extends string>(name: string, ids: Sql<Name>) =>
  statement({
    name: `session-search-${name}`,
    text: sql`WITH found AS (${ids})
              SELECT ${selectList(ROW)} FROM ${SESSIONS}
              WHERE session_id = ANY (ARRAY(SELECT session_id FROM found)) AND ${IN_TIME} AND ${FILTERED} ${NEWEST_FIRST} LIMIT ${LIMIT}`,
    returns: ROW,
  });

const FIND_BY_HANDLE = found('handle', BY_HANDLE);
const FIND_OPEN_BY_HANDLE = found('open-handle', sql`WITH ${OPEN} ${OPEN_BY_HANDLE}`);
const FIND_BY_ACCOUNT = found('account', BY_ACCOUNT);

/** Ended sessions in the order of an index that `lead` begins; the filter is applied to at most MAX_WALK of them. */
const walk = <Name extends string>(name: keyof typeof MAX_WALK, lead: Sql<Name>) => {
  const most = MAX_WALK[name];
  return {
    rows: statement({
      name: `session-walk-${name}`,
      // The limits are inside the subqueries, so that reading ends as soon as the page is full.
      text: sql`SELECT ${selectList(ROW)}
                FROM (SELECT * FROM (SELECT * FROM session WHERE ${lead} AND ${IN_TIME} ${NEWEST_FIRST} LIMIT ${most}) AS session
                      WHERE ${FILTERED} ${NEWEST_FIRST} LIMIT ${LIMIT}) AS ${SESSIONS} ${NEWEST_FIRST}`,
      returns: ROW,
    }),
    last: statement({
      name: `session-walk-end-${name}`,
      // Reads the index alone.
      text: sql`SELECT created_at AS "at" FROM session
                WHERE ${lead} AND created_at >= ${'since'}::timestamptz AND created_at <= ${'placeAt'}::timestamptz
                ORDER BY created_at DESC OFFSET ${most - 1} LIMIT 1`,
      returns: { at: column.timestamptz() },
    }),
  };
};

const WALKS = {
  all: walk('all', ENDED),
  client: walk('client', sql`client_id = ${'clientId'} AND ${ENDED}`),
  reason: walk('reason', sql`end_reason = ${'reason'}`),
};

const OPEN_ROWS = statement({
  name: 'session-search-open',
  text: sql`WITH ${OPEN}
            SELECT ${selectList(ROW)}
            FROM (SELECT * FROM open AS session WHERE ${IN_TIME} AND ${FILTERED} ${NEWEST_FIRST} LIMIT ${LIMIT}) AS ${SESSIONS} ${NEWEST_FIRST}`,
  returns: ROW,
});

export interface Search {
  readonly search: SessionSearch;
  /** The indexes of `search.account`, by every key version. */
  readonly accountIndexes: readonly Buffer[] | undefined;
  /** The place that `search.cursor` names. */
  readonly place: Place | undefined;
  /** Every session that was started before this time has ended. */
  readonly openSince: Date;
}

export async function searchSessions(
  pool: Pool,
  { search, accountIndexes, place = firstPlace(search), openSince }: Search,
): Promise<SessionPage> {
  const since = search.from === undefined ? EARLIEST : new Date(search.from);
  const values = { ...filterValues(search), ...placeValues(since, place) };
  if (search.id !== undefined) {
    const byHandle = { ...values, id: search.id };
    const known = await query(pool, FIND_BY_HANDLE, byHandle);
    return pageOf(known.length > 0 ? known : await query(pool, FIND_OPEN_BY_HANDLE, byHandle));
  }
  if (accountIndexes !== undefined) {
    const searchIndexes = accountIndexes.map(searchIndex);
    return pageOf(await query(pool, FIND_BY_ACCOUNT, { ...values, searchIndexes, accountIndexes }));
  }
  const { rows, last } = WALKS[leadOf(search)];
  const open = place.at > openSince ? await query(pool, OPEN_ROWS, values) : [];
  const ended = await query(pool, rows, values);
  // If the page is not full, the walk may have come to its limit.
  const [end] = ended.length < LIMIT ? await query(pool, last, values) : [];
  return pageOf([...open, ...ended], end?.at);
}

/** The index that leaves out the most. */
function leadOf({ clientId, reason }: SessionSearch): keyof typeof WALKS {
  if (clientId !== undefined) return 'client';
  return reason === undefined ? 'all' : 'reason';
}

/**
 * `walkedTo`: ended sessions were read back to this time, and perhaps not all that were started exactly then. So only sessions that were started
 * later belong to this page.
 */
function pageOf(found: readonly RowOf<typeof ROW>[], walkedTo?: Date): SessionPage {
  const within = walkedTo === undefined ? found : found.filter(({ createdAt }) => createdAt > walkedTo);
  const { rows, last } = cutPage(within.toSorted(newestFirst), SESSION_PAGE);
  const next = last ? { at: last.createdAt, id: last.sessionId } : walkedTo && { at: walkedTo, id: undefined };
  return {
    items: rows.map(buildRow),
    ...(next && { next: writePlace(next), searchedTo: next.at.toISOString() }),
  };
}

function newestFirst(a: RowOf<typeof ROW>, b: RowOf<typeof ROW>): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.sessionId < b.sessionId ? 1 : -1);
}
