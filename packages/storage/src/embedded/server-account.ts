/** The user that the embedded server runs as: PostgreSQL refuses root, so root must start it as an unprivileged user. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { StorageError } from '../errors.ts';

export interface ServerAccount {
  /** Absent: the user of this process. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /**
   * The one capability that lets the user pass folders that are closed to it (a checkout below root's home). SQL cannot use it: the role
   * that programs connect as is no superuser.
   */
  readonly lent?: Capability;
}

/**
 * The first one allows only to read and pass folders. If a container withholds it, the second one is used: it is wider, and containers usually
 * leave it to root.
 */
const CAPABILITIES = ['dac_read_search', 'dac_override'] as const;
type Capability = (typeof CAPABILITIES)[number];

/**
 * The process's own user; for root, the owner of an existing cluster, else `postgres`, else `nobody`.
 * @param cluster where the cluster is, or will be.
 * @throws StorageError EMBEDDED_UNREACHABLE when that user has no access to the programs or the data folder.
 */
export function chooseAccount(paths: { dataDir: string; cluster: string; postgres: string }): ServerAccount {
  if (process.getuid?.() !== 0) return {};
  const user = ownerOf(paths.cluster) ?? lookUp('postgres') ?? lookUp('nobody');
  if (user === undefined) {
    throw new StorageError(
      'EMBEDDED_UNREACHABLE',
      'PostgreSQL does not run as root, and there is no user postgres or nobody: start as another user, or name a server in DATABASE_URL.',
    );
  }
  const candidates: readonly ServerAccount[] = [{ user }, ...CAPABILITIES.map((lent) => ({ user, lent }))];
  const account = candidates.find((candidate) => canReach(candidate, paths));
  if (account !== undefined) return account;
  throw new StorageError(
    'EMBEDDED_UNREACHABLE',
    `PostgreSQL does not run as root, and the user ${user.uid} that has to run it cannot reach ${paths.dataDir} or ${paths.postgres}: ` +
      'put DATA_DIR and the checkout where every user may pass, start as another user, or name a server in DATABASE_URL.',
  );
}

function ownerOf(folder: string): ServerAccount['user'] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined || stats.uid === 0 ? undefined : { uid: stats.uid, gid: stats.gid };
}

function lookUp(name: string): ServerAccount['user'] {
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** Asks the kernel instead of reading the mode bits, so that access lists and mounts count too. */
function canReach(account: ServerAccount, { dataDir, postgres }: { dataDir: string; postgres: string }): boolean {
  const { file, args, options } = commandAs(account, '/bin/sh', [
    '-c',
    'cd -- "$1" && test -x "$2" && exec "$2" --version',
    'sh',
    dataDir,
    postgres,
  ]);
  return spawnSync(file, args, { ...options, stdio: 'ignore' }).status === 0;
}

/** Starts a program as the account, with an environment that holds none of this process's secrets. */
export function spawnAs(
  account: ServerAccount,
  command: readonly [file: string, ...args: string[]],
  spawnOptions: SpawnOptions,
): ChildProcess {
  const { file, args, options } = commandAs(account, command[0], command.slice(1));
  return spawn(file, args, { ...options, ...spawnOptions });
}

function commandAs({ user, lent }: ServerAccount, file: string, args: readonly string[]) {
  const options = { cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' } };
  if (lent === undefined) return { file, args: [...args], options: { ...options, ...user } };
  const only = `-all,+${lent}`;
  const lending = [
    `--reuid=${user?.uid}`,
    `--regid=${user?.gid}`,
    '--clear-groups',
    // Without it access(2), by which initdb looks for postgres, ignores capabilities (credentials are fixed up by uid).
    '--securebits=+no_setuid_fixup',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
  ];
  return { file: 'setpriv', args: [...lending, file, ...args], options };
}
