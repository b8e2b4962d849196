/** The PostgreSQL of a run: the embedded one, in a temporary folder, with a database for each network or peer. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '@payment-passkeys/storage';
import pg from 'pg';

/** The write-ahead log since the server started: its fsyncs (pg_stat_io), and its length. */
export interface WalCounts {
  /** Fsyncs by backends, for commits that a client waits for. */
  readonly awaited: number;
  /** Fsyncs by any process of the server, for example its log writer, which also writes PostgreSQL's own records. */
  readonly all: number;
  readonly bytes: number;
}

export interface BenchPostgres {
  readonly version: string;
  readonly postmaster: number;
  /** Makes an empty database and answers its address. */
  createDatabase(name: string): Promise<string>;
  countWal(): Promise<WalCounts>;
  /** The folder for databases and keys. Deleted by `stop`. */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<BenchPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'payment-passkeys-bench-'));
  await chmod(folder, 0o711); // as root the server runs as another user, who must be able to enter the folder
  const server = await openDatabase({ dataDir: folder, name: 'bench' });
  const stop = async () => {
    await endOtherConnections(server);
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return {
      version: await readVersion(server),
      postmaster: await readPostmaster(folder),
      folder,
      createDatabase: async (name) => {
        await server.pool.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
        const url = new URL(server.url);
        url.pathname = `/${name}`;
        return url.href;
      },
      countWal: () => countWal(server),
      stop,
    };
  } catch (error) {
    await stop(); // it would outlive this process
    throw error;
  }
}

async function readVersion({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ server_version: string }>('SHOW server_version');
  return rows[0]?.server_version ?? 'unknown';
}

/** The first line of postmaster.pid (PostgreSQL documentation, chapter 66.1). */
async function readPostmaster(folder: string): Promise<number> {
  const file = await readFile(path.join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8');
  return Number(file.split('\n')[0]);
}

/** Ends all other connections first: a backend reports its counts at most once a minute, and when it ends. */
async function countWal(server: Database): Promise<WalCounts> {
  await endOtherConnections(server);
  const counted = await server.pool.query<WalCounts>(
    `SELECT coalesce(sum(fsyncs) FILTER (WHERE backend_type = 'client backend'), 0)::int8 AS awaited,
            coalesce(sum(fsyncs), 0)::int8 AS "all",
            (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8 AS bytes
     FROM pg_stat_io WHERE object = 'wal'`,
  );
  return counted.rows[0] ?? { awaited: Number.NaN, all: Number.NaN, bytes: Number.NaN };
}

async function endOtherConnections({ pool }: Database): Promise<void> {
  await pool.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE usename = current_user AND pid <> pg_backend_pid() AND datname NOT IN ('postgres', 'bench')`,
  );
}
