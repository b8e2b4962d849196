/** The database of a server: the one that DATABASE_URL names, or one of an embedded PostgreSQL under DATA_DIR. */
import { buildPool, type TimeLimits } from './connection.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded/open-embedded.ts';
import { checkPreparedStatements, checkServer } from './server-check.ts';

export interface OpenDatabaseOptions {
  /** postgres://…; without it an embedded PostgreSQL runs in the folder `postgres` of `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** A folder, made if it does not exist. Not used when `databaseUrl` is given. */
  readonly dataDir: string;
  /** The embedded server's database, made if it does not exist; and application_name on either server. */
  readonly name: string;
  /** The largest number of connections; 10 by default. */
  readonly poolSize?: number | undefined;
  /** The limits of every statement of the pool; none by default. They also hold for a server that is frozen or cut off. */
  readonly limits?: TimeLimits | undefined;
  /** Whether statements with a name are planned once for each connection: see ConnectionOptions. */
  readonly planOnce?: boolean | undefined;
  /** Receives sentences for the operator about slow steps. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/**
 * Opens a database after a connection to it has worked. Processes that share a `dataDir` share one embedded server: the first one starts
 * it, the last one to close stops it. The server runs in a session of its own, so it survives a killed process, and the next process joins
 * it.
 * @throws StorageError every code but those of transactions and migrations.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, name, poolSize, limits, planOnce, onProgress = () => {} } = options;
  if (databaseUrl === undefined) return openEmbedded({ dataDir, name, poolSize, limits, planOnce, onProgress });
  const connection = { url: databaseUrl, name, limits, planOnce };
  const { serverTakesSettings, distributed } = await checkServer(connection);
  // Citus refuses a plan for any values: it chooses the place of a row by its values.
  const pool = buildPool({ ...connection, planOnce: planOnce && !distributed, poolSize, serverTakesSettings });
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
