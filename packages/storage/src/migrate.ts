/** Brings a database up to the migrations of a folder: plain SQL files, forward only, beside the traffic of running programs. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { buildPool } from './connection.ts';
import type { Database } from './database.ts';
import { codeOf, StorageError } from './errors.ts';
import {
  builtIndex,
  isConcurrent,
  type Migration,
  readMigrations,
  type Statement,
  splitStatements,
} from './migration-files.ts';
import { inTransaction } from './transaction.ts';

export interface MigrateOptions {
  /** Behind a pooler only transaction mode works; its role must not have a statement_timeout. */
  readonly database: Pick<Database, 'pool' | 'url'>;
  /** The folder of the files, each named like 0001-what-it-does.sql; a path or a file: URL. */
  readonly folder: string | URL;
  /** The table that records what was applied: two programs that share a database each have their own. */
  readonly table: string;
  /** How often a file that waits for a lock is tried, about once a second; 300 times by default. */
  readonly lockAttempts?: number | undefined;
}

/**
 * A request for a lock makes all later requests wait, so it waits no longer than this. Then the file is rolled back and tried again after a
 * pause, in which the others continue.
 */
const LOCK_TIMEOUT_MILLISECONDS = 300;
const LOCK_PAUSE_MILLISECONDS = 1_000;
const LOCK_ATTEMPTS = 300;
const TURN_PAUSE_MILLISECONDS = 200;

/**
 * Applies what was not applied yet, in the order of the file names. Each file is a transaction: it is applied whole or not at all, and those
 * before it stay. A file that begins with `-- migrate: concurrently` is run statement by statement, CREATE and DROP INDEX CONCURRENTLY outside a
 * transaction and each other statement in one of its own. After a crash within the file the next call begins the file anew, so its statements have
 * to be repeatable; an index that the crash left INVALID is dropped and built again. Any number of processes may call at once; the first one works
 * and the others wait for it and find nothing left to do.
 *
 * A file that begins with `-- migrate: compatible` leaves a database on which a program that lacks the file still works, so that such a program
 * starts; without the word the program refuses to start.
 *
 * @returns the names of the files applied by this call.
 * @throws StorageError MIGRATIONS_INVALID, MIGRATION_MISSING, MIGRATION_CHANGED, MIGRATION_OUT_OF_ORDER, MIGRATION_FAILED, MIGRATION_LOCKED.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const { database, folder, table, lockAttempts = LOCK_ATTEMPTS } = options;
  const migrations = await readMigrations(folder);
  const work = { migrations, table: pg.escapeIdentifier(table), lockAttempts };
  for (;;) {
    const applied = await inTransaction(database.pool, async (turn) => {
      if (!(await claimTurn(turn, table))) return undefined;
      const { url, pool } = database;
      const worker = buildPool({ url, name: table, poolSize: 1, clientClass: pool.options.Client });
      return applyPending(worker, work).finally(() => worker.end());
    });
    if (applied !== undefined) return applied;
    await pause(TURN_PAUSE_MILLISECONDS);
  }
}

/**
 * True if this program may migrate, for as long as the transaction stays open. (A session lock would get lost behind a pooler in transaction
 * mode.) Neither the holder nor a waiting program may hold a snapshot meanwhile, since CREATE INDEX CONCURRENTLY waits for every snapshot. So the
 * lock is polled instead of waited for, and without parameters, which would keep a portal open.
 */
async function claimTurn(client: pg.PoolClient, table: string): Promise<boolean> {
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  const { rows } = await client.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended(${pg.escapeLiteral(`payment-passkeys migrate ${table}`)}, 0)) AS taken`,
  );
  return rows[0]?.taken === true;
}

interface Work {
  readonly migrations: readonly Migration[];
  /** The table's name, quoted. */
  readonly table: string;
  readonly lockAttempts: number;
}

async function applyPending(pool: pg.Pool, work: Work): Promise<readonly string[]> {
  const { migrations, table } = work;
  await pool.query(
    `CREATE TABLE IF NOT EXISTS ${table} (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  await pool.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS compatible boolean NOT NULL DEFAULT false`);
  const { rows } = await pool.query<AppliedMigration>(`SELECT name, sha256, compatible FROM ${table} ORDER BY name`);
  const pending = findPending(migrations, rows);
  for (const migration of pending) {
    if (migration.concurrently) await applyStatements(pool, migration, work);
    else await applyWhole(pool, migration, work);
  }
  return pending.map(({ name }) => name);
}

async function applyWhole(pool: pg.Pool, migration: Migration, work: Work): Promise<void> {
  const left = 'Nothing of this file was applied.';
  await whenLocksAreFree(pool, migration, work.lockAttempts, async (client) => {
    // One at a time: a distributed engine refuses a text of several statements.
    for (const statement of splitStatements(migration.sql)) {
      await client.query(statement.sql).catch((error: unknown) => {
        throw explainFailure(error, { migration, statement, left });
      });
    }
    await noteApplied(client, migration, work.table);
  });
}

async function applyStatements(pool: pg.Pool, migration: Migration, work: Work): Promise<void> {
  for (const statement of splitStatements(migration.sql)) {
    if (isConcurrent(statement.sql)) await runConcurrently(pool, migration, statement);
    else {
      await whenLocksAreFree(pool, migration, work.lockAttempts, async (client) => {
        await client.query(statement.sql).catch((error: unknown) => {
          throw explainFailure(error, { migration, statement, left: LEFT_DONE });
        });
      });
    }
  }
  await noteApplied(pool, migration, work.table);
}

/** One transaction, started again whenever a lock that it needs is not free. */
async function whenLocksAreFree(
  pool: pg.Pool,
  migration: Migration,
  attempts: number,
  change: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MILLISECONDS}`);
        await client.query('SET LOCAL statement_timeout = 0');
        await change(client);
      });
    } catch (error) {
      if (!(error instanceof StorageError) || !isLockTrouble(error.cause)) throw error;
      if (attempt >= attempts) throw await explainLock(error.cause, migration, pool);
    }
    await pause(LOCK_PAUSE_MILLISECONDS);
  }
}

/** Runs a CONCURRENTLY statement. It waits for every transaction that began before it, but it blocks none, so it may wait for long. */
async function runConcurrently(pool: pg.Pool, migration: Migration, statement: Statement): Promise<void> {
  const { sql } = statement;
  const index = builtIndex(sql);
  if (index !== undefined) await dropInvalid(pool, index);
  await pool.query(sql).catch(async (error: unknown) => {
    // An invalid unique index would keep refusing rows. After any other failure the next call cleans up.
    if (index !== undefined && codeOf(error) === UNIQUE_VIOLATION) await dropInvalid(pool, index).catch(() => {});
    throw explainFailure(error, { migration, statement, left: LEFT_DONE });
  });
}

const UNIQUE_VIOLATION = '23505';

/** The invalid index that an interrupted CREATE INDEX CONCURRENTLY leaves. */
async function dropInvalid(pool: pg.Pool, index: string): Promise<void> {
  const { rowCount } = await pool.query('SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid', [
    index,
  ]);
  if (rowCount === 1) await pool.query(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
}

async function noteApplied(client: pg.Pool | pg.PoolClient, migration: Migration, table: string): Promise<void> {
  const { name, sha256, compatible } = migration;
  await client.query(`INSERT INTO ${table} (name, sha256, compatible) VALUES ($1, $2, $3)`, [name, sha256, compatible]);
}

type AppliedMigration = Pick<Migration, 'name' | 'sha256' | 'compatible'>;

function findPending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, sha256, compatible } of applied) {
    const file = files.get(name);
    if (file === undefined) {
      if (compatible) continue; // a newer program has migrated, and has left what this one needs
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

/** lock_not_available, or deadlock_detected: PostgreSQL documentation, appendix A. */
function isLockTrouble(error: unknown): boolean {
  return codeOf(error) === '55P03' || codeOf(error) === '40P01';
}

/** Names the transactions that have been open longest: most likely the migration waits for them. */
async function explainLock(error: unknown, { name, concurrently }: Migration, pool: pg.Pool): Promise<StorageError> {
  const { rows } = await pool.query<{ pid: number; application_name: string; state: string; seconds: number }>(
    `SELECT pid, application_name, state, extract(epoch FROM now() - xact_start)::int AS seconds FROM pg_stat_activity
     WHERE datname = current_database() AND xact_start < now() - interval '1 second' AND pid <> pg_backend_pid() AND query !~ 'pg_try_advisory_xact_lock'
     ORDER BY xact_start LIMIT 3`,
  );
  const open = rows.map(
    (row) => `pid ${row.pid} (${row.application_name || 'unnamed'}, ${row.state}, ${row.seconds} s)`,
  );
  return new StorageError(
    'MIGRATION_LOCKED',
    `${name} never got the locks that it needs, because other transactions stay open${open.length > 0 ? `: ${open.join(', ')}` : ''}. ` +
      `End them and migrate again. ${concurrently ? LEFT_DONE : 'Nothing of this file was applied.'}`,
    { cause: error },
  );
}

/** What a failure leaves in a file that is run statement by statement. */
const LEFT_DONE = 'What stands before it was done.';

interface Failed {
  readonly migration: Migration;
  readonly statement: Statement;
  /** What the failure leaves. */
  readonly left: string;
}

function explainFailure(error: unknown, { migration, statement, left }: Failed): StorageError {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  const before = Number.isNaN(position) ? '' : statement.sql.slice(0, position);
  const line = statement.line + before.split('\n').length - 1;
  const message = error instanceof Error ? error.message : 'unknown error';
  return new StorageError('MIGRATION_FAILED', `${migration.name}, line ${line}: ${message}. ${left}`, { cause: error });
}
