/** Prepared statements: PostgreSQL describes their columns once for each connection. */
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { column, type Database, execute, inTransaction, nullable, query, sql, statement } from '../src/index.ts';

let database: Database;

beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 1 });
  await database.pool.query(
    'CREATE TABLE card (id int PRIMARY KEY, cents int8, facts jsonb, at timestamptz, key bytea, ways text[])',
  );
});
afterAll(() => database.close());

const AT = new Date('2026-11-24T12:00:00.123Z');
const KEY = Buffer.from([0, 255, 92, 34]);

const ADD = statement({
  name: 'card-add',
  text: sql`INSERT INTO card VALUES (${'id'}, ${'cents'}, ${'facts'}, ${'at'}, ${'key'}, ${'ways'})`,
});
const add = (id: number, changes: { readonly cents?: string } = {}) =>
  execute(database.pool, ADD, { id, cents: 7, facts: { a: [1] }, at: AT, key: KEY, ways: ['x', '"y\\'], ...changes });

const READ = statement({
  name: 'card-read',
  text: sql`SELECT id, cents, facts, at, key, ways, NULL::text AS nothing FROM card WHERE id <= ${'most'} ORDER BY id`,
  returns: {
    id: column.integer(),
    cents: column.bigint(),
    facts: column.jsonb<unknown>(),
    at: column.timestamptz(),
    key: column.bytea(),
    ways: column.textArray(),
    nothing: nullable(column.text()),
  },
});
const read = (most = 10) => query(database.pool, READ, { most });
const row = (id: number) => ({ id, cents: 7, facts: { a: [1] }, at: AT, key: KEY, ways: ['x', '"y\\'], nothing: null });

test('each execution answers the same rows, and how many were changed', async () => {
  expect([await add(1), await add(2)]).toEqual([1, 1]);
  for (let turn = 0; turn < 3; turn++) expect(await read()).toEqual([row(1), row(2)]);
  expect(await read(0)).toEqual([]);
});

test('after a refused execution the statement works', async () => {
  for (let turn = 0; turn < 2; turn++) await expect(add(1)).rejects.toMatchObject({ code: '23505' });
  expect(await add(3)).toBe(1);
});

test('a statement that fails at its first execution can be executed again', async () => {
  const half = statement({
    name: 'card-half',
    text: sql`SELECT 1 / ${'by'}::int AS half`,
    returns: { half: column.integer() },
  });
  await expect(query(database.pool, half, { by: 0 })).rejects.toMatchObject({ code: '22012' });
  expect(await query(database.pool, half, { by: 1 })).toEqual([{ half: 1 }]);
});

test('an int8 that a number cannot hold fails the query, and the next one works', async () => {
  await add(4, { cents: '9007199254740993' });
  await expect(read()).rejects.toThrow(RangeError);
  expect(await read(3)).toEqual([row(1), row(2), row(3)]);
});

test('values that cannot be sent fail the query before it is sent', async () => {
  const itself = { toPostgres: (): unknown => itself };
  const values = { id: itself, cents: 7, facts: {}, at: AT, key: KEY, ways: [] };
  await expect(execute(database.pool, ADD, values)).rejects.toThrow(/circular/);
  expect(await read(1)).toEqual([row(1)]);
});

test('a changed type of a column fails one execution; the next one reads the new type', async () => {
  await read(1);
  await database.pool.query('ALTER TABLE card ALTER cents TYPE text');
  await expect(read(1)).rejects.toMatchObject({ code: '0A000' });
  expect(await read(1)).toEqual([{ ...row(1), cents: '7' }]);
});

test('a statement that a transaction has prepared on the connection is not prepared there again, and the other way round', async () => {
  const count = (name: string) =>
    statement({ name, text: sql`SELECT count(*)::int AS cards FROM card`, returns: { cards: column.integer() } });
  const inTransactionFirst = count('card-count-in-transaction-first');
  const [{ cards } = { cards: -1 }] = await inTransaction(database.pool, (connection) =>
    query(connection, inTransactionFirst, {}),
  );
  expect(await query(database.pool, inTransactionFirst, {})).toEqual([{ cards }]);
  expect(await query(database.pool, inTransactionFirst, {})).toEqual([{ cards }]);
  const inPoolFirst = count('card-count-in-pool-first');
  expect(await query(database.pool, inPoolFirst, {})).toEqual([{ cards }]);
  expect(await inTransaction(database.pool, (connection) => query(connection, inPoolFirst, {}))).toEqual([{ cards }]);
});
