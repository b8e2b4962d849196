/** Finds the id of an event that was just stored. An event gets its id when it is moved to the client's log. */
import { column, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { moveForReader } from './mover.ts';

/** The event is searched as soon as it is in the log, so a search of this many last events is enough. */
const LATEST = 1000;

const FIND = statement({
  text: sql`SELECT event_id AS "eventId" FROM (SELECT event_id, type, data FROM event WHERE client_id = ${'clientId'}
                                                ORDER BY position DESC LIMIT ${LATEST}) AS latest
            WHERE type = ${'type'} AND data @> ${'data'}::jsonb`,
  returns: { eventId: column.text() },
});

/**
 * Moves a stored event to the client's log, with everything else that waits. Returns its id. `data` are members of the event's data that no other
 * event has, such as a new id.
 */
export async function moveEvent(
  pool: Pool,
  event: { readonly clientId: string; readonly type: string; readonly data: object; readonly now: Date },
): Promise<string> {
  const { clientId, type, data, now } = event;
  await moveForReader(pool, { clientId, now });
  const [found] = await query(pool, FIND, { clientId, type, data });
  if (found === undefined) throw new Error('The event was moved to the log.');
  return found.eventId;
}
