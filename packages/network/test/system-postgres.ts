/** PostgreSQL from the system's packages. Unlike the embedded one, it has pg_dump, psql and the other programs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@payment-passkeys/testkit';

/** The folder of the newest version's programs, as scripts/find-programs.mjs finds it; undefined without any. */
export const POSTGRES_PROGRAMS = globSync('/usr/lib/postgresql/*/bin/pg_dump')
  .map((file) => file.slice(0, -'/pg_dump'.length))
  .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .at(-1);

export interface SystemPostgres {
  /** Its user may do everything; there is no password. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A new, empty server on loopback, in the system's temporary folder. It ends with this process. */
export async function startSystemPostgres(programs: string): Promise<SystemPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'system-postgres-'));
  const data = join(folder, 'data');
  const port = String(await freePort());
  const user = unprivilegedUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8'];
  const initdb = ['--pgdata', data, '--username=network', '--auth=trust', '--no-sync', ...locale];
  execFileSync(join(programs, 'initdb'), initdb, { ...user, cwd: folder, stdio: 'pipe' });
  const identity = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const command = [join(programs, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn('setpriv', ['--pdeathsig=INT', ...identity, ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
      if (said.includes('ready to accept connections')) resolve();
    });
    void ended.then(() => reject(new Error(`PostgreSQL has ended: ${said}`)));
  });
  return {
    url: `postgres://network@127.0.0.1:${port}/postgres`,
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

/** The user for a server that refuses to run as root: nobody if this process is root, else undefined. */
export function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
