/** A database for a server: the one that DATABASE_URL names, or one of an embedded PostgreSQL under DATA_DIR. */
import { buildPool, type TimeLimits } from './connection.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded/open-embedded.ts';
import { checkPreparedStatements, checkServer } from './server-check.ts';

export interface OpenDatabaseOptions {
  /** postgres://…; without it an embedded PostgreSQL runs in the folder `postgres` of `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** A folder, made if absent. Not touched when `databaseUrl` is given. */
  readonly dataDir: string;
  /** The embedded server's database, made if absent; and application_name on either server. */
  readonly name: string;
  /** Connections at most; 10 unless given. */
  readonly poolSize?: number | undefined;
  /** Of every statement of the pool; none unless given. A server frozen or cut off is not waited for any longer either. */
  readonly limits?: TimeLimits | undefined;
  /** Whether statements with a name are planned once for each connection: see ConnectionOptions. */
  readonly planOnce?: boolean | undefined;
  /** Told, in sentences for people, what takes its time. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/**
 * Opens a database once a connection to it has worked.
 *
 * Processes that share a `dataDir` share one embedded server: whoever comes first starts it, the last one to close
 * stops it. It runs in a session of its own, so it outlives a killed process, and the next one attaches to it.
 *
 * @throws StorageError every code but those of transactions and migrations.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, name, poolSize, limits, planOnce, onProgress = () => {} } = options;
  if (databaseUrl === undefined) return openEmbedded({ dataDir, name, poolSize, limits, planOnce, onProgress });
  const connection = { url: databaseUrl, name, limits, planOnce };
  const pool = buildPool({ ...connection, poolSize, ...(await checkServer(connection)) });
  await checkPreparedStatements(pool, databaseUrl).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  let closing: Promise<void> | undefined;
  return {
    pool,
    url: databaseUrl,
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}
