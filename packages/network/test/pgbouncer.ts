/** PgBouncer in front of a test's database, in transaction mode: each statement of a connection may run on another server connection. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@payment-passkeys/testkit';
import { unprivilegedUser } from './system-postgres.ts';

export interface Pooler {
  /** The address of the same database through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The program; PGBOUNCER may name another one than that on the path. */
const PROGRAM = process.env.PGBOUNCER || 'pgbouncer';

/** What the installed PgBouncer can do; undefined if none is installed. */
export function findPgBouncer(): { readonly keepsPreparedStatements: boolean } | undefined {
  try {
    const [, minor] = /PgBouncer 1\.(\d+)/.exec(execFileSync(PROGRAM, ['--version'], { encoding: 'utf8' })) ?? [];
    return minor === undefined ? undefined : { keepsPreparedStatements: Number(minor) >= 21 };
  } catch {
    return undefined;
  }
}

const CONNECT_TRIES = 200;

/** Three server connections for any number of clients, so that they must share. `settings` are lines of pgbouncer.ini. */
export async function startPooler(databaseUrl: string, settings: readonly string[] = []): Promise<Pooler> {
  const { hostname, port: serverPort, username, password } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const ini = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    'default_pool_size = 3',
    ...settings,
  ];
  await writeFile(ini, `${lines.join('\n')}\n`);
  const account = unprivilegedUser();
  if (account) await Promise.all([folder, users, ini].map((path) => chown(path, account.uid, account.gid)));
  const child = spawn(PROGRAM, ['--quiet', ini], { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  for (let tries = 0; !(await takesConnections(port)); tries++) {
    if (child.exitCode !== null || tries === CONNECT_TRIES) {
      child.kill('SIGKILL');
      throw new Error(`PgBouncer does not start: ${said}`);
    }
    await sleep(20);
  }
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return connected;
}
