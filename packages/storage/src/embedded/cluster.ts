/** Makes the files of an embedded server: all of them, or nothing that looks like a server. */
import { randomBytes } from 'node:crypto';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { StorageError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { type ServerAccount, spawnAs } from './server-account.ts';

/** The role that programs connect as: it can create and own databases, and has no other rights on the server. */
export const ROLE = 'payment_passkeys';

/** The contents of the folder `postgres` of DATA_DIR. */
export function clusterPaths(cluster: string) {
  return {
    data: path.join(cluster, 'data'),
    postmasterPid: path.join(cluster, 'data', 'postmaster.pid'),
    /** The role's password, mode 0600. */
    password: path.join(cluster, 'password'),
    log: path.join(cluster, 'server.log'),
    /** The log of the previous run. */
    previousLog: path.join(cluster, 'server.previous.log'),
  } as const;
}

/**
 * Initialises in a temporary folder and renames it at the end, so that a killed process leaves no half-made server. The caller holds the
 * start lock.
 * @throws StorageError EMBEDDED_START_FAILED.
 */
export async function initialiseCluster(options: {
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly account: ServerAccount;
}): Promise<void> {
  const { cluster, binaries, account } = options;
  const unfinished = `${cluster}.unfinished`;
  const paths = clusterPaths(unfinished);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  if (account.user) await chown(unfinished, account.user.uid, account.user.gid);
  await initialiseData(paths.data, binaries, account);
  const password = randomBytes(24).toString('base64url');
  await run(
    account,
    [binaries.postgres, '--single', '-D', paths.data, 'postgres'],
    `CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${password}'\n`,
  );
  await writeFile(paths.password, password, { mode: 0o600 });
  await rename(unfinished, cluster);
}

/** UTF-8 with PostgreSQL's built-in locale, so that sorting does not depend on the system. The superuser's password is not stored. */
async function initialiseData(data: string, { initdb }: Binaries, account: ServerAccount): Promise<void> {
  const passwordFile = path.join(path.dirname(data), 'superuser');
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account.user) await chown(passwordFile, account.user.uid, account.user.gid);
  await run(account, [
    initdb,
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  await rm(passwordFile);
}

async function run(account: ServerAccount, command: readonly [string, ...string[]], input = ''): Promise<void> {
  const child = spawnAs(account, command, { stdio: ['pipe', 'ignore', 'pipe'] });
  const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin?.on('error', () => {}).end(input);
  const [complaint, code] = await Promise.all([child.stderr ? text(child.stderr) : '', exit]);
  if (code === 0) return;
  throw new StorageError(
    'EMBEDDED_START_FAILED',
    `The embedded PostgreSQL could not be initialised (${path.basename(command[0])}: ${complaint.trim().split('\n').at(-1)}). ` +
      'Choose another DATA_DIR, or name a server in DATABASE_URL.',
  );
}
