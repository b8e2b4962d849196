import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Database, migrate, openDatabase } from '../src/index.ts';

const TABLE = 'network_migrations';
const POLL = { timeout: 120_000, interval: 20 };
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

test('of eight programs that start at once one migrates and the others wait for it, which the building of an index does not wait for', async () => {
  await write(
    '0003-index.sql',
    '-- migrate: concurrently\nCREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_id ON sessions (lower(id));',
  );
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

describe('a file is one transaction', () => {
  test('after a failure nothing of it is applied, what stood before it is, and the message names file and line', async () => {
    await write('0003-broken.sql', 'CREATE TABLE fine (id text);\nCREATE TABEL broken (id text);');
    const running = run();
    await expect(running).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
    await expect(running).rejects.toThrow('0003-broken.sql, line 2');
    expect(await tables()).toEqual(['devices', TABLE, 'sessions']);
    await write('0003-broken.sql', 'CREATE TABLE fine (id text);');
    expect(await run()).toEqual(['0003-broken.sql']);
  });

  test('one that waits for a lock gives way, again and again, to who asks after it, and is applied when the lock is free', async () => {
    await run();
    await write('0003-name.sql', 'ALTER TABLE sessions ADD COLUMN name text;');
    const reader = await readOn(database);
    const running = run();
    await waitForRequest();
    // This INSERT waits behind the migration's request for the lock. The reader stays until the INSERT is done, so the migration must give way.
    await database.pool.query("INSERT INTO sessions VALUES ('meanwhile')");
    await reader.end();
    expect(await running).toEqual(['0003-name.sql']);
  });

  test('that never gets its locks is MIGRATION_LOCKED, which says who may be in the way', async () => {
    await run();
    await write('0003-name.sql', 'ALTER TABLE sessions ADD COLUMN name text;');
    const report = await openDatabase({ databaseUrl: database.url, dataDir: '', name: 'a-long-report' });
    const reader = await readOn(report);
    const running = migrate({ database, folder, table: TABLE, lockAttempts: 2 });
    await expect(running).rejects.toMatchObject({ code: 'MIGRATION_LOCKED' });
    await expect(running).rejects.toThrow(`pid ${reader.pid} (a-long-report, idle in transaction`);
    await reader.end();
    await report.close();
    expect(await run()).toEqual(['0003-name.sql']);
  });
});

/** Waits until a migration waits for an exclusive lock on the table. */
async function waitForRequest(): Promise<void> {
  const waiting = `SELECT FROM pg_locks WHERE relation = 'sessions'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted`;
  await vi.waitFor(async () => expect((await database.pool.query(waiting)).rowCount).toBe(1), POLL);
}

/** A transaction that has read the table, and stays open with its snapshot. */
async function readOn({ pool }: Database) {
  const client = await pool.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT FROM sessions');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return {
    pid: rows[0]?.pid,
    end: async () => {
      await client.query('COMMIT');
      client.release();
    },
  };
}

describe('a file that is run statement by statement', () => {
  const CONCURRENT = [
    '-- migrate: concurrently',
    '-- What a session is found by; the comment ends with a semicolon;',
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_id ON sessions',
    '  (lower(id));',
    'DROP INDEX CONCURRENTLY IF EXISTS sessions_none;',
    'ALTER TABLE sessions SET (autovacuum_vacuum_scale_factor = 0.02);',
    '',
  ].join('\n');
  const indexes = async () => {
    const { rows } = await database.pool.query<{ name: string; valid: boolean }>(
      "SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index WHERE indrelid = 'sessions'::regclass ORDER BY 1",
    );
    return rows.map(({ name, valid }) => `${name}${valid ? '' : ' INVALID'}`);
  };

  test('builds an index without a transaction', async () => {
    await write('0003-index.sql', CONCURRENT);
    expect(await run()).toEqual(['0001-sessions.sql', '0002-devices.sql', '0003-index.sql']);
    expect(await indexes()).toEqual(['sessions_id', 'sessions_pkey']);
    expect(await run()).toEqual([]);
  });

  test('an index that a crash left INVALID is dropped and built again', async () => {
    await run();
    await write('0003-index.sql', CONCURRENT);
    // The migration waits for the reader to end, and is interrupted while it waits, as by a crash.
    const reader = await readOn(database);
    const crashed = expect(run()).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
    await vi.waitFor(async () => expect(await indexes()).toContain('sessions_id INVALID'), POLL);
    await database.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      TABLE,
    ]);
    await crashed;
    await reader.end();
    expect(await indexes()).toEqual(['sessions_id INVALID', 'sessions_pkey']);
    expect(await run()).toEqual(['0003-index.sql']);
    expect(await indexes()).toEqual(['sessions_id', 'sessions_pkey']);
  });

  test('one that cannot be built is not left behind: a unique one would still refuse rows', async () => {
    await run();
    await database.pool.query("INSERT INTO sessions VALUES ('one'), ('ONE')");
    await write('0003-index.sql', CONCURRENT.replace('CREATE INDEX', 'CREATE UNIQUE INDEX'));
    const running = run();
    await expect(running).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
    await expect(running).rejects.toThrow('0003-index.sql, line 3');
    expect(await indexes()).toEqual(['sessions_pkey']);
  });
});

test('a program that lacks an applied migration starts where that one says that it is compatible', async () => {
  await write('0003-name.sql', '-- migrate: compatible\nALTER TABLE sessions ADD COLUMN name text;');
  expect(await run()).toHaveLength(3);
  await rm(path.join(folder, '0003-name.sql'));
  expect(await run()).toEqual([]);
});

test('a database that the runner of before has migrated is taken over', async () => {
  await run();
  await database.pool.query(`ALTER TABLE ${TABLE} DROP COLUMN compatible`);
  await write('0003-keys.sql', 'CREATE TABLE keys (id text);');
  expect(await run()).toEqual(['0003-keys.sql']);
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

test('a first line that asks for what the runner does not know is MIGRATIONS_INVALID', async () => {
  await write('0003-keys.sql', '-- migrate: concurrent\nCREATE TABLE keys (id text);');
  await expect(run()).rejects.toMatchObject({ code: 'MIGRATIONS_INVALID' });
});

test('a folder that is not there is MIGRATIONS_INVALID', async () => {
  await expect(migrate({ database, folder: path.join(folder, 'absent'), table: TABLE })).rejects.toMatchObject({
    code: 'MIGRATIONS_INVALID',
  });
});
