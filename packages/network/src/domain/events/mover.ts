/**
 * Moves events from the outbox to the clients' logs, and makes the deliveries to their webhooks. An event gets its position here and not
 * when it is made: a position that a transaction took and commits late would be skipped by a reader that has read past it.
 */
import { column, query, type Sql, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

/** What one statement moves at most. */
const MOVED_ROWS = 500;

/** Any number, as long as nothing else in this database takes it: the advisory lock of the mover. */
const LOCK = 7_041_105;

/**
 * One mover at a time, until its commit: so the rows of a log appear in the order of their positions, and whoever reads one has read all
 * before it. `turn` has a row if it is this statement's turn.
 */
const move = (name: string, turn: Sql<never>) =>
  statement({
    name,
    text: sql`
    WITH turn AS MATERIALIZED (${turn}),
    taken AS (DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT outbox.ctid FROM turn, outbox LIMIT ${MOVED_ROWS}))
              RETURNING client_id, type, triggered_by, occurred_at, data),
    placed AS (SELECT *, row_number() OVER (PARTITION BY client_id ORDER BY occurred_at) AS place, count(*) OVER (PARTITION BY client_id) AS rows
               FROM taken),
    log AS (INSERT INTO event_log (client_id, last_position) SELECT client_id, count(*) FROM taken GROUP BY client_id
            ON CONFLICT (client_id) DO UPDATE SET last_position = event_log.last_position + excluded.last_position
            RETURNING client_id, last_position),
    numbered AS (SELECT placed.*, last_position - rows + place AS position FROM placed JOIN log USING (client_id)),
    logged AS (INSERT INTO event (client_id, position, event_id, type, triggered_by, occurred_at, data)
               SELECT client_id, position, 'evt_' || lpad(to_hex(position), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20),
                      type, triggered_by, occurred_at, data
               FROM numbered RETURNING client_id, position, type),
    delivered AS (INSERT INTO event_delivery (client_id, uri, position, started_at, due_at)
                  SELECT client_id, uri, position, ${'now'}::timestamptz, ${'now'}::timestamptz FROM logged JOIN webhook USING (client_id)
                  WHERE disabled_at IS NULL AND (type = ANY (types) OR split_part(type, '.', 1) || '.*' = ANY (types))
                  RETURNING true)
    SELECT (SELECT count(*) FROM logged)::integer AS moved, (SELECT count(*) FROM delivered)::integer AS deliveries`,
    returns: { moved: column.integer(), deliveries: column.integer() },
  });

const MOVE_IN_TURN = move('events-move-in-turn', sql`SELECT FROM (SELECT pg_advisory_xact_lock(${LOCK})) AS locked`);
const MOVE_IF_FREE = move(
  'events-move-if-free',
  sql`SELECT FROM (SELECT pg_try_advisory_xact_lock(${LOCK}) AS free) AS locked WHERE free`,
);

/**
 * Moves everything that was committed before the call. `WAIT` waits for another mover, so that a client which reads its log reads all that
 * it could know of; `SKIP` leaves the work to the other.
 */
export async function moveEvents(
  pool: Pool,
  { now, busy }: { readonly now: Date; readonly busy: 'WAIT' | 'SKIP' },
): Promise<void> {
  for (;;) {
    const [row] = await query(pool, busy === 'WAIT' ? MOVE_IN_TURN : MOVE_IF_FREE, { now });
    if ((row?.moved ?? 0) < MOVED_ROWS) return;
  }
}
