/** A database of the embedded server: started by whoever comes first, shared by all, stopped by the last one out. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { buildPool, connectClient, type TimeLimits, trackConnections } from '../connection.ts';
import type { Database } from '../database.ts';
import { codeOf, StorageError } from '../errors.ts';
import { findBinaries } from './binaries.ts';
import { clusterPaths, initialiseCluster, ROLE } from './cluster.ts';
import { choosePort, findPostmaster, startPostmaster, stopPostmaster } from './postmaster.ts';
import { chooseAccount } from './server-account.ts';
import { withStartLock } from './start-lock.ts';

const PORT_TRIES = 5;
/**
 * For a killed server's children to let go of its shared memory, for one that is stopping to be gone, and for one that
 * has lost its postmaster.pid to notice, which it does once a minute.
 */
const PATIENCE_MS = 90_000;

export interface OpenEmbeddedOptions {
  readonly dataDir: string;
  readonly name: string;
  readonly poolSize?: number | undefined;
  readonly limits?: TimeLimits | undefined;
  readonly planOnce?: boolean | undefined;
  readonly onProgress: (line: string) => void;
  /** Which port to try next; free ones unless given. */
  readonly nextPort?: () => Promise<number>;
}

/**
 * Each open database keeps one connection, its presence: while it stands, nobody else is the last one out.
 *
 * @throws StorageError DATA_DIR_UNUSABLE, and the EMBEDDED_… codes.
 */
export async function openEmbedded(options: OpenEmbeddedOptions): Promise<Database> {
  const { name, poolSize, limits, planOnce } = options;
  const dataDir = path.resolve(options.dataDir);
  const cluster = path.join(dataDir, 'postgres');
  const lock = `${cluster}.lock`;
  try {
    await mkdir(dataDir, { recursive: true });
    return await withStartLock(lock, async () => {
      const { presence, urlOf } = await joinServer({ ...options, dataDir, cluster });
      await ensureDatabase(presence, name).catch(async (error: unknown) => {
        await presence.end();
        throw error;
      });
      const url = urlOf(name);
      const pool = buildPool({ url, name, poolSize, limits, planOnce });
      const { endPool } = trackConnections(pool);
      let closing: Promise<void> | undefined;
      const close = async () => {
        await endPool();
        await withStartLock(lock, () => leaveServer({ presence, cluster }));
      };
      return {
        pool,
        url,
        close() {
          closing ??= close();
          return closing;
        },
      };
    });
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}

type JoinOptions = OpenEmbeddedOptions & { readonly cluster: string };

/** Attaches to the running server, or starts one first, after making its files where there are none. */
async function joinServer(options: JoinOptions): Promise<{ presence: pg.Client; urlOf: (name: string) => string }> {
  const { cluster, name } = options;
  const deadline = Date.now() + PATIENCE_MS;
  let portsTaken = 0;
  while (Date.now() < deadline) {
    const postmaster = await findPostmaster(cluster);
    if (postmaster?.ready) {
      const password = await readFile(clusterPaths(cluster).password, 'utf8');
      const urlOf = (database: string) =>
        `postgres://${ROLE}:${password}@127.0.0.1:${postmaster.port}/${encodeURIComponent(database)}`;
      const presence = await connectClient({ url: urlOf('postgres'), name }).catch(retryLater);
      if (presence) return { presence, urlOf };
    } else if (postmaster === undefined) {
      const outcome = await startServer(options);
      if (outcome === 'ready') continue;
      if (outcome === 'port-taken') portsTaken += 1;
      if (portsTaken === PORT_TRIES) {
        throw new StorageError(
          'EMBEDDED_PORT_TAKEN',
          `${PORT_TRIES} ports of 127.0.0.1 were taken one after the other; start again, or name a server in DATABASE_URL.`,
        );
      }
    }
    await sleep(50);
  }
  throw new StorageError(
    'EMBEDDED_START_FAILED',
    `The embedded PostgreSQL has taken no connection for 90 seconds; ${clusterPaths(cluster).log} may say why.`,
  );
}

/** 57P03: it is starting or stopping; a refused connection: it has just stopped. */
function retryLater(error: unknown): undefined {
  if (['57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(codeOf(error))) return undefined;
  throw error;
}

async function startServer({ dataDir, cluster, onProgress, nextPort = choosePort }: JoinOptions) {
  const binaries = await findBinaries();
  const account = chooseAccount({ dataDir, cluster, postgres: binaries.postgres });
  if (!existsSync(clusterPaths(cluster).password)) {
    onProgress(`Making an embedded PostgreSQL in ${cluster}`);
    await initialiseCluster({ cluster, binaries, account });
  }
  const port = await nextPort();
  onProgress(`Starting the embedded PostgreSQL on 127.0.0.1:${port}`);
  return startPostmaster({ cluster, binaries, account, port });
}

/** Under the start lock, so nobody else is making it at the same time. */
async function ensureDatabase(presence: pg.Client, name: string): Promise<void> {
  const { rowCount } = await presence.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await presence.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
}

/** Stops the server unless another connection of any program is left. A server that is gone already needs no stopping. */
async function leaveServer({ presence, cluster }: { presence: pg.Client; cluster: string }): Promise<void> {
  const others = await presence
    .query<{ count: number }>(
      `SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND usename = current_user AND pid <> pg_backend_pid()`,
    )
    .then(({ rows }) => rows[0]?.count)
    .catch(() => undefined);
  await presence.end().catch(() => {});
  if (others === 0) await stopPostmaster(cluster);
}

const FILE_ERRORS = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST', 'ENOTEMPTY', 'ENOSPC', 'EDQUOT'];

function explainFileError(error: unknown, dataDir: string): unknown {
  if (error instanceof StorageError || !FILE_ERRORS.includes(codeOf(error))) return error;
  return new StorageError(
    'DATA_DIR_UNUSABLE',
    `The data folder ${dataDir} cannot be used (${codeOf(error)}): it has to be a folder that this user may write; ` +
      'choose another in DATA_DIR, or name a server in DATABASE_URL.',
    { cause: error },
  );
}
