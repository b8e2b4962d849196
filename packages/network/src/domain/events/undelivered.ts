/** What a client's webhooks have not taken, for the console: a page of deliveries. */
import type { Delivery } from '@payment-passkeys/protocol/console';
import { column, nullable, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { cutPage } from '../../platform/http/cursor.ts';

const DELIVERY = {
  eventId: column.text('event.event_id'),
  type: column.text('event.type'),
  occurredAt: column.timestamptz('event.occurred_at'),
  position: column.bigint('delivery.position'),
  uri: column.text('delivery.uri'),
  attempts: column.integer('delivery.attempts'),
  dueAt: column.timestamptz('delivery.due_at'),
  deadAt: nullable(column.timestamptz('delivery.dead_at')),
  failure: nullable(column.text('delivery.failure')),
};

const PAGE = statement({
  text: sql`SELECT ${selectList(DELIVERY)} FROM event_delivery AS delivery JOIN event USING (client_id, position)
            WHERE client_id = ${'clientId'} AND (${'dead'}::boolean IS NULL OR (dead_at IS NOT NULL) = ${'dead'})
              AND (${'beforePosition'}::bigint IS NULL OR (position, uri) < (${'beforePosition'}, ${'beforeUri'}::text))
            ORDER BY position DESC, uri DESC LIMIT ${'limit'}`,
  returns: DELIVERY,
});

/** Where a page ended. */
export interface DeliveryPlace {
  readonly position: number;
  readonly uri: string;
}

const PAGE_SIZE = 50;

/** The deliveries that wait, or are dead, or both; the newest event first. */
export async function readDeliveries(
  pool: Pool,
  page: {
    readonly clientId: string;
    readonly state: Delivery['state'] | undefined;
    readonly before: DeliveryPlace | undefined;
  },
): Promise<{ readonly items: readonly Delivery[]; readonly next: DeliveryPlace | undefined }> {
  const { clientId, state, before } = page;
  const found = await query(pool, PAGE, {
    clientId,
    dead: state && state === 'DEAD',
    beforePosition: before?.position,
    beforeUri: before?.uri,
    limit: PAGE_SIZE + 1,
  });
  const { rows, last } = cutPage(found, PAGE_SIZE);
  return { items: rows.map(describe), next: last && { position: last.position, uri: last.uri } };
}

function describe({
  eventId,
  type,
  occurredAt,
  uri,
  attempts,
  dueAt,
  deadAt,
  failure,
}: RowOf<typeof DELIVERY>): Delivery {
  return {
    eventId,
    type,
    occurredAt: occurredAt.toISOString(),
    uri,
    attempts,
    ...(deadAt === null
      ? { state: 'WAITING', nextAttemptAt: dueAt.toISOString() }
      : { state: 'DEAD', deadAt: deadAt.toISOString() }),
    ...(failure !== null && { failure }),
  };
}
