/** A database of the embedded server: the first user starts the server, all share it, the last one stops it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { buildPool, connectClient, OwnClient, type TimeLimits, trackConnections } from '../connection.ts';
import type { Database } from '../database.ts';
import { codeOf, StorageError } from '../errors.ts';
import { explainFileError, makeFolder } from '../folder.ts';
import { findBinaries } from './binaries.ts';
import { clusterPaths, initialiseCluster, ROLE } from './cluster.ts';
import { keepRunning } from './keep-running.ts';
import { choosePort, findLastPort, findPostmaster, startPostmaster, stopPostmaster } from './postmaster.ts';
import { chooseAccount } from './server-account.ts';
import { withStartLock } from './start-lock.ts';

const PORT_TRIES = 5;
/**
 * Long enough for a killed server's children to release its shared memory, for a stopping server to end, and for a server that has lost its
 * postmaster.pid to notice (once a minute).
 */
const PATIENCE_MS = 90_000;

export interface OpenEmbeddedOptions {
  readonly dataDir: string;
  readonly name: string;
  readonly poolSize?: number | undefined;
  readonly limits?: TimeLimits | undefined;
  readonly planOnce?: boolean | undefined;
  readonly onProgress: (line: string) => void;
  /** The next port to try; free ports by default. */
  readonly nextPort?: () => Promise<number>;
}

/**
 * Each open database keeps one connection, its presence: while it exists, no other user is the last one. If it breaks because the server
 * died, the server is started again on its port, a few times. Nothing is read from the environment (PGSSLMODE …).
 * @throws StorageError DATA_DIR_UNUSABLE, and the EMBEDDED_… codes. On an error, a server that this call started does not stay running.
 */
export async function openEmbedded(options: OpenEmbeddedOptions): Promise<Database> {
  const { name, poolSize, limits, planOnce, onProgress } = options;
  const dataDir = path.resolve(options.dataDir);
  const cluster = path.join(dataDir, 'postgres');
  const lock = `${cluster}.lock`;
  const join = { ...options, dataDir, cluster };
  try {
    await makeFolder(dataDir);
    const { presence, port, password } = await withStartLock(lock, () => joinServer(join));
    const url = urlOf({ password, port, name });
    const pool = buildPool({ url, name, poolSize, limits, planOnce, clientClass: OwnClient });
    const { endPool } = trackConnections(pool);
    const watch = keepRunning({
      presence,
      rejoin: () => withStartLock(lock, () => rejoinServer({ ...join, port })),
      log: onProgress,
      now: () => performance.now(),
    });
    let closing: Promise<void> | undefined;
    const close = async () => {
      const place = await watch.end();
      await endPool();
      await withStartLock(lock, () => leaveServer({ presence: place, cluster }));
    };
    return {
      pool,
      url,
      close() {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    throw explainFileError(error, dataDir);
  }
}

type JoinOptions = OpenEmbeddedOptions & { readonly cluster: string };

interface Joined {
  readonly presence: pg.Client;
  readonly port: number;
  readonly password: string;
}

function urlOf({ password, port, name }: { readonly password: string; readonly port: number; readonly name: string }) {
  return `postgres://${ROLE}:${password}@127.0.0.1:${port}/${encodeURIComponent(name)}`;
}

/** Joins the running server, or starts one (after making its files, if there are none); then creates the database if it is missing. */
async function joinServer(options: JoinOptions): Promise<Joined> {
  let startedHere = false;
  try {
    const joined = await attach({ ...options, onStarted: () => (startedHere = true) });
    await ensureDatabase(joined.presence, options.name).catch(async (error: unknown) => {
      await joined.presence.end();
      throw error;
    });
    return joined;
  } catch (error) {
    if (startedHere) await stopPostmaster(options.cluster);
    throw error;
  }
}

/** Starts the same server on the same port, so that the pool that lost its connections finds it. */
async function rejoinServer(options: JoinOptions & { readonly port: number }): Promise<pg.Client> {
  const { cluster, dataDir, port } = options;
  const unusable = (why: string) => new StorageError('EMBEDDED_START_FAILED', `${why}; start this program again.`);
  if (!existsSync(clusterPaths(cluster).password)) throw unusable(`its files in ${dataDir} are gone`);
  const joined = await joinServer({ ...options, nextPort: async () => port });
  if (joined.port === port) return joined.presence;
  await joined.presence.end();
  throw unusable(`another process has started it, on port ${joined.port} in place of ${port}`);
}

async function attach(options: JoinOptions & { readonly onStarted: () => void }): Promise<Joined> {
  const { cluster, name } = options;
  const deadline = Date.now() + PATIENCE_MS;
  let portsTaken = 0;
  while (Date.now() < deadline) {
    const postmaster = await findPostmaster(cluster);
    if (postmaster?.ready) {
      const { port } = postmaster;
      const password = await readFile(clusterPaths(cluster).password, 'utf8');
      const url = urlOf({ password, port, name: 'postgres' });
      const presence = await connectClient({ url, name, clientClass: OwnClient }).catch(retryLater);
      if (presence) return { presence, port, password };
    } else if (postmaster === undefined) {
      const outcome = await startServer(options, portsTaken === 0);
      if (outcome === 'ready') {
        options.onStarted();
        continue;
      }
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

/** 57P03: the server is starting or stopping; a refused connection: it has just stopped. */
function retryLater(error: unknown): undefined {
  if (['57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(codeOf(error))) return undefined;
  throw error;
}

/** The users of a server that died reconnect to its port, so that port is tried first. */
async function startServer({ dataDir, cluster, onProgress, nextPort = choosePort }: JoinOptions, isFirstTry: boolean) {
  const binaries = await findBinaries();
  const account = chooseAccount({ dataDir, cluster, postgres: binaries.postgres });
  if (!existsSync(clusterPaths(cluster).password)) {
    onProgress(`Making an embedded PostgreSQL in ${cluster}`);
    await initialiseCluster({ cluster, binaries, account });
  }
  const port = (isFirstTry ? await findLastPort(cluster) : undefined) ?? (await nextPort());
  onProgress(`Starting the embedded PostgreSQL on 127.0.0.1:${port}`);
  return startPostmaster({ cluster, binaries, account, port });
}

/** Runs under the start lock, so no other process creates the database at the same time. */
async function ensureDatabase(presence: pg.Client, name: string): Promise<void> {
  const { rowCount } = await presence.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) await presence.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
}

/** Stops the server unless another connection of any program is left. Does nothing when the server has already ended. */
async function leaveServer({ presence, cluster }: { presence: pg.Client; cluster: string }): Promise<void> {
  const alone = await isAlone(presence);
  await presence.end().catch(() => {});
  if (alone) await stopPostmaster(cluster);
}

/** The server lists a connection that was just ended until that connection's process has exited, so it is asked for half a second. */
async function isAlone(presence: pg.Client): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const others = await presence
      .query<{ count: number }>(
        `SELECT count(*) FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND usename = current_user AND pid <> pg_backend_pid()`,
      )
      .then(({ rows }) => rows[0]?.count)
      .catch(() => undefined);
    if (others === 0) return true;
    if (others === undefined || attempt === 10) return false;
    await sleep(50);
  }
}
