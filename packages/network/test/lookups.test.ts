/**
 * The network looks up a session by its id alone, also in a new database before the first ANALYZE, and in one that was analysed in a quiet moment.
 * With such statistics the planner has used other indexes, and has read every session of the client, or every open session.
 */
import { buildPaymentInfo, buildTransaction, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expireSessions } from '../src/domain/sessions/store.ts';
import { addAgingClient, liveDay } from './aging.ts';
import { enrol } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';

const UNDER_WAY = 60;
const ENDED = 2000;
/** PostgreSQL plans a prepared statement for all values at its sixth execution on a connection. */
const ROUNDS = 8;

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop({ DATABASE_POOL_SIZE: '2' });
  await at.network.database.pool.query('ALTER TABLE session SET (autovacuum_enabled = off)');
});
afterAll(() => at.network.stop());

/** The rows that all indexes of `session` have answered. Ends all other connections first, because a server process reports when it ends. */
async function countRowsRead(): Promise<number> {
  const own = await at.network.database.pool.connect();
  try {
    await own.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    await own.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await own.query<{ read: number }>(
      `SELECT sum(idx_tup_read)::integer AS read FROM pg_stat_user_indexes WHERE relname = 'session'`,
    );
    return rows[0]?.read ?? Number.NaN;
  } finally {
    own.release();
  }
}

async function everyFlow() {
  for (let round = 0; round < ROUNDS; round++) {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    await payOnPage(at, browser, buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() }));
    await enrol(at.network, at.network.browser());
  }
}

/** The rows that the same flows read when few sessions are open, and when many are. */
async function readWithMany(before: () => Promise<unknown>) {
  await before();
  const first = await countRowsRead();
  await everyFlow();
  const few = (await countRowsRead()) - first;
  for (let started = 0; started < UNDER_WAY; started++) {
    await at.network.client.startSession();
    await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(freshPan()) }));
  }
  const second = await countRowsRead();
  await everyFlow();
  const many = (await countRowsRead()) - second;
  return { few, many };
}

/** Makes many sessions, all of which have ended, and analyses the table. */
async function analyseInQuiet() {
  const { network } = at;
  await addAgingClient(network.database.pool);
  await liveDay(network.database.pool, { from: new Date('2026-11-01'), first: 1, count: ENDED });
  await expireSessions(network.database.pool, new Date(network.now.getTime() + 60 * 60_000));
  await network.database.pool.query('VACUUM (ANALYZE) session');
}

test.each([
  ['before the first ANALYZE', async () => {}],
  ['after an ANALYZE in a quiet moment', analyseInQuiet],
])('%s, a flow reads as many sessions when many are under way as when few are', async (_when, before) => {
  const { few, many } = await readWithMany(before);
  expect(many).toBeLessThan(few + UNDER_WAY);
});
