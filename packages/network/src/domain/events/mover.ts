/**
 * Moves events from the outbox to the clients' logs, makes the deliveries to their webhooks, and counts the sessions that ended. An event gets its
 * position here and not when it is made. Otherwise a transaction could take a position and commit late, and a reader that has already read past
 * the position would miss the event.
 */
import { column, execute, inTransaction, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { IS_WANTED } from './deliveries.ts';
import { ACTIVITY_COUNTED } from './session-activity.ts';

/** What one statement moves at most. */
const MOVED_ROWS = 500;

/** The number of the mover's advisory lock: any number that nothing else in this database takes. */
const LOCK = 7_041_105;

/**
 * One mover at a time, until its commit: so the rows of a log appear in the order of their positions, and a reader of one row has read all rows
 * before it. This is a statement of its own, so that the next statement sees what the previous mover has moved.
 */
const TAKE_TURN = statement({
  name: 'events-turn',
  text: sql`SELECT 1 AS taken FROM (SELECT pg_advisory_xact_lock(${LOCK})) AS locked`,
  returns: { taken: column.integer() },
});
/** No row while another mover is at work. */
const TRY_TURN = statement({
  name: 'events-turn-if-free',
  text: sql`SELECT 1 AS taken FROM (SELECT pg_try_advisory_xact_lock(${LOCK}) AS free, set_config('synchronous_commit', 'off', true)) AS locked WHERE free`,
  returns: { taken: column.integer() },
});

const HAS_EVENTS = statement({ name: 'events-stored', text: sql`SELECT FROM outbox LIMIT 1` });

const MOVE = statement({
  name: 'events-move',
  text: sql`
    WITH taken AS (DELETE FROM outbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM outbox LIMIT ${MOVED_ROWS}))
              RETURNING client_id, type, triggered_by, occurred_at, data, activity),
    ${ACTIVITY_COUNTED},
    placed AS (SELECT *, row_number() OVER (PARTITION BY client_id ORDER BY occurred_at) AS place, count(*) OVER (PARTITION BY client_id) AS rows
               FROM taken),
    log AS (INSERT INTO event_log (client_id, last_position) SELECT client_id, count(*) FROM taken GROUP BY client_id
            ON CONFLICT (client_id) DO UPDATE SET last_position = event_log.last_position + excluded.last_position
            RETURNING client_id, last_position),
    numbered AS (SELECT placed.*, last_position - rows + place AS position FROM placed JOIN log USING (client_id)),
    logged AS (INSERT INTO event (client_id, position, event_id, type, triggered_by, occurred_at, data)
               SELECT client_id, position, 'evt_' || lpad(to_hex(position), 12, '0') || right(replace(gen_random_uuid()::text, '-', ''), 20),
                      type, triggered_by, occurred_at, data
               FROM numbered RETURNING client_id, position, type, data),
    delivered AS (INSERT INTO event_delivery (client_id, uri, position, started_at, due_at)
                  SELECT client_id, uri, position, ${'now'}::timestamptz, ${'now'}::timestamptz FROM logged JOIN webhook USING (client_id)
                  WHERE disabled_at IS NULL AND ${IS_WANTED}
                  RETURNING true)
    SELECT (SELECT count(*) FROM logged)::integer AS moved, (SELECT count(*) FROM delivered)::integer AS deliveries`,
  returns: { moved: column.integer(), deliveries: column.integer() },
});

/** Moves all that was committed before the call. Stops early if `turn` has no row, because another mover is at work. */
async function moveAll(pool: Pool, turn: typeof TAKE_TURN, now: Date): Promise<void> {
  if ((await execute(pool, HAS_EVENTS, {})) === 0) return;
  const moveSome = () =>
    inTransaction(pool, async (connection) => {
      if ((await execute(connection, turn, {})) === 0) return 0;
      return (await query(connection, MOVE, { now }))[0]?.moved;
    });
  while ((await moveSome()) === MOVED_ROWS);
}

/** Writes something, so that its commit forces the log to disk up to here, with the commit of every earlier move. */
const FORCE = statement({
  name: 'events-force',
  text: sql`UPDATE event_log SET last_position = last_position WHERE client_id = ${'clientId'}`,
});

/**
 * Moves everything that was committed before the call, and forces that to disk, for a client that reads its log. So the client misses no event
 * that it can know of, and reads no id that a crash could undo.
 */
export async function moveForReader(
  pool: Pool,
  { clientId, now }: { readonly clientId: string; readonly now: Date },
): Promise<void> {
  await moveAll(pool, TAKE_TURN, now);
  await execute(pool, FORCE, { clientId });
}

/**
 * Moves events unless another process does. The commit is not forced to disk: a crash may take back the last moves, and their events are moved
 * again. Nobody has seen the ids that are lost then, because a claim of deliveries is forced to disk before the first one is posted, and a read is
 * forced to disk too.
 */
export function moveInBackground(pool: Pool, now: Date): Promise<void> {
  return moveAll(pool, TRY_TURN, now);
}
