/**
 * The counts of an overview: ended sessions from their buckets, those that ended within the last second from the outbox, and open ones from the
 * index of unfinished sessions. One statement reads all three in one snapshot, in which each session is in exactly one of them.
 */
import { type Reason, SESSION_SECONDS } from '@payment-passkeys/protocol';
import { BUCKET_SECONDS, type SessionKind } from '@payment-passkeys/protocol/console';
import {
  type Column,
  column,
  execute,
  joinSql,
  nullable,
  query,
  type RowOf,
  type Sql,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import {
  ACTIVITY_COUNTS,
  ACTIVITY_RECORD,
  type ActivityCount,
  bucketStart,
  COUNT_COLUMNS,
  COUNTED,
  countColumn,
  SESSION_ACTIVITY,
} from '../events/session-activity.ts';
import { TIME_IS_UP_AT, UNFINISHED } from '../sessions/states-in-sql.ts';
import { KEPT_SECONDS, partsOf, type Window } from './window.ts';

/** At most this many open sessions are counted, so that the count takes less than a tenth of a second. */
export const MAX_OPEN = 25_000;
/** At most this many of the events that have not been moved yet are read. */
const MAX_STORED = 10_000;
/** A session that was started longer ago has ended and is in its bucket, unless the task that moves events is behind. */
const SETTLED_SECONDS = 4 * SESSION_SECONDS;

/** Which sessions are counted. */
export interface ActivitySearch extends Window {
  readonly clientId: string | undefined;
  readonly browserFamily: string | undefined;
}

type SearchValue = 'bucketSeconds' | 'from' | 'to' | 'clientId' | 'browserFamily' | 'recent';

/** The values that describe the parts of the time: see partsOf. */
type PartValue = 'lengths' | 'begins' | 'ends';

const WANTED = sql`(${'clientId'}::text IS NULL OR client_id = ${'clientId'}) AND (${'browserFamily'}::text IS NULL OR browser_family = ${'browserFamily'})`;

/** Buckets of ended sessions, of one length. */
const BUCKETS: Sql<SearchValue> = sql`activity WHERE bucket_seconds = ${'bucketSeconds'} AND starts_at >= ${'from'} AND starts_at < ${'to'} AND ${WANTED}`;

/** Buckets of ended sessions, in the longest lengths that fit into the time. With OFFSET 0 PostgreSQL reads each part by the primary key. */
const inParts = (table: Sql<never>): Sql<SearchValue | PartValue> => sql`
  unnest(${'lengths'}::integer[], ${'begins'}::timestamptz[], ${'ends'}::timestamptz[]) AS part (length, begins, ends),
  LATERAL (SELECT * FROM ${table} WHERE bucket_seconds = length AND starts_at >= begins AND starts_at < ends AND ${WANTED} OFFSET 0) AS bucket`;

/** Ended sessions that the mover has not counted yet: rows with the columns of {@link ACTIVITY_RECORD}. */
const STORED: Sql<SearchValue> = sql`
  SELECT client_id, session.*, "browserFamily" AS browser_family
  FROM (SELECT client_id, activity FROM outbox WHERE ${'recent'}::boolean AND activity IS NOT NULL LIMIT ${MAX_STORED}) AS stored,
       jsonb_to_record(activity) AS session ${ACTIVITY_RECORD}`;

const OPEN: Sql<SearchValue> = sql`
  SELECT client_id, facts.*, "browserFamily" AS browser_family
  FROM (SELECT client_id, ${SESSION_ACTIVITY} AS activity FROM session WHERE ${'recent'}::boolean AND ${UNFINISHED}
        ORDER BY ${TIME_IS_UP_AT} LIMIT ${MAX_OPEN}) AS open,
       jsonb_to_record(activity) AS facts ${ACTIVITY_RECORD}`;

/** The counts in the row of a bucket. */
export const SERIES_COUNTS = ['started', 'succeeded', 'cancelled', 'failed', 'unbound', 'expired'] as const;

const sums = (counts: readonly ActivityCount[]) =>
  Object.fromEntries(
    ACTIVITY_COUNTS.map((count) => [
      count,
      column.bigint(counts.includes(count) ? sql`sum(${countColumn(count)})::bigint` : sql`0::bigint`),
    ]),
  ) as { readonly [Count in ActivityCount]: Column<number> }; // fromEntries loses the key types

/** A row for each client and browser family. */
const PARTY_ROW = {
  kind: column.text<SessionKind>('kind'),
  startsAt: nullable(column.timestamptz(sql`NULL::timestamptz`)),
  clientId: nullable(column.text('client_id')),
  browserFamily: nullable(column.text('browser_family')),
  ...sums(ACTIVITY_COUNTS),
};

/** A row for each bucket, with only the counts of the series. */
const BUCKET_ROW: typeof PARTY_ROW = {
  kind: column.text<SessionKind>('kind'),
  startsAt: nullable(column.timestamptz('starts_at')),
  clientId: nullable(column.text(sql`NULL::text`)),
  browserFamily: nullable(column.text(sql`NULL::text`)),
  ...sums(SERIES_COUNTS),
};

export type Counts = { readonly [Count in ActivityCount]: number };

/** The sessions of a client in a browser family. */
export type PartyCounts = Counts & {
  readonly kind: SessionKind;
  readonly clientId: string;
  readonly browserFamily: string;
};
/** The sessions that were started in a bucket. */
export type BucketRow = Pick<Counts, (typeof SERIES_COUNTS)[number]> & {
  readonly kind: SessionKind;
  readonly startsAt: Date;
};

export interface Activity {
  readonly parties: readonly PartyCounts[];
  readonly buckets: readonly BucketRow[];
}

/** Ended sessions that are not counted yet, and open ones: rows with the columns of {@link ACTIVITY_RECORD}. */
const WAITING: Sql<SearchValue> = sql`
  waiting AS (SELECT *, ${bucketStart<SearchValue>(sql`${'bucketSeconds'}::integer`, sql`"startedAt"`)} AS starts_at
              FROM (${STORED} UNION ALL ${OPEN}) AS session
              WHERE "startedAt" >= ${'from'} AND "startedAt" < ${'to'} AND ${WANTED})`;

const PARTIES: Sql<SearchValue | PartValue> = sql`
  SELECT ${selectList(PARTY_ROW)}
  FROM (SELECT client_id, kind, browser_family, ${COUNT_COLUMNS} FROM ${inParts(sql`activity`)}
        UNION ALL
        SELECT client_id, kind, browser_family, ${COUNTED} FROM waiting GROUP BY client_id, kind, browser_family) AS counted
  GROUP BY kind, client_id, browser_family`;

// This is not one aggregate with GROUPING SETS, because PostgreSQL would then sort every row of the time, with all of its counts.
const SERIES: Sql<SearchValue> = sql`
  SELECT ${selectList(BUCKET_ROW)}
  FROM (SELECT starts_at, kind, ${joinSql(SERIES_COUNTS.map(countColumn))} FROM ${BUCKETS}
        UNION ALL
        SELECT starts_at, kind, ${joinSql(SERIES_COUNTS.map(countColumn))}
        FROM (SELECT starts_at, kind, ${COUNTED} FROM waiting GROUP BY starts_at, kind) AS counted_now) AS counted
  GROUP BY kind, starts_at`;

const READ_PARTIES = statement({ text: sql`WITH ${WAITING} ${PARTIES}`, returns: PARTY_ROW });
const READ_ALL = statement({ text: sql`WITH ${WAITING} ${PARTIES} UNION ALL ${SERIES}`, returns: PARTY_ROW });

const REASON_ROW = {
  kind: column.text<SessionKind>('kind'),
  clientId: column.text('client_id'),
  reason: column.text<Reason>('reason'),
  sessions: column.bigint(sql`sum(sessions)::bigint`),
};

export type ReasonRow = RowOf<typeof REASON_ROW>;

const READ_REASONS = statement({
  text: sql`SELECT ${selectList(REASON_ROW)}
            FROM (SELECT kind, client_id, reason, sessions FROM ${inParts(sql`activity_reason`)}
                  UNION ALL
                  SELECT kind, client_id, reason, 1 FROM (${STORED}) AS session
                  WHERE reason IS NOT NULL AND "startedAt" >= ${'from'} AND "startedAt" < ${'to'} AND ${WANTED}) AS counted
            GROUP BY kind, client_id, reason`,
  returns: REASON_ROW,
});

function valuesOf(search: ActivitySearch, now: Date) {
  const recent = now.getTime() - search.to.getTime() < SETTLED_SECONDS * 1000;
  const parts = partsOf(search);
  return {
    ...search,
    recent,
    lengths: parts.map(({ bucketSeconds }) => bucketSeconds),
    begins: parts.map(({ from }) => from),
    ends: parts.map(({ to }) => to),
  };
}

/** The counts by client and browser family, and by bucket, in any order. Without sessions there is no row. */
export async function readActivity(pool: Pool, search: ActivitySearch, now: Date): Promise<Activity> {
  const rows = await query(pool, READ_ALL, valuesOf(search, now));
  return { parties: rows.flatMap(partyOf), buckets: rows.flatMap(bucketOf) };
}

/** The counts by client and browser family alone. */
export async function readParties(pool: Pool, search: ActivitySearch, now: Date): Promise<readonly PartyCounts[]> {
  return (await query(pool, READ_PARTIES, valuesOf(search, now))).flatMap(partyOf);
}

function partyOf({ clientId, browserFamily, ...counts }: RowOf<typeof PARTY_ROW>): readonly PartyCounts[] {
  return clientId === null || browserFamily === null ? [] : [{ ...counts, clientId, browserFamily }];
}

function bucketOf({ startsAt, ...counts }: RowOf<typeof PARTY_ROW>): readonly BucketRow[] {
  return startsAt === null ? [] : [{ ...counts, startsAt }];
}

/** How often each reason of a failure or cancellation was given, by client. */
export async function readReasons(pool: Pool, search: ActivitySearch, now: Date): Promise<readonly ReasonRow[]> {
  return query(pool, READ_REASONS, valuesOf(search, now));
}

const NAMES = statement({
  text: sql`SELECT client_id AS "clientId", name FROM client`,
  returns: { clientId: column.text('client_id'), name: column.text('name') },
});

export async function readClientNames(pool: Pool): Promise<ReadonlyMap<string, string>> {
  return new Map((await query(pool, NAMES, {})).map(({ clientId, name }) => [clientId, name]));
}

/** What one statement deletes at most. */
const FORGOTTEN_ROWS = 5_000;

const forget = (table: Sql<never>) =>
  statement({
    text: sql`DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table}
              WHERE bucket_seconds = ${'bucketSeconds'} AND starts_at < ${'before'} LIMIT ${FORGOTTEN_ROWS}))`,
  });
const FORGET = [forget(sql`activity`), forget(sql`activity_reason`)];

/** Deletes buckets that are older than {@link KEPT_SECONDS}. Returns their number. */
export async function forgetActivity(pool: Pool, now: Date): Promise<number> {
  let total = 0;
  for (const bucketSeconds of BUCKET_SECONDS) {
    const before = new Date(now.getTime() - KEPT_SECONDS[bucketSeconds] * 1000);
    for (const statement of FORGET) {
      for (let deleted = FORGOTTEN_ROWS; deleted === FORGOTTEN_ROWS; total += deleted) {
        deleted = await execute(pool, statement, { bucketSeconds, before });
      }
    }
  }
  return total;
}
