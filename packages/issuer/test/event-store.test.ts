/** The ready-made event store on a real PostgreSQL: what it promises, and that it stays small. */
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPostgresEventStore, EVENT_KEPT_SECONDS, EVENT_MIGRATION, type EventStore } from '../src/server/index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let store: EventStore;

beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 16 });
  await database.pool.query(EVENT_MIGRATION);
  store = createPostgresEventStore(database.pool);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('TRUNCATE payment_passkey_event, payment_passkey_event_cursor');
});

test('it finds those of the ids that were handled', async () => {
  await store.noteHandled({ eventId: 'evt_1', handledAt: NOW });
  await store.noteHandled({ eventId: 'evt_2', handledAt: NOW });
  expect(await store.findHandled({ eventIds: ['evt_2', 'evt_3'] })).toEqual(['evt_2']);
  expect(await store.findHandled({ eventIds: [] })).toEqual([]);
});

test('the same id from many processes at once is no error, and one row', async () => {
  await Promise.all(Array.from({ length: 16 }, () => store.noteHandled({ eventId: 'evt_1', handledAt: NOW })));
  const { rows } = await database.pool.query('SELECT count(*)::int AS kept FROM payment_passkey_event');
  expect(rows).toEqual([{ kept: 1 }]);
});

test('a cursor for each client; the latest one counts', async () => {
  expect(await store.findCursor({ clientId: 'bank' })).toBeUndefined();
  await store.noteCursor({ clientId: 'bank', eventId: 'evt_1', readAt: NOW });
  await store.noteCursor({ clientId: 'shop', eventId: 'evt_7', readAt: NOW });
  const later = new Date(NOW.getTime() + 60_000);
  await store.noteCursor({ clientId: 'bank', eventId: 'evt_2', readAt: later });
  expect(await store.findCursor({ clientId: 'bank' })).toEqual({ eventId: 'evt_2', readAt: later });
  expect(await store.findCursor({ clientId: 'shop' })).toEqual({ eventId: 'evt_7', readAt: NOW });
});

test('ids are kept for 35 days, and then deleted with the next ones', async () => {
  await store.noteHandled({ eventId: 'evt_old', handledAt: NOW });
  const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
  await store.noteHandled({ eventId: 'evt_1', handledAt: at(EVENT_KEPT_SECONDS) });
  expect(await store.findHandled({ eventIds: ['evt_old'] })).toEqual(['evt_old']);
  await store.noteHandled({ eventId: 'evt_2', handledAt: at(EVENT_KEPT_SECONDS + 1) });
  expect(await store.findHandled({ eventIds: ['evt_old', 'evt_1', 'evt_2'] })).toEqual(['evt_1', 'evt_2']);
});
