import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Database, migrate, openDatabase } from '../src/index.ts';

const TABLE = 'network_migrations';
let database: Database;
let folder: string;

beforeEach(async () => {
  database = await createThrowawayDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'payment-passkeys-migrations-'));
  onTestFinished(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });
  await write('0001-sessions.sql', 'CREATE TABLE sessions (id text PRIMARY KEY);');
  await write('0002-devices.sql', 'CREATE TABLE devices (id text);\nINSERT INTO devices VALUES ($$once$$);');
});

const write = (name: string, sql: string) => writeFile(path.join(folder, name), sql);
const run = (table = TABLE) => migrate({ database, folder, table });
const tables = async () => {
  const { rows } = await database.pool.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  );
  return rows.map(({ tablename }) => tablename);
};

test('files are applied in the order of their names, once', async () => {
  expect(await run()).toEqual(['0001-sessions.sql', '0002-devices.sql']);
  expect(await run()).toEqual([]);
  await write('0003-keys.sql', 'CREATE TABLE keys (id text);');
  expect(await run()).toEqual(['0003-keys.sql']);
});

test('of eight programs that start at once one migrates and the others wait for it', async () => {
  const programs = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      openDatabase({ databaseUrl: database.url, dataDir: '', name: `program-${index}` }),
    ),
  );
  const applied = await Promise.all(programs.map((program) => migrate({ database: program, folder, table: TABLE })));
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  expect((await database.pool.query('SELECT id FROM devices')).rows).toEqual([{ id: 'once' }]);
  await Promise.all(programs.map((program) => program.close()));
});

test('two programs share a database, each with a table of its own', async () => {
  await run();
  await write('0001-sessions.sql', 'CREATE TABLE customers (id text);');
  await rm(path.join(folder, '0002-devices.sql'));
  expect(await run('bank_migrations')).toEqual(['0001-sessions.sql']);
  expect(await tables()).toContain('customers');
});

test('after a failure nothing has changed, and the message names file and line', async () => {
  await write('0003-broken.sql', 'CREATE TABLE fine (id text);\nCREATE TABEL broken (id text);');
  const running = run();
  await expect(running).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
  await expect(running).rejects.toThrow('0003-broken.sql, line 2');
  expect(await tables()).toEqual([]);
});

test('a migration that the folder lacks is MIGRATION_MISSING: the database is ahead of the program', async () => {
  await run();
  await rm(path.join(folder, '0002-devices.sql'));
  await expect(run()).rejects.toMatchObject({ code: 'MIGRATION_MISSING' });
});

test('an edited migration is MIGRATION_CHANGED', async () => {
  await run();
  await write('0001-sessions.sql', 'CREATE TABLE sessions (id uuid PRIMARY KEY);');
  await expect(run()).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
});

test('a new migration before an applied one is MIGRATION_OUT_OF_ORDER', async () => {
  await rm(path.join(folder, '0001-sessions.sql'));
  await run();
  await write('0001-sessions.sql', 'CREATE TABLE sessions (id text);');
  await expect(run()).rejects.toMatchObject({ code: 'MIGRATION_OUT_OF_ORDER' });
});

test.each([
  ['a file of another name', '3-keys.sql'],
  ['a number used twice', '0002-keys.sql'],
])('%s is MIGRATIONS_INVALID', async (_, name) => {
  await write(name, 'SELECT 1;');
  await expect(run()).rejects.toMatchObject({ code: 'MIGRATIONS_INVALID' });
});

test('a folder that is not there is MIGRATIONS_INVALID', async () => {
  await expect(migrate({ database, folder: path.join(folder, 'absent'), table: TABLE })).rejects.toMatchObject({
    code: 'MIGRATIONS_INVALID',
  });
});
