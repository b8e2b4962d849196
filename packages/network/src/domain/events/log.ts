/** A client's log of events: pages of it by a cursor, and its deletion by age. */
import { addSeconds, EVENT_DAYS, type EventEnvelope } from '@payment-passkeys/protocol';
import { column, execute, nullable, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';
import { describeFacts, type FindModel, type StoredFacts } from '../passkeys/authenticator-facts.ts';

/** The columns of an event that its envelope is made of. */
export const LOGGED_EVENT = {
  id: column.text('event.event_id'),
  type: column.text('event.type'),
  triggeredBy: column.text<EventEnvelope['triggeredBy']>('event.triggered_by'),
  occurredAt: column.timestamptz('event.occurred_at'),
  data: column.jsonb<EventEnvelope['data'] & { readonly authenticator?: StoredFacts }>('event.data'),
};

/** Builds an event's envelope, with the members in the order of the contract. Facts of an authenticator get the name of its model. */
export function buildEnvelope(
  { id, type, occurredAt, triggeredBy, data }: RowOf<typeof LOGGED_EVENT>,
  findModel: FindModel,
): EventEnvelope {
  const { authenticator } = data;
  const whole = authenticator ? { ...data, authenticator: describeFacts(authenticator, findModel) } : data;
  return { id, type, timestamp: occurredAt.toISOString(), triggeredBy, data: whole };
}

const PAGE = statement({
  name: 'events-page',
  text: sql`SELECT ${selectList(LOGGED_EVENT)} FROM event WHERE client_id = ${'clientId'} AND position > ${'position'}
            ORDER BY position LIMIT ${'limit'}`,
  returns: LOGGED_EVENT,
});

/**
 * The client's events after a cursor, oldest first; without a cursor, from the oldest event that is kept. Throws {@link ServiceError}:
 * EVENT_NOT_FOUND if the cursor is not an event of this client, CURSOR_TOO_OLD if that event was deleted by its age.
 */
export async function readEvents(
  pool: Pool,
  { clientId, after, limit }: { readonly clientId: string; readonly after: string | undefined; readonly limit: number },
  findModel: FindModel,
): Promise<readonly EventEnvelope[]> {
  const position = after === undefined ? 0 : await findPosition(pool, { clientId, after });
  return (await query(pool, PAGE, { clientId, position, limit })).map((row) => buildEnvelope(row, findModel));
}

const CURSOR = statement({
  name: 'events-cursor',
  text: sql`SELECT last_position AS "lastPosition",
                   (SELECT event_id FROM event WHERE event.client_id = event_log.client_id AND position = ${'position'}) AS id
            FROM event_log WHERE client_id = ${'clientId'}`,
  returns: { lastPosition: column.bigint(), id: nullable(column.text()) },
});

/** The position that an event's id begins with. */
export function positionOf(eventId: string): number {
  return Number.parseInt(eventId.slice('evt_'.length, 'evt_'.length + 12), 16);
}

async function findPosition(
  pool: Pool,
  { clientId, after }: { readonly clientId: string; readonly after: string },
): Promise<number> {
  const position = positionOf(after);
  const [log] = await query(pool, CURSOR, { clientId, position });
  const cursor = { pointer: '/after', sourceType: 'QUERY' } as const;
  const given = log !== undefined && position >= 1 && position <= log.lastPosition;
  if (!given || (log.id !== null && log.id !== after)) throw new ServiceError({ code: 'EVENT_NOT_FOUND', ...cursor });
  if (log.id === null) throw new ServiceError({ code: 'CURSOR_TOO_OLD', ...cursor });
  return position;
}

/** What one statement deletes at most, of each client. */
const FORGOTTEN_ROWS = 1_000;

/** Reads only the beginning of each log, so that no index by age is needed. */
const FORGET = statement({
  text: sql`WITH due AS (SELECT event_log.client_id, oldest.position
                         FROM event_log, LATERAL (SELECT position, occurred_at FROM event WHERE event.client_id = event_log.client_id
                                                  ORDER BY position LIMIT ${FORGOTTEN_ROWS}) AS oldest
                         WHERE occurred_at < ${'before'}),
                 undelivered AS (DELETE FROM event_delivery AS delivery USING due
                                 WHERE delivery.client_id = due.client_id AND delivery.position = due.position)
            DELETE FROM event USING due WHERE event.client_id = due.client_id AND event.position = due.position`,
});

/** Deletes events that are older than {@link EVENT_DAYS} days, with their deliveries. Returns the number of events. */
export async function forgetEvents(pool: Pool, now: Date): Promise<number> {
  const before = addSeconds(now, -EVENT_DAYS * 24 * 60 * 60);
  for (let total = 0; ; ) {
    const deleted = await execute(pool, FORGET, { before });
    total += deleted;
    if (deleted === 0) return total;
  }
}
