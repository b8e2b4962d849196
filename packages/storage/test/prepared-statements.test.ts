/** A named statement is answered as node-postgres answers it, whether its columns are described for it or known already. */
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../src/index.ts';

let database: Database;
let connection: pg.PoolClient;
beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 2 });
  connection = await database.pool.connect();
  await connection.query('CREATE TABLE thing (id integer PRIMARY KEY, name text)');
});
afterAll(async () => {
  connection.release();
  await database.close();
});

const COLUMNS = `1 AS whole, 9007199254740991::int8 AS large, 1.5::float8 AS real, true AS truth, 'é'::text AS text, NULL::text AS nothing,
  '\\x00ff'::bytea AS bytes, '2026-11-24T12:00:00.123Z'::timestamptz AS moment, '2026-11-24'::date AS day,
  '{"a":[1]}'::jsonb AS document, ARRAY['a', 'b c', NULL] AS list, ARRAY['\\x01'::bytea] AS byte_list`;

test('rows are what the same statement without a name answers, the first time and the second', async () => {
  const expected = (await connection.query(`SELECT ${COLUMNS}`)).rows;
  for (const time of [1, 2]) {
    const { rows } = await connection.query({ name: 'everything', text: `SELECT ${COLUMNS}` });
    expect(rows, `time ${time}`).toEqual(expected);
  }
});

test('values arrive as they do without a name', async () => {
  const values = [
    7,
    'text',
    null,
    Buffer.from([0, 255]),
    new Date(0),
    { a: 1 },
    ['a', 'b"c'],
    [Buffer.from([1])],
    true,
  ];
  const text = `SELECT $1::integer AS a, $2::text AS b, $3::text AS c, $4::bytea AS d, $5::timestamptz AS e, $6::jsonb AS f, $7::text[] AS g,
                       $8::bytea[] AS h, $9::boolean AS i`;
  const expected = (await connection.query(text, values)).rows;
  expect((await connection.query({ name: 'values', text, values })).rows).toEqual(expected);
});

test('a statement without rows answers how many it changed; commands have their names', async () => {
  const insert = {
    name: 'insert',
    text: 'INSERT INTO thing VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [1, 'one'],
  };
  expect(await connection.query(insert)).toMatchObject({ command: 'INSERT', rowCount: 1, rows: [] });
  expect(await connection.query(insert)).toMatchObject({ command: 'INSERT', rowCount: 0, rows: [] });
  expect(await connection.query({ name: 'set', text: 'SET work_mem = 4096' })).toMatchObject({
    command: 'SET',
    rowCount: null,
  });
});

test('a statement that fails at its first execution works at its second, and its error is PostgreSQL’s', async () => {
  const divide = (by: number) =>
    connection.query({ name: 'divide', text: 'SELECT 6 / $1::integer AS quotient', values: [by] });
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect((await divide(2)).rows).toEqual([{ quotient: 3 }]);
  await expect(connection.query({ name: 'wrong', text: 'SELECT nothing_such' })).rejects.toMatchObject({
    code: '42703',
  });
  expect((await connection.query({ name: 'wrong', text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }]);
});

test('a value that cannot be read fails the statement, and the connection goes on', async () => {
  const large = { name: 'large', text: 'SELECT 9007199254740993::int8 AS large' };
  await expect(connection.query(large)).rejects.toThrow('An int8 is too large for a number');
  expect((await connection.query({ name: 'after', text: 'SELECT 2 AS two' })).rows).toEqual([{ two: 2 }]);
});

test('one name for two statements is refused', async () => {
  await connection.query({ name: 'twice', text: 'SELECT 1' });
  await expect(connection.query({ name: 'twice', text: 'SELECT 2' })).rejects.toThrow(
    'Two statements are named twice.',
  );
  expect(await connection.query({ name: 'twice', text: 'SELECT 1 ' }).catch(() => 'refused')).toBe('refused');
});

test('each connection of a pool has its own: many at once are answered each for itself', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, number) =>
      database.pool.query<{ number: number }>({
        name: 'number',
        text: 'SELECT $1::integer AS number',
        values: [number],
      }),
    ),
  );
  expect(answers.map(({ rows }) => rows[0]?.number)).toEqual(Array.from({ length: 40 }, (_, number) => number));
});
