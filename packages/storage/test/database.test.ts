import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../src/index.ts';

let database: Database;

beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 2 });
  await database.pool.query('CREATE TABLE sessions (id int PRIMARY KEY)');
});
afterAll(() => database.close());

const ids = async () => (await database.pool.query('SELECT id FROM sessions ORDER BY id')).rows;

test('a transaction that succeeds is stored, and its result handed on', async () => {
  const result = await inTransaction(database.pool, async (client) => {
    await client.query('INSERT INTO sessions VALUES (1)');
    return 'done';
  });
  expect(result).toBe('done');
  expect(await ids()).toEqual([{ id: 1 }]);
});

test('a transaction that throws leaves nothing, and what it threw is thrown on', async () => {
  const failure = new Error('no');
  const transaction = inTransaction(database.pool, async (client) => {
    await client.query('INSERT INTO sessions VALUES (2)');
    throw failure;
  });
  await expect(transaction).rejects.toBe(failure);
  expect(await ids()).toEqual([{ id: 1 }]);
});

test('a transaction that swallowed a failed statement is TRANSACTION_ABORTED, not a success', async () => {
  const transaction = inTransaction(database.pool, async (client) => {
    await client.query('INSERT INTO sessions VALUES (3)');
    await client.query('INSERT INTO sessions VALUES (1)').catch(() => {});
  });
  await expect(transaction).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
  expect(await ids()).toEqual([{ id: 1 }]);
});

test('a transaction whose connection broke does not go back to the pool', async () => {
  const transaction = inTransaction(database.pool, (client) =>
    client.query('SELECT pg_terminate_backend(pg_backend_pid())'),
  );
  await expect(transaction).rejects.toThrow();
  expect(await ids()).toEqual([{ id: 1 }]);
});

test('an idle connection that breaks is replaced', async () => {
  const killer = await openDatabase({ databaseUrl: database.url, dataDir: '', name: 'killer' });
  await killer.pool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await killer.close();
  await expect.poll(ids).toEqual([{ id: 1 }]);
});

test('int8 is a number, and one that a number cannot hold fails the query; date is a string; timestamptz a Date', async () => {
  const { rows } = await database.pool.query(
    "SELECT 9007199254740991::int8 AS big, '2026-11-24'::date AS day, '2026-11-24T10:00:00Z'::timestamptz AS time",
  );
  expect(rows).toEqual([{ big: Number.MAX_SAFE_INTEGER, day: '2026-11-24', time: new Date('2026-11-24T10:00:00Z') }]);
  await expect(database.pool.query('SELECT 9007199254740992::int8')).rejects.toThrow(RangeError);
});

test.each([
  ['no address', 'DATABASE_URL_INVALID', () => 'localhost/database?password=hunter2'],
  ['another scheme', 'DATABASE_URL_INVALID', () => 'mysql://me:hunter2@127.0.0.1/database'],
  ['a password badly percent-encoded', 'DATABASE_URL_INVALID', () => 'postgres://me:%ffhunter2@127.0.0.1/database'],
  ['nobody there', 'DATABASE_UNREACHABLE', () => 'postgres://me:hunter2@127.0.0.1:1/database'],
  ['a wrong password', 'DATABASE_AUTHENTICATION_FAILED', () => withPart({ password: 'hunter2' })],
  ['a database that is not there', 'DATABASE_MISSING', () => withPart({ pathname: '/absent' })],
])('%s is %s, and the password stays out of the message', async (_, code, url) => {
  const databaseUrl = url();
  const opening = openDatabase({ databaseUrl, dataDir: '', name: 'network' });
  await expect(opening).rejects.toMatchObject({ code });
  const password = /:([^:@/]+)@/.exec(databaseUrl)?.[1] ?? 'hunter2';
  await expect(opening).rejects.toSatisfy((error) => !String(error).includes(password));
});

function withPart(part: Partial<Pick<URL, 'password' | 'pathname'>>): string {
  return Object.assign(new URL(database.url), part).href;
}
