/** The embedded server's process: finds, starts and stops it. */
import type { ChildProcess } from 'node:child_process';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, StorageError } from '../errors.ts';
import { findProgram, worksElsewhere } from '../process-state.ts';
import type { Binaries } from './binaries.ts';
import { clusterPaths } from './cluster.ts';
import { type ServerAccount, spawnAs } from './server-account.ts';

const POLL_MS = 10;
const STOP_PATIENCE_MS = 60_000;

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** False during recovery, start and stop. */
  readonly ready: boolean;
}

/**
 * Reads postmaster.pid (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*: pid 1, port 4, status 8). The file stays after a kill, so the result is
 * undefined unless its process runs and is the postgres of this folder.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const { data } = clusterPaths(cluster);
  const lines = await readPostmasterFile(cluster);
  const pid = Number(lines[0]);
  if (!findProgram(pid)?.includes('postgres') || worksElsewhere(pid, data)) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** The port of a server that died, read from its leftover file; undefined after a clean stop. */
export async function findLastPort(cluster: string): Promise<number | undefined> {
  const port = Number((await readPostmasterFile(cluster))[3]);
  return port > 0 ? port : undefined;
}

async function readPostmasterFile(cluster: string): Promise<readonly string[]> {
  const file = await readFile(clusterPaths(cluster).postmasterPid, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  return file.split('\n');
}

/** The result of a start; after both failures another try makes sense. */
export type StartOutcome = 'ready' | 'port-taken' | 'still-in-use';

/**
 * Starts the server in a session of its own, its output in the log, and waits until it accepts connections (recovery has no time limit).
 * The caller holds the start lock and has found no postmaster, so an existing postmaster.pid is stale. It is deleted, because PostgreSQL
 * would not start if the file names a zombie or another program of the same user.
 * @throws StorageError EMBEDDED_START_FAILED, naming the log.
 */
export async function startPostmaster(options: {
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly account: ServerAccount;
  readonly port: number;
}): Promise<StartOutcome> {
  const { cluster, binaries, account, port } = options;
  const paths = clusterPaths(cluster);
  await rm(paths.postmasterPid, { force: true });
  await rename(paths.log, paths.previousLog).catch(() => {});
  const log = await open(paths.log, 'a', 0o600);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [binaries.postgres, '-D', paths.data, '-p', String(port), ...settings] as const;
  const child = spawnAs(account, command, { detached: true, stdio: ['ignore', log.fd, log.fd] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  await log.close();
  if (await becomesReady({ cluster, child, exited })) {
    child.unref();
    return 'ready';
  }
  const complaint = await readFile(paths.log, 'latin1');
  if (/Address already in use/.test(complaint)) return 'port-taken';
  if (/lock file ".*" already exists|pre-existing shared memory block/.test(complaint)) return 'still-in-use';
  throw new StorageError(
    'EMBEDDED_START_FAILED',
    `The embedded PostgreSQL did not start; ${paths.log} says why. Another DATA_DIR, or a server in DATABASE_URL, is a way round.`,
  );
}

/**
 * Set at every start, so that an old data folder gets them too. With them the server is durable, is reachable only from this machine and by
 * password, and logs no row value, because that could be a card number.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
};

async function becomesReady(options: {
  cluster: string;
  child: ChildProcess;
  exited: Promise<void>;
}): Promise<boolean> {
  const { cluster, child, exited } = options;
  let over = false;
  void exited.then(() => {
    over = true;
  });
  while (!over) {
    const postmaster = await findPostmaster(cluster);
    if (postmaster?.pid === child.pid && postmaster?.ready) return true;
    await Promise.race([exited, sleep(POLL_MS)]);
  }
  return false;
}

/** Fast shutdown: open transactions roll back, committed ones are checkpointed. Returns when the process has ended. */
export async function stopPostmaster(cluster: string): Promise<void> {
  const postmaster = await findPostmaster(cluster);
  if (postmaster === undefined) return;
  process.kill(postmaster.pid, 'SIGINT');
  const deadline = Date.now() + STOP_PATIENCE_MS;
  while (findProgram(postmaster.pid) !== undefined && Date.now() < deadline) await sleep(POLL_MS);
}

/** A port of 127.0.0.1 that is free now; another program may take it before it is used. */
export async function choosePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a numeric port.');
  return address.port;
}
