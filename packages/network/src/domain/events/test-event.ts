/** The event by which an operator tries one webhook: it is delivered like every other event, but reports nothing. It has a type of its own. */
import { randomUUID } from 'node:crypto';
import { TEST_EVENT } from '@payment-passkeys/protocol';
import type { TestEventState } from '@payment-passkeys/protocol/console';
import { column, literals, nullable, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';
import { type Author, auditEntry, authorValues } from '../audit/entry.ts';
import { positionOf } from './log.ts';
import { moveEvent } from './move-event.ts';
import { storedEvents } from './outbox.ts';

const TRY = statement({
  text: sql`WITH endpoint AS (SELECT client_id, uri, disabled_at IS NOT NULL AS off FROM webhook WHERE client_id = ${'clientId'} AND uri = ${'uri'}),
                 ${storedEvents({
                   type: sql`${literals([TEST_EVENT])}`,
                   to: sql`client_id`,
                   by: sql`'NETWORK'`,
                   data: sql`jsonb_build_object('test', true, 'testId', ${'testId'}::text, 'uri', uri)`,
                   from: sql`endpoint WHERE NOT off`,
                 })},
                 ${auditEntry({
                   action: 'webhook.tested',
                   subject: { kind: 'client', id: sql`client_id` },
                   after: sql`jsonb_build_object('uri', uri)`,
                   from: sql`endpoint WHERE NOT off`,
                 })}
            SELECT off FROM endpoint`,
  returns: { off: column.boolean() },
});

/**
 * Stores a test event for one webhook, and moves it to the client's log. Returns its id. Throws {@link ServiceError}: WEBHOOK_NOT_FOUND;
 * WEBHOOK_OFF if the webhook is switched off.
 */
export async function sendTestEvent(
  pool: Pool,
  test: { readonly clientId: string; readonly uri: string; readonly author: Author; readonly now: Date },
): Promise<string> {
  const { clientId, uri, author, now } = test;
  const testId = randomUUID();
  const [endpoint] = await query(pool, TRY, { clientId, uri, testId, now, ...authorValues(author) });
  if (endpoint === undefined) throw new ServiceError({ code: 'WEBHOOK_NOT_FOUND', pointer: '/uri' });
  if (endpoint.off) throw new ServiceError({ code: 'WEBHOOK_OFF', pointer: '/uri' });
  return moveEvent(pool, { clientId, type: TEST_EVENT, data: { testId }, now });
}

const STATE = statement({
  text: sql`SELECT delivery.attempts, delivery.failure, delivery.position IS NOT NULL AS undelivered, dead_at IS NOT NULL AS dead
            FROM event LEFT JOIN event_delivery AS delivery USING (client_id, position)
            WHERE client_id = ${'clientId'} AND position = ${'position'} AND event_id = ${'eventId'} AND type = ${literals([TEST_EVENT])}`,
  returns: {
    attempts: nullable(column.integer()),
    failure: nullable(column.text()),
    undelivered: column.boolean(),
    dead: column.boolean(),
  },
});

/** What became of a test event. Throws {@link ServiceError} EVENT_NOT_FOUND. */
export async function findTestEvent(
  pool: Pool,
  { clientId, eventId }: { readonly clientId: string; readonly eventId: string },
): Promise<TestEventState> {
  const [found] = await query(pool, STATE, { clientId, eventId, position: positionOf(eventId) });
  if (found === undefined)
    throw new ServiceError({ code: 'EVENT_NOT_FOUND', message: 'The client has no such test event.' });
  const { attempts, failure, undelivered, dead } = found;
  const waiting = dead ? 'DEAD' : 'WAITING';
  return { state: undelivered ? waiting : 'TAKEN', attempts: attempts ?? 0, ...(failure !== null && { failure }) };
}
