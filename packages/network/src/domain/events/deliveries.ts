/** Deliveries of events to webhooks, in the database: which are due, what became of an attempt, replay. */
import {
  addSeconds,
  DELIVERY_DAYS,
  DELIVERY_SECONDS,
  type EventEnvelope,
  TEST_EVENT,
} from '@payment-passkeys/protocol';
import {
  column,
  execute,
  literals,
  nullable,
  query,
  type RowOf,
  type Sql,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { auditEntry, authorValues } from '../audit/entry.ts';
import type { ChangeContext } from '../clients/store.ts';
import type { FindModel } from '../passkeys/authenticator-facts.ts';
import { buildEnvelope, LOGGED_EVENT } from './log.ts';
import { pauseAfter } from './retry-schedule.ts';

/** An attempt whose result is not known after this time was lost with its process, and is made again. */
const LEASE_SECONDS = 6 * DELIVERY_SECONDS;

const CLAIMED = {
  clientId: column.text('claimed.client_id'),
  uri: column.text('claimed.uri'),
  position: column.bigint('claimed.position'),
  /** Includes the attempt that begins now. */
  attempts: column.integer('claimed.attempts'),
  startedAt: column.timestamptz('claimed.started_at'),
};

/** Claims, for each endpoint, the deliveries that have been due longest. So an endpoint with many deliveries does not delay another one. */
const CLAIM = statement({
  name: 'deliveries-claim',
  text: sql`
    WITH endpoint AS (SELECT webhook.client_id, webhook.uri, ${'atOnce'}::integer - coalesce(under_way, 0) AS free
                      FROM webhook JOIN client USING (client_id)
                      LEFT JOIN unnest(${'busyClients'}::text[], ${'busyUris'}::text[], ${'busyCounts'}::integer[])
                                AS busy (client_id, uri, under_way) USING (client_id, uri)
                      WHERE disabled_at IS NULL AND suspended_at IS NULL),
    due AS (SELECT oldest.* FROM endpoint, LATERAL (
              SELECT client_id, uri, position FROM event_delivery AS delivery
              WHERE delivery.client_id = endpoint.client_id AND delivery.uri = endpoint.uri AND dead_at IS NULL AND due_at <= ${'now'}
              ORDER BY due_at LIMIT greatest(endpoint.free, 0) FOR UPDATE SKIP LOCKED) AS oldest
            LIMIT ${'most'}),
    claimed AS (UPDATE event_delivery AS delivery SET attempts = attempts + 1, due_at = ${'leasedUntil'}::timestamptz
                FROM due WHERE delivery.client_id = due.client_id AND delivery.uri = due.uri AND delivery.position = due.position
                RETURNING delivery.*)
    SELECT ${selectList({ ...CLAIMED, ...LOGGED_EVENT })} FROM claimed JOIN event USING (client_id, position)`,
  returns: { ...CLAIMED, ...LOGGED_EVENT },
});

/** One attempt that this process has to make. */
export interface ClaimedDelivery extends RowOf<typeof CLAIMED> {
  readonly event: EventEnvelope;
}

/** The attempts of this process that are under way at an endpoint. */
export interface BusyEndpoint {
  readonly clientId: string;
  readonly uri: string;
  readonly underWay: number;
}

/**
 * Claims deliveries that are due: at most `most`, and for each endpoint only until `atOnce` attempts of this process are under way there. No other
 * process gets them before the lease ends.
 */
export async function claimDeliveries(
  pool: Pool,
  claim: {
    readonly now: Date;
    readonly busy: readonly BusyEndpoint[];
    readonly atOnce: number;
    readonly most: number;
  },
  findModel: FindModel,
): Promise<readonly ClaimedDelivery[]> {
  const { now, busy, atOnce, most } = claim;
  const rows = await query(pool, CLAIM, {
    now,
    atOnce,
    most,
    leasedUntil: addSeconds(now, LEASE_SECONDS),
    busyClients: busy.map(({ clientId }) => clientId),
    busyUris: busy.map(({ uri }) => uri),
    busyCounts: busy.map(({ underWay }) => underWay),
  });
  return rows.map(({ clientId, uri, position, attempts, startedAt, ...event }) => ({
    clientId,
    uri,
    position,
    attempts,
    startedAt,
    event: buildEnvelope(event, findModel),
  }));
}

const TAKEN = statement({
  name: 'delivery-taken',
  text: sql`DELETE FROM event_delivery WHERE client_id = ${'clientId'} AND uri = ${'uri'} AND position = ${'position'}`,
});

/** The endpoint has taken the event. */
export async function recordTaken(pool: Pool, { clientId, uri, position }: ClaimedDelivery): Promise<void> {
  await execute(pool, TAKEN, { clientId, uri, position });
}

const WINDOW_SECONDS = DELIVERY_DAYS * 24 * 60 * 60;

/** Has no effect if the lease ended and another attempt began. */
const FAILED = statement({
  name: 'delivery-failed',
  text: sql`UPDATE event_delivery SET failure = ${'failure'}, due_at = ${'dueAt'}::timestamptz, dead_at = ${'deadAt'}::timestamptz
            WHERE client_id = ${'clientId'} AND uri = ${'uri'} AND position = ${'position'} AND attempts = ${'attempts'} AND dead_at IS NULL
            RETURNING dead_at IS NOT NULL AS dead`,
  returns: { dead: column.boolean() },
});

/**
 * Records a failed attempt. Returns whether the delivery is dead now, because its next attempt would come after the three days. `random` is from 0
 * to 1.
 */
export async function recordFailure(
  pool: Pool,
  { clientId, uri, position, attempts, startedAt }: ClaimedDelivery,
  { failure, now, random }: { readonly failure: string; readonly now: Date; readonly random: number },
): Promise<boolean> {
  const dueAt = addSeconds(now, pauseAfter(attempts, random));
  const deadAt = dueAt >= addSeconds(startedAt, WINDOW_SECONDS) ? now : null;
  const [row] = await query(pool, FAILED, { clientId, uri, position, attempts, failure, dueAt, deadAt });
  return row?.dead ?? false;
}

const SWITCH_OFF = statement({
  name: 'webhook-switch-off',
  text: sql`WITH off AS (UPDATE webhook SET disabled_at = ${'now'} WHERE client_id = ${'clientId'} AND uri = ${'uri'} AND disabled_at IS NULL)
            UPDATE event_delivery SET dead_at = ${'now'}, failure = coalesce(failure, ${'failure'})
            WHERE client_id = ${'clientId'} AND uri = ${'uri'} AND dead_at IS NULL`,
});

/** The endpoint answered 410 (Gone): nothing is posted there until it is switched on again. The deliveries that it has not taken are dead. */
export async function switchOff(
  pool: Pool,
  { clientId, uri }: Pick<ClaimedDelivery, 'clientId' | 'uri'>,
  { failure, now }: { readonly failure: string; readonly now: Date },
): Promise<void> {
  await execute(pool, SWITCH_OFF, { clientId, uri, failure, now });
}

const SWITCH_ON = statement({
  text: sql`WITH enabled AS (UPDATE webhook SET disabled_at = NULL
                             WHERE client_id = ${'clientId'} AND (${'uri'}::text IS NULL OR uri = ${'uri'}) RETURNING client_id, uri),
                 ${auditEntry({
                   action: 'webhook.enabled',
                   subject: { kind: 'client', id: sql`client_id` },
                   after: sql`jsonb_build_object('uri', uri)`,
                   from: sql`enabled`,
                 })}
            SELECT FROM enabled`,
});

/** Switches an endpoint on again, or all endpoints of a client. Returns how many there are. */
export async function switchOn(
  pool: Pool,
  { author, ...endpoint }: ChangeContext & { readonly clientId: string; readonly uri: string | undefined },
): Promise<number> {
  return execute(pool, SWITCH_ON, { ...endpoint, ...authorValues(author) });
}

/**
 * A condition on an event and a webhook: the webhook names the event's type, or all of its subject, such as `binding.*`; or the event is a test
 * of this webhook.
 */
export const IS_WANTED: Sql<never> = sql`(type = ANY (types) OR split_part(type, '.', 1) || '.*' = ANY (types)
  OR type = ${literals([TEST_EVENT])} AND data ->> 'uri' = uri)`;

const replayed = (changed: Sql<'clientId' | 'now' | 'since'>) =>
  statement({
    text: sql`WITH again AS (${changed} RETURNING true), counted AS (SELECT count(*)::integer AS deliveries FROM again),
                   ${auditEntry({
                     action: 'events.replayed',
                     subject: { kind: 'client', id: sql`${'clientId'}` },
                     after: sql`jsonb_build_object('deliveries', deliveries, 'since', ${'since'}::timestamptz)`,
                     from: sql`counted`,
                   })}
              SELECT deliveries FROM counted`,
    returns: { deliveries: column.integer() },
  });

const REPLAY =
  replayed(sql`UPDATE event_delivery SET dead_at = NULL, attempts = 0, started_at = ${'now'}, due_at = ${'now'}
            WHERE client_id = ${'clientId'} AND dead_at IS NOT NULL`);

const REPLAY_SINCE = replayed(sql`INSERT INTO event_delivery (client_id, uri, position, started_at, due_at)
            SELECT event.client_id, uri, position, ${'now'}, ${'now'} FROM event JOIN webhook USING (client_id)
            WHERE client_id = ${'clientId'} AND occurred_at >= ${'since'} AND ${IS_WANTED}
            ON CONFLICT (client_id, uri, position) DO UPDATE SET dead_at = NULL, attempts = 0, started_at = ${'now'}, due_at = ${'now'}`);

/**
 * Makes deliveries due again: the client's dead ones, or with `since` every event from then on, whether it was taken before or not. Returns their
 * number.
 */
export async function replay(
  pool: Pool,
  given: ChangeContext & { readonly clientId: string; readonly since: Date | undefined },
): Promise<number> {
  const { clientId, since, author, now } = given;
  const statement = since === undefined ? REPLAY : REPLAY_SINCE;
  const [counted] = await query(pool, statement, { clientId, since, now, ...authorValues(author) });
  return counted?.deliveries ?? 0;
}

const ENDPOINT = {
  clientId: column.text('webhook.client_id'),
  uri: column.text('webhook.uri'),
  types: column.textArray('types'),
  disabledAt: nullable(column.timestamptz('disabled_at')),
  waiting: column.integer(sql`(count(position) FILTER (WHERE dead_at IS NULL))::integer`),
  /** Since when the oldest waiting delivery waits. */
  waitingSince: nullable(column.timestamptz(sql`min(started_at) FILTER (WHERE dead_at IS NULL)`)),
  dead: column.integer(sql`(count(position) FILTER (WHERE dead_at IS NOT NULL))::integer`),
  /** The failure of the delivery that failed last. */
  failure: nullable(column.text(sql`(array_agg(failure ORDER BY due_at DESC) FILTER (WHERE failure IS NOT NULL))[1]`)),
};

export type Endpoint = RowOf<typeof ENDPOINT>;

const ENDPOINTS = statement({
  text: sql`SELECT ${selectList(ENDPOINT)} FROM webhook LEFT JOIN event_delivery USING (client_id, uri)
            GROUP BY webhook.client_id, webhook.uri, types, disabled_at ORDER BY webhook.client_id, webhook.uri`,
  returns: ENDPOINT,
});

/** Every endpoint, with what it has not taken. */
export async function listEndpoints(pool: Pool): Promise<readonly Endpoint[]> {
  return query(pool, ENDPOINTS, {});
}

const ENDPOINTS_OF_CLIENT = statement({
  text: sql`SELECT ${selectList(ENDPOINT)} FROM webhook LEFT JOIN event_delivery USING (client_id, uri) WHERE webhook.client_id = ${'clientId'}
            GROUP BY webhook.client_id, webhook.uri, types, disabled_at ORDER BY webhook.uri`,
  returns: ENDPOINT,
});

/** The endpoints of one client, with what they have not taken. */
export async function findEndpoints(pool: Pool, clientId: string): Promise<readonly Endpoint[]> {
  return query(pool, ENDPOINTS_OF_CLIENT, { clientId });
}

/** {@link readBacklog} counts at most this many of each. */
export const MAX_BACKLOG = 10_000;

const BACKLOG = {
  outbox: column.integer(sql`(SELECT count(*) FROM (SELECT FROM outbox LIMIT ${MAX_BACKLOG}) AS counted)::integer`),
  waiting: column.integer(
    sql`(SELECT count(*) FROM (SELECT FROM event_delivery WHERE dead_at IS NULL LIMIT ${MAX_BACKLOG}) AS counted)::integer`,
  ),
  dead: column.integer(
    sql`(SELECT count(*) FROM (SELECT FROM event_delivery JOIN webhook USING (client_id, uri)
                              WHERE dead_at IS NOT NULL AND disabled_at IS NULL LIMIT ${MAX_BACKLOG}) AS counted)::integer`,
  ),
  off: column.integer(sql`(SELECT count(*) FROM webhook WHERE disabled_at IS NOT NULL)::integer`),
  /** Since when the oldest event is in the outbox. */
  oldestStored: nullable(
    column.timestamptz(
      sql`(SELECT min(occurred_at) FROM (SELECT occurred_at FROM outbox LIMIT ${MAX_BACKLOG}) AS counted)`,
    ),
  ),
  /** Since when the oldest delivery waits for an endpoint that is on. */
  oldestWaiting: nullable(
    column.timestamptz(
      sql`(SELECT min(started_at) FROM (SELECT started_at FROM event_delivery JOIN webhook USING (client_id, uri)
                                        WHERE dead_at IS NULL AND disabled_at IS NULL LIMIT ${MAX_BACKLOG}) AS counted)`,
    ),
  ),
};

export type Backlog = RowOf<typeof BACKLOG>;

const READ_BACKLOG = statement({ text: sql`SELECT ${selectList(BACKLOG)}`, returns: BACKLOG });

/** What has not been moved or delivered. Takes at most about ten milliseconds, however much there is. */
export async function readBacklog(pool: Pool): Promise<Backlog> {
  const [row] = await query(pool, READ_BACKLOG, {});
  if (row === undefined) throw new Error('A SELECT without FROM has one row.');
  return row;
}
