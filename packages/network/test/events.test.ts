/** Pulling events (contract §16): by a cursor, none skipped and none twice, whatever is committed meanwhile. */
import {
  addSeconds,
  EVENT_DAYS,
  EVENTS_PATH,
  type EventPage,
  eventsPath,
  MAX_EVENTS,
} from '@payment-passkeys/protocol';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetEvents } from '../src/domain/events/log.ts';
import { moveForReader, moveInBackground } from '../src/domain/events/mover.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const START = new Date('2026-11-24T12:00:00Z');
let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());

let made = 0;
/** Each test has its own client. */
let client: TestNetwork['client'];
beforeEach(async () => {
  network.now = START;
  made += 1;
  client = await network.addClient({
    clientId: `bank-${made}`,
    consumerKey: `key-${made}`,
    accountRanges: [`44${String(made).padStart(4, '0')}`],
  });
});

const pool = () => network.database.pool;
const STORE = `INSERT INTO outbox (client_id, type, triggered_by, occurred_at, data)
               SELECT $1, 'session.ended', 'NETWORK', $2, jsonb_build_object('number', number) FROM unnest($3::integer[]) AS number`;
const store = (numbers: readonly number[], at = network.now, clientId = client.registration.clientId) =>
  pool().query(STORE, [clientId, at, numbers]);

async function pull(cursor: Parameters<typeof eventsPath>[0] = {}): Promise<EventPage> {
  const answer = await client.read(eventsPath(cursor));
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

const numbersOf = ({ events }: EventPage) => events.map(({ data }) => (data as { readonly number: number }).number);
const reasonOf = ({ status, body }: { readonly status: number; readonly body: { errordetail?: unknown[] } }) => ({
  status,
  ...(body.errordetail?.[0] as object),
});

describe('a page', () => {
  test('has the events in the order in which they became readable, each in its envelope', async () => {
    await store([1]);
    const { events, next } = await pull();
    expect(events).toEqual([
      {
        id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
        type: 'session.ended',
        timestamp: START.toISOString(),
        triggeredBy: 'NETWORK',
        data: { number: 1 },
      },
    ]);
    expect(next).toBe(events[0]?.id);
  });

  test('ends at its limit, and the next begins behind it', async () => {
    for (const number of [1, 2, 3, 4, 5]) await store([number], addSeconds(START, number));
    const first = await pull({ limit: 2 });
    expect(numbersOf(first)).toEqual([1, 2]);
    const second = await pull({ after: first.next, limit: 2 });
    expect(numbersOf(second)).toEqual([3, 4]);
    expect(numbersOf(await pull({ after: second.next }))).toEqual([5]);
  });

  test('is empty after the last event, with the same cursor; without any event it has none', async () => {
    expect(await pull()).toEqual({ events: [] });
    await store([1]);
    const { next } = await pull();
    expect(await pull({ after: next })).toEqual({ events: [], next });
  });

  test("has the client's own events only", async () => {
    await store([1], START, network.client.registration.clientId);
    await store([2]);
    expect(numbersOf(await pull())).toEqual([2]);
  });

  test('the same event has the same id in every page', async () => {
    await store([1, 2, 3]);
    expect(await pull()).toEqual(await pull());
  });
});

describe('none is skipped, and none comes twice', () => {
  test('while 16 writers commit in another order than they began in', async () => {
    const read: number[] = [];
    let cursor: string | undefined;
    const drain = async () => {
      for (;;) {
        const page = await pull({ after: cursor, limit: 7 });
        read.push(...numbersOf(page));
        cursor = page.next;
        if (page.events.length === 0) return;
      }
    };
    // Each transaction inserts at its beginning. The commits come in reverse order.
    const turns = Array.from({ length: 16 }, () => Promise.withResolvers<void>());
    const connections = await openConnections(16);
    const done = connections.map(async (connection, number) => {
      await connection.query('BEGIN');
      await connection.query(STORE, [client.registration.clientId, START, [2 * number, 2 * number + 1]]);
      await turns[number]?.promise;
      await connection.query('COMMIT');
    });
    for (const number of Array.from(turns.keys()).toReversed()) {
      const reading = drain();
      turns[number]?.resolve();
      await Promise.all([done[number], reading]);
    }
    await drain();
    await Promise.all(connections.map((connection) => connection.end()));
    expect(read.length).toBe(32);
    expect(read.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, number) => number));
  });

  test('while several movers and readers run at once', async () => {
    await store(Array.from({ length: 1200 }, (_, number) => number));
    const movers = Array.from({ length: 8 }, (_, turn) =>
      turn % 2 === 0
        ? moveForReader(pool(), { clientId: client.registration.clientId, now: START })
        : moveInBackground(pool(), START),
    );
    const pages = await Promise.all([pull({ limit: MAX_EVENTS }), ...movers]);
    const [first] = pages;
    const read = numbersOf(first);
    for (let { next } = first; ; ) {
      const page = await pull({ after: next, limit: MAX_EVENTS });
      if (page.events.length === 0) break;
      read.push(...numbersOf(page));
      next = page.next;
    }
    expect(read.length).toBe(1200);
    expect(new Set(read).size).toBe(1200);
  });
});

describe('a cursor', () => {
  test("of another client's event, or of none, is not found, and names the field without its value", async () => {
    await store([1]);
    const { next = '' } = await pull();
    await store([1], START, network.client.registration.clientId);
    const theirs = (await network.client.read(EVENTS_PATH)).body.next;
    for (const after of [
      theirs,
      `evt_${'f'.repeat(32)}`,
      `evt_${'0'.repeat(32)}`,
      `${next.slice(0, -1)}${next.endsWith('0') ? 1 : 0}`,
    ]) {
      const answer = await client.read(eventsPath({ after }));
      expect(reasonOf(answer)).toMatchObject({
        status: 404,
        reason: 'EVENT_NOT_FOUND',
        source: '/after',
        sourceType: 'QUERY',
      });
      expect(JSON.stringify(answer.body)).not.toContain(after);
    }
  });

  test('whose event was deleted by its age is too old, and the answer says where to begin', async () => {
    await store([1]);
    const { next } = await pull();
    network.now = addSeconds(START, EVENT_DAYS * 24 * 60 * 60 + 1);
    await store([2]);
    await moveForReader(pool(), { clientId: client.registration.clientId, now: network.now });
    expect(await forgetEvents(pool(), network.now)).toBeGreaterThan(0);
    const answer = await client.read(eventsPath({ after: next }));
    expect(reasonOf(answer)).toMatchObject({ status: 410, reason: 'CURSOR_TOO_OLD', source: '/after' });
    expect(answer.body.message).toContain('read again without after');
    const page = await pull();
    expect(numbersOf(page)).toEqual([2]);
    expect(numbersOf(await pull({ after: page.next }))).toEqual([]);
  });

  test.each([
    ['?after=evt_1', '/after'],
    ['?after=', '/after'],
    ['?limit=0', '/limit'],
    ['?limit=501', '/limit'],
    ['?limit=1e2', '/limit'],
    ['?limit=10&limit=20', '/limit'],
  ])('%s is refused, and names %s in the query', async (query, source) => {
    const answer = await client.read(EVENTS_PATH + query);
    expect(reasonOf(answer)).toMatchObject({ status: 400, reason: 'INVALID_FIELD', source, sourceType: 'QUERY' });
  });

  test('is signed with the address: another query than the signed one is refused', async () => {
    const authorization = await client.sign(eventsPath({ limit: 10 }), '', 'GET');
    expect((await client.read(eventsPath({ limit: 20 }), authorization)).status).toBe(403);
    expect((await client.read(eventsPath({ limit: 10 }), authorization)).status).toBe(200);
  });
});

async function openConnections(count: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const connection = new pg.Client({ connectionString: network.database.url });
      await connection.connect();
      return connection;
    }),
  );
}
