import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createThrowawayDatabase } from '../src/database.ts';

let migrations: string;

beforeAll(async () => {
  migrations = await mkdtemp(path.join(tmpdir(), 'payment-passkeys-migrations-'));
  await writeFile(path.join(migrations, '0001-cards.sql'), 'CREATE TABLE cards (id int PRIMARY KEY);');
});
afterAll(() => rm(migrations, { recursive: true }));

test('each call gives a migrated database of its own, and close drops it', async () => {
  const [first, second] = await Promise.all([
    createThrowawayDatabase({ migrations }),
    createThrowawayDatabase({ migrations }),
  ]);
  await first.pool.query('INSERT INTO cards VALUES (1)');
  expect((await second.pool.query('SELECT id FROM cards')).rows).toEqual([]);

  const name = new URL(first.url).pathname.slice(1);
  await first.close();
  expect((await second.pool.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rowCount).toBe(0);
  await second.close();
});

test('an edited migration makes another template', async () => {
  await writeFile(path.join(migrations, '0002-banks.sql'), 'CREATE TABLE banks (id int PRIMARY KEY);');
  const database = await createThrowawayDatabase({ migrations });
  expect((await database.pool.query('SELECT id FROM banks')).rows).toEqual([]);
  await database.close();
});

test('one that nobody closed is dropped over the heads of its connections', async () => {
  const database = await createThrowawayDatabase();
  const client = await database.pool.connect();
  client.on('error', () => {});
  const closed = database.close();
  client.release();
  await expect(closed).resolves.toBeUndefined();
});
