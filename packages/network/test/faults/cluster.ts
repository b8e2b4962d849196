/** A PostgreSQL server for one test, which can be killed as by a power failure, and started again. */
import { appendFile, chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '@payment-passkeys/storage';
import { startDatabaseProxy } from './database-proxy.ts';

export interface Cluster {
  /** The address, which stays the same after a restart. Its user may create databases. */
  readonly url: string;
  /** Sends SIGKILL to the server and all its processes. From then on connections are refused. */
  kill(): Promise<void>;
  /** Resolves when the server accepts connections; by then it has replayed its log. */
  start(): Promise<void>;
  /** Stops the server and deletes its files. */
  stop(): Promise<void>;
}

/** `folder` is made in the system's temporary folder by default. `settings` are lines of postgresql.conf. */
export async function startCluster(
  options: { readonly folder?: string; readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<Cluster> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'network-faults-postgres-')));
  await chmod(folder, 0o711); // as root the server runs as another user, who must be able to enter the folder
  const data = join(folder, 'postgres', 'data');
  const open = () => openDatabase({ dataDir: folder, name: 'faults', poolSize: 1 });
  let server: Database = await open();
  if (options.settings !== undefined) {
    await server.close();
    const lines = Object.entries(options.settings).map(([name, value]) => `${name} = '${value}'\n`);
    await appendFile(join(data, 'postgresql.conf'), lines.join(''));
    server = await open();
  }
  const proxy = await startDatabaseProxy({ serverUrl: server.url, gate: () => undefined });
  const kill = async () => {
    await killServer(data);
    await proxy.close();
    await server.close();
  };
  return {
    url: proxy.url,
    kill,
    start: async () => {
      server = await open();
      await proxy.open(server.url);
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The server's process id is the first line of postmaster.pid (PostgreSQL documentation, chapter 66.1). */
export async function killServer(data: string): Promise<void> {
  const file = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const postmaster = Number(file.split('\n')[0]);
  if (!postmaster) return;
  const children = await findChildren(postmaster);
  for (const pid of [postmaster, ...children]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has already ended.
    }
  }
}

/** Finds the children in /proc. On systems without /proc the answer is empty: the children end by themselves after their server. */
async function findChildren(parent: number): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.map(Number).filter((pid) => pid > 0);
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]); // proc(5): state, then ppid
    }),
  );
  return pids.filter((_, position) => parents[position] === parent);
}
