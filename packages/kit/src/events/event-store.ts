/** The interface of the host's store for events, and the two ready-made ones. */
import { addSeconds, EVENT_DAYS } from '@payment-passkeys/protocol';
import { declareMemoryStore } from '../stores/declare-memory-store.ts';

/** A store must keep an event's id for 35 days, because the network delivers an event, and answers it to pulls, for thirty. */
export const EVENT_KEPT_SECONDS: number = (EVENT_DAYS + 5) * 24 * 60 * 60;

/** How far a client has read. */
export interface EventCursor {
  /** The id of the last event. */
  readonly eventId: string;
  /** When the reader last looked. */
  readonly readAt: Date;
}

/**
 * Which events were handled, and how far they were read. Every method is durable when it resolves, and rejects with the store's own error.
 * It holds ids of events and of clients, and nothing of a cardholder. Two clients, and both kits, may share one store.
 */
export interface EventStore {
  /** Returns the ids of the query that were handled. A query has at most 500 ids. */
  findHandled(query: { readonly eventIds: readonly string[] }): Promise<readonly string[]>;
  /** Keeps an event's id for at least {@link EVENT_KEPT_SECONDS}. The same id again is not an error. */
  noteHandled(note: { readonly eventId: string; readonly handledAt: Date }): Promise<void>;
  /** The last event that the client has read, and when it last looked; undefined if it has read none. */
  findCursor(key: { readonly clientId: string }): Promise<EventCursor | undefined>;
  /** Replaces the client's cursor. */
  noteCursor(note: EventCursor & { readonly clientId: string }): Promise<void>;
}

/** See the kits' `createMemoryEventStore`. Throws KitError `INVALID_OPTIONS` if NODE_ENV is `production`. */
export function createMemoryEventStore(): EventStore {
  declareMemoryStore('createMemoryEventStore', 'createPostgresEventStore');
  const handled = new Map<string, Date>();
  const cursors = new Map<string, EventCursor>();
  return {
    findHandled: async ({ eventIds }) => eventIds.filter((id) => handled.has(id)),
    async noteHandled({ eventId, handledAt }) {
      for (const [id, at] of handled) {
        if (addSeconds(at, EVENT_KEPT_SECONDS) >= handledAt) break; // in the order in which they were handled
        handled.delete(id);
      }
      handled.set(eventId, handledAt);
    },
    findCursor: async ({ clientId }) => cursors.get(clientId),
    noteCursor: async ({ clientId, ...cursor }) => void cursors.set(clientId, cursor),
  };
}

/**
 * The tables of {@link createPostgresEventStore}. See the kits' `EVENT_MIGRATION`. A host that is issuer and merchant on one database has them once.
 */
export const EVENT_MIGRATION = `\
-- Payment passkeys: which events of the network were handled, and how far they were read. Ids only, nothing of a cardholder.
CREATE TABLE IF NOT EXISTS payment_passkey_event (
  event_id      text PRIMARY KEY,
  forget_after  timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS payment_passkey_event_forget_after ON payment_passkey_event (forget_after);

CREATE TABLE IF NOT EXISTS payment_passkey_event_cursor (
  client_id  text PRIMARY KEY,
  event_id   text NOT NULL,
  read_at    timestamptz NOT NULL
);
`;

/** An insert deletes at most this many expired rows: more than it adds, so the table stays small without a periodic job. */
const SWEEP_ROWS = 20;

/** The part of a `pg` Pool that the store uses. */
export interface QueryPool {
  query<Row extends Record<string, unknown>>(text: string, values: readonly unknown[]): Promise<{ rows: Row[] }>;
}

/** A store on the tables of {@link EVENT_MIGRATION}. Each method is one statement, autocommitted. */
export function createPostgresEventStore(pool: QueryPool): EventStore {
  return {
    async findHandled({ eventIds }) {
      const { rows } = await pool.query<{ event_id: string }>(
        'SELECT event_id FROM payment_passkey_event WHERE event_id = ANY($1)',
        [eventIds],
      );
      return rows.map(({ event_id }) => event_id);
    },

    async noteHandled({ eventId, handledAt }) {
      await pool.query(
        `WITH swept AS (
           DELETE FROM payment_passkey_event WHERE event_id IN (
             SELECT event_id FROM payment_passkey_event WHERE forget_after < $2 LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))
         INSERT INTO payment_passkey_event (event_id, forget_after) VALUES ($1, $3) ON CONFLICT (event_id) DO NOTHING`,
        [eventId, handledAt, addSeconds(handledAt, EVENT_KEPT_SECONDS)],
      );
    },

    async findCursor({ clientId }) {
      const { rows } = await pool.query<{ event_id: string; read_at: Date }>(
        'SELECT event_id, read_at FROM payment_passkey_event_cursor WHERE client_id = $1',
        [clientId],
      );
      return rows[0] && { eventId: rows[0].event_id, readAt: rows[0].read_at };
    },

    async noteCursor({ clientId, eventId, readAt }) {
      await pool.query(
        `INSERT INTO payment_passkey_event_cursor (client_id, event_id, read_at) VALUES ($1, $2, $3)
         ON CONFLICT (client_id) DO UPDATE SET event_id = excluded.event_id, read_at = excluded.read_at`,
        [clientId, eventId, readAt],
      );
    },
  };
}
