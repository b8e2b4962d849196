/** Three PostgreSQL under Patroni, three etcd and one HAProxy, with the files of operations/high-availability. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, globSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { killServer } from '../faults/cluster.ts';
import { POSTGRES_PROGRAMS, unprivilegedUser } from '../system-postgres.ts';
import { fillIn, readEnvironment } from './configuration.ts';

const PROGRAMS = ['patroni', 'etcd', 'haproxy', 'setpriv', 'nice'];

/** Loopback has many addresses on Linux only. */
export const CAN_FAIL_OVER: boolean =
  process.platform === 'linux' &&
  POSTGRES_PROGRAMS !== undefined &&
  PROGRAMS.every((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0);

const SERVERS = ['db1', 'db2', 'db3'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface Member {
  readonly name: ServerName;
  readonly role: 'leader' | 'sync_standby' | 'replica';
  /** `running` on a primary and, before Patroni 3.1, on a standby; `streaming` on a standby. */
  readonly state: string;
  /** The timeline of the server's write-ahead log; absent while it is unknown. A standby with an earlier timeline does not follow the primary. */
  readonly timeline?: number;
}

export interface HighAvailability {
  /** HAProxy's address. The role may create databases. */
  readonly url: string;
  /** The servers on which Patroni runs. */
  members(): Promise<readonly Member[]>;
  /** Resolves when there is a primary, and `standbys` standbys get its log, one of them synchronous. Answers the primary's name. */
  settled(standbys: number): Promise<ServerName>;
  /** SIGKILL for PostgreSQL with all its processes; for its Patroni as well, and before it, if `patroni` is true. */
  kill(server: ServerName, what: { readonly patroni: boolean }): Promise<void>;
  /** Starts a Patroni that was killed. */
  start(server: ServerName): void;
  /** From now on commits are acknowledged without a standby, and no standby receives the log. */
  stopReplicating(primary: ServerName): Promise<void>;
  /** Ends every process and deletes every file. */
  stop(): Promise<void>;
}

const END_FOLDER = fileURLToPath(new URL('../../../../scripts/end-folder-with-parent.mjs', import.meta.url));

const POLL_MILLISECONDS = 50;
/** Ends a step that hangs. Every step needs less, also on a busy machine. */
const HUNG_MILLISECONDS = 120_000;

/** The files are in the tests' temporary folder, in memory if there is room, because etcd gives up a lock when the disk is busy for a second. */
export async function startHighAvailability(): Promise<HighAvailability> {
  const folder = mkdtempSync(join(tmpdir(), 'failover-'));
  chmodSync(folder, 0o711); // as root the servers run as another user, who must be able to enter the folder
  const guard = spawn(process.execPath, [END_FOLDER, folder], {
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true, // Ctrl-C ends the test, but not the process that cleans up after it
  });
  const stop = async () => {
    guard.stdin.end();
    if (guard.exitCode === null) await once(guard, 'exit');
  };
  try {
    return { ...(await startServers(folder)), stop };
  } catch (error) {
    const log = globSync(join(folder, '*.log')).map((file) => `${file}\n${readFileSync(file, 'utf8').slice(-4_000)}`);
    await stop();
    throw new Error(`The cluster does not start.\n${log.join('\n')}`, { cause: error });
  }
}

/**
 * Runs a program before others, if this user may do that: in production each server has its own processors. Linux divides the processors among
 * sessions first (sched(7), autogroup). So each program has its own session, and the priority of this session is raised too.
 */
const WITH_PRIORITY = '{ echo -15 >/proc/self/autogroup; } 2>/dev/null; exec "$@"';

async function startServers(folder: string): Promise<Omit<HighAvailability, 'stop'>> {
  const account = unprivilegedUser();
  const identity = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  /** A random subnet, so that two runs rarely have the same addresses. */
  const subnet = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.`;
  const addressOf = (server: ServerName) => `${subnet}2${server.slice(2)}`;
  const ownFolder = (name: string) => {
    const made = join(folder, name);
    mkdirSync(made, { mode: 0o700 });
    if (account) chownSync(made, account.uid, account.gid);
    return made;
  };
  const keep = (name: string, content: string) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o644 });
    return file;
  };
  const run = (name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    return spawn('sh', ['-c', WITH_PRIORITY, 'sh', 'nice', '-n', '-15', 'setpriv', ...identity, ...command], {
      detached: true,
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: tmpdir(), LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', log, log],
    });
  };

  for (const server of SERVERS) {
    const content = fillIn('etcd.env', [
      ['ETCD_NAME=db1', `ETCD_NAME=${server}`],
      ...ownAddress(server, '_URLS=http://10.0.0.21', (own) => `_URLS=http://${own}`),
      ['10.0.0.', subnet],
      ['/var/lib/etcd/payment-passkeys', ownFolder(`etcd-${server}`)],
    ]);
    run(`etcd-${server}`, ['etcd'], readEnvironment(content));
  }

  const secret = () => randomBytes(18).toString('base64url');
  const [superuser, rest, role] = [secret(), secret(), secret()];
  const secrets = {
    PATRONI_SUPERUSER_PASSWORD: superuser,
    PATRONI_REPLICATION_PASSWORD: secret(),
    PATRONI_REWIND_PASSWORD: secret(),
    PATRONI_RESTAPI_USERNAME: 'patroni',
    PATRONI_RESTAPI_PASSWORD: rest,
  };
  const dataOf = (server: ServerName) => join(folder, server, 'data');
  const configurations = new Map(
    SERVERS.map((server) => {
      const own = ownFolder(server);
      const content = fillIn('patroni.yml', [
        ['name: db1', `name: ${server}`],
        ...ownAddress(server, 'listen: 10.0.0.21', (address) => `listen: ${address}`),
        ...ownAddress(server, 'connect_address: 10.0.0.21', (address) => `connect_address: ${address}`),
        ['10.0.0.0/24', '127.0.0.0/8'],
        ['10.0.0.', subnet],
        ['/usr/lib/postgresql/15/bin', POSTGRES_PROGRAMS ?? ''],
        ['/var/lib/postgresql/15/payment-passkeys', dataOf(server)],
        ['/var/lib/postgresql/patroni.pgpass', join(own, 'pgpass')],
        ['/var/run/postgresql', own],
      ]);
      return [server, keep(`${server}.yml`, content)];
    }),
  );
  const patronis = new Map<ServerName, ReturnType<typeof run>>();
  const start = (server: ServerName) => {
    patronis.set(server, run(server, ['patroni', configurations.get(server) ?? ''], secrets));
  };
  for (const server of SERVERS) start(server);

  const proxy = `${subnet}1`;
  const haproxy = fillIn('haproxy.cfg', [
    ['    user haproxy\n    group haproxy\n', ''], // HAProxy does not start as root here, so it cannot change its user
    ['127.0.0.1:5432', `${proxy}:5432`],
    ['10.0.0.', subnet],
  ]);
  run('haproxy', ['haproxy', '-db', '-f', keep('haproxy.cfg', haproxy)]);

  const ask = async (
    path: string,
    init: RequestInit = {},
  ): Promise<{ readonly members?: readonly Member[] } | undefined> => {
    for (const [server, patroni] of patronis) {
      if (patroni.exitCode !== null || patroni.signalCode !== null) continue;
      const answer = await fetch(`http://${addressOf(server)}:8008${path}`, init).catch(() => undefined);
      if (answer?.ok) return (await answer.json()) as Awaited<ReturnType<typeof ask>>;
    }
    return undefined;
  };
  const members = async () => (await ask('/cluster'))?.members ?? [];
  /** How many standbys get the log of this server. A standby that has just started is already a running member, but may still have to be rewound. */
  const countStreaming = (server: ServerName) => {
    const url = `postgres://postgres:${superuser}@${addressOf(server)}:5432/postgres`;
    const { stdout } = runSql(url, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'");
    return Number(stdout);
  };
  const settled = (standbys: number) =>
    until(async () => {
      const all = await members();
      const running = all.filter(({ state }) => state === 'running' || state === 'streaming');
      const primary = running.find((member) => member.role === 'leader');
      const synchronous = running.some((member) => member.role === 'sync_standby');
      const sameTimeline = running.filter(({ timeline }) => timeline === primary?.timeline);
      if (primary === undefined || !synchronous || sameTimeline.length <= standbys) return undefined;
      return countStreaming(primary.name) >= standbys ? primary.name : undefined;
    });
  await settled(2);
  const as = (name: string, password: string) => `postgres://${name}:${password}@${proxy}:5432/postgres`;
  const psql = (sql: string) => runSql(as('postgres', superuser), sql);
  await until(async () => (psql('SELECT 1').status === 0 ? true : undefined));
  psql(`CREATE ROLE network LOGIN CREATEDB PASSWORD '${role}'`);
  return {
    url: as('network', role),
    members,
    settled,
    start,
    kill: async (server, { patroni }) => {
      const process = patronis.get(server);
      if (patroni && process !== undefined) {
        const ended = once(process, 'exit');
        process.kill('SIGKILL');
        await ended;
      }
      await killServer(dataOf(server));
    },
    stopReplicating: async (primary) => {
      const authorization = `Basic ${Buffer.from(`patroni:${rest}`).toString('base64')}`;
      const parameters = { wal_receiver_timeout: '1h' }; // so no standby reconnects by itself
      const changes = {
        synchronous_mode: false,
        synchronous_mode_strict: false,
        maximum_lag_on_failover: 2 ** 30,
        postgresql: { parameters },
      };
      await ask('/config', { method: 'PATCH', headers: { authorization }, body: JSON.stringify(changes) });
      await until(async () => {
        const { stdout } = psql("SELECT current_setting('synchronous_standby_names')");
        return stdout.trim() === '' ? true : undefined;
      });
      const url = `postgres://postgres:${superuser}@${addressOf(primary)}:5432/postgres`;
      const { stdout } = runSql(url, 'SELECT pid FROM pg_stat_replication');
      const senders = stdout.trim().split('\n').map(Number);
      if (!senders.every((pid) => pid > 0)) throw new Error(`There is no standby: ${stdout}`);
      for (const pid of senders) process.kill(pid, 'SIGSTOP');
    },
  };
}

/** Replaces the address of db1 in the file by the server's own. `10.0.0.` is replaced later. */
function ownAddress(server: ServerName, text: string, by: (address: string) => string): readonly [[string, string]] {
  return [[text, by(`10.0.0.2${server.slice(2)}`)]];
}

function runSql(url: string, sql: string) {
  return spawnSync(
    join(POSTGRES_PROGRAMS ?? '', 'psql'),
    ['--no-psqlrc', '--tuples-only', '--no-align', url, '--command', sql],
    {
      encoding: 'utf8',
      timeout: 10_000,
    },
  );
}

/** Polls until the answer is defined. */
export async function until<Value>(answer: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + HUNG_MILLISECONDS;
  for (;;) {
    const value = await answer();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('The cluster did not reach the expected state in time.');
    await sleep(POLL_MILLISECONDS);
  }
}
