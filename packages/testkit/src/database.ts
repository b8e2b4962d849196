/** Throwaway databases: a new one for each test, on the test run's one server. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Database, inTransaction, migrate, openDatabase } from '@payment-passkeys/storage';

export interface ThrowawayDatabaseOptions {
  /** A folder of migrations to apply, as `migrate` of storage takes it. Without it the database is empty. */
  readonly migrations?: string | URL;
  /** The migrations' table; `migrations` by default. */
  readonly table?: string;
  /** Folders that are applied after `migrations`. */
  readonly more?: readonly MigrationFolder[];
  /** The maximum of connections; 10 by default. A race test needs as many as it has concurrent calls. */
  readonly poolSize?: number;
  /** A server whose user may create databases; by default the test run's own (vitest-database.ts). */
  readonly serverUrl?: string;
}

export interface MigrationFolder {
  readonly folder: string | URL;
  readonly table: string;
}

/**
 * Creates a database with a random name. `close` drops it, even while it has connections. The first call with the same folders of migrations
 * makes a template; later ones copy it.
 */
export async function createThrowawayDatabase(options: ThrowawayDatabaseOptions = {}): Promise<Database> {
  const { migrations, table = 'migrations', more = [], poolSize } = options;
  const serverUrl = options.serverUrl ?? (await findServerUrl());
  const server = await openDatabase({ databaseUrl: serverUrl, dataDir: '', name: 'throwaway', poolSize: 1 });
  try {
    const name = `throwaway_${randomBytes(9).toString('hex')}`;
    const template =
      migrations === undefined ? 'template1' : await ensureTemplate(server, [{ folder: migrations, table }, ...more]);
    // Copied as files, which is cheaper than through the write-ahead log (decision 131).
    await server.pool.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
    const database = await openDatabase({ databaseUrl: urlOf(serverUrl, name), dataDir: '', name, poolSize });
    let closing: Promise<void> | undefined;
    return { pool: database.pool, url: database.url, close: () => (closing ??= drop({ server, database, name })) };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function findServerUrl(): Promise<string> {
  const { inject } = await import('vitest');
  return inject('throwawayServerUrl');
}

function urlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Ends the connections, then drops. WITH (FORCE) would fail while PostgreSQL's own vacuum runs; a plain DROP makes the vacuum stop. */
async function drop({ server, database, name }: { server: Database; database: Database; name: string }): Promise<void> {
  await database.close();
  await server.pool.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
    [name],
  );
  await server.pool.query(`DROP DATABASE ${name}`);
  await server.close();
}

/** The template's name has a hash of the migrations, so that an edited migration makes a new template. Made once for all workers. */
async function ensureTemplate(server: Database, folders: readonly MigrationFolder[]): Promise<string> {
  const template = `template_${await hashFolders(folders)}`;
  await inTransaction(server.pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [template]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) await makeTemplate({ serverUrl: server.url, template, folders });
  });
  return template;
}

/** The template gets its final name only after its migrations are applied. */
async function makeTemplate(options: {
  serverUrl: string;
  template: string;
  folders: readonly MigrationFolder[];
}): Promise<void> {
  const { serverUrl, template, folders } = options;
  const unfinished = `${template}_unfinished`;
  const server = await openDatabase({ databaseUrl: serverUrl, dataDir: '', name: 'template', poolSize: 1 });
  try {
    await server.pool.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await server.pool.query(`CREATE DATABASE ${unfinished}`);
    const database = await openDatabase({
      databaseUrl: urlOf(serverUrl, unfinished),
      dataDir: '',
      name: unfinished,
      poolSize: 1,
    });
    try {
      for (const folder of folders) await migrate({ database, ...folder });
    } finally {
      await database.close();
    }
    await server.pool.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
  } finally {
    await server.close();
  }
}

async function hashFolders(folders: readonly MigrationFolder[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { folder, table } of folders) {
    const directory = typeof folder === 'string' ? folder : fileURLToPath(folder);
    hash.update(`\0\0${table}`);
    for (const name of (await readdir(directory)).sort()) {
      hash.update(`\0${name}\0`).update(await readFile(path.join(directory, name)));
    }
  }
  return hash.digest('hex').slice(0, 32);
}
