/** Brings a database up to the migrations of a folder: plain SQL files, forward only, all of them or none. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { StorageError } from './errors.ts';
import type { Database } from './open-database.ts';
import { inTransaction } from './transaction.ts';

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;

export interface MigrateOptions {
  readonly database: Pick<Database, 'pool'>;
  /** Where the files are, each named like 0001-what-it-does.sql; a path or a file: URL. */
  readonly folder: string | URL;
  /** The table that remembers what was applied: two programs that share a database each have their own. */
  readonly table: string;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** Lower-case hex SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Applies what was not applied yet, in the order of the file names, in one transaction: after a failure nothing has
 * changed. Any number of processes may call it at once; the first one works and the others wait for it and find
 * nothing left to do. Statements that refuse a transaction (CREATE INDEX CONCURRENTLY) cannot be used.
 *
 * @returns the names of the files applied by this call.
 * @throws StorageError MIGRATIONS_INVALID, MIGRATION_MISSING, MIGRATION_CHANGED, MIGRATION_OUT_OF_ORDER,
 * MIGRATION_FAILED.
 */
export async function migrate({ database, folder, table }: MigrateOptions): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  const quoted = pg.escapeIdentifier(table);
  return inTransaction(database.pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`payment-passkeys ${table}`]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${quoted} (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<AppliedMigration>(`SELECT name, sha256 FROM ${quoted} ORDER BY name`);
    const pending = findPending(migrations, rows);
    for (const { name, sql, sha256 } of pending) {
      await client.query(sql).catch((error: unknown) => {
        throw explainFailure(error, name, sql);
      });
      await client.query(`INSERT INTO ${quoted} (name, sha256) VALUES ($1, $2)`, [name, sha256]);
    }
    return pending.map(({ name }) => name);
  });
}

/** Files in order. @throws StorageError MIGRATIONS_INVALID: unreadable, empty, misnamed, or a number used twice. */
export async function readMigrations(folder: string | URL): Promise<readonly Migration[]> {
  const directory = typeof folder === 'string' ? folder : fileURLToPath(folder);
  const names = await readdir(directory).catch((error: unknown) => {
    throw new StorageError('MIGRATIONS_INVALID', `The migrations folder ${directory} cannot be read.`, {
      cause: error,
    });
  });
  const files = names.sort();
  if (files.length === 0) throw new StorageError('MIGRATIONS_INVALID', `The migrations folder ${directory} is empty.`);
  for (const [index, name] of files.entries()) {
    if (!FILE_NAME.test(name)) {
      throw new StorageError('MIGRATIONS_INVALID', `${name} in ${directory} is not named like 0001-what-it-does.sql.`);
    }
    if (files[index - 1]?.slice(0, 4) === name.slice(0, 4)) {
      throw new StorageError(
        'MIGRATIONS_INVALID',
        `${directory} holds two migrations of the number ${name.slice(0, 4)}.`,
      );
    }
  }
  return Promise.all(
    files.map(async (name) => {
      const sql = await readFile(path.join(directory, name), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

type AppliedMigration = Pick<Migration, 'name' | 'sha256'>;

function findPending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, sha256 } of applied) {
    const file = files.get(name);
    if (file === undefined) {
      throw new StorageError(
        'MIGRATION_MISSING',
        `The database was migrated by ${name}, which this program does not have: run the newer version that has it.`,
      );
    }
    if (file.sha256 !== sha256) {
      throw new StorageError(
        'MIGRATION_CHANGED',
        `${name} was edited after it had been applied: restore the file, and put the change into a new migration.`,
      );
    }
  }
  const last = applied.at(-1)?.name ?? '';
  const done = new Set(applied.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !done.has(name));
  if (pending[0] !== undefined && pending[0].name < last) {
    throw new StorageError(
      'MIGRATION_OUT_OF_ORDER',
      `${pending[0].name} was never applied, but ${last} was: give the new migration a number above it.`,
    );
  }
  return pending;
}

function explainFailure(error: unknown, name: string, sql: string): StorageError {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  const line = Number.isNaN(position) ? '' : `, line ${sql.slice(0, position).split('\n').length}`;
  const message = error instanceof Error ? error.message : 'unknown error';
  return new StorageError('MIGRATION_FAILED', `${name}${line}: ${message}. Nothing was changed.`, { cause: error });
}
