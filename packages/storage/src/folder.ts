/** The data folder: made, and held by one process at a time. */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, StorageError } from './errors.ts';
import { type IsStale, tryLockFile } from './lock-file.ts';
import { findBirth, findProgram } from './process-state.ts';

/**
 * Makes the folder and those above it that are absent, each with this mode; a folder that is there stays as it is. Node's own recursive
 * mkdir never returns where the kernel answers ENOENT although the parent is there, as below /proc.
 *
 * @throws the file system's error, such as ENOENT, EACCES, EROFS, and EEXIST where a file has the name.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await isFolder(folder))) return;
    const parent = path.dirname(folder);
    if (codeOf(error) !== 'ENOENT' || (await isFolder(parent))) throw error;
    await makeFolder(parent, mode);
    await makeFolder(folder, mode);
  }
}

function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

export interface HoldOptions {
  /** Made if absent. */
  readonly folder: string;
  /** Who this is, for a person who starts a second one: `npm start at http://verify.localhost:4000`. */
  readonly holder: string;
}

const HOLD_TRIES = 5;

/**
 * Holds the folder until the answered function is called, or this process ends. A holder that died does not count, nor does another
 * process that was given its id.
 *
 * @throws StorageError DATA_DIR_IN_USE, which says who holds it; DATA_DIR_UNUSABLE.
 */
export async function holdFolder({ folder, holder }: HoldOptions): Promise<() => Promise<void>> {
  const file = path.join(folder, 'in-use.lock');
  const content = JSON.stringify({ pid: process.pid, birth: findBirth(process.pid), holder });
  try {
    await makeFolder(folder);
    for (let tries = 0; tries < HOLD_TRIES; tries++) {
      if (await tryLockFile(file, content, isStale)) return () => rm(file, { force: true });
    }
    const held = readHolder(await readFile(file, 'utf8'));
    throw new StorageError(
      'DATA_DIR_IN_USE',
      `The data folder ${folder} is in use by ${held?.holder} (process ${held?.pid}): stop that, or choose another folder in DATA_DIR.`,
    );
  } catch (error) {
    throw explainFileError(error, folder);
  }
}

interface Holder {
  readonly pid: number;
  readonly birth?: string;
  readonly holder: string;
}

const isStale: IsStale = (content) => {
  const held = readHolder(content);
  return held === undefined || findProgram(held.pid) === undefined || findBirth(held.pid) !== held.birth;
};

function readHolder(content: string): Holder | undefined {
  try {
    const held: Partial<Holder> = JSON.parse(content);
    return typeof held.pid === 'number' && typeof held.holder === 'string' ? (held as Holder) : undefined;
  } catch {
    return undefined;
  }
}

const FILE_ERRORS = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST', 'ENOTEMPTY', 'ENOSPC', 'EDQUOT'];

/** A StorageError DATA_DIR_UNUSABLE for what the file system refused; any other error as it is. */
export function explainFileError(error: unknown, dataDir: string): unknown {
  if (error instanceof StorageError || !FILE_ERRORS.includes(codeOf(error))) return error;
  return new StorageError(
    'DATA_DIR_UNUSABLE',
    `The data folder ${dataDir} cannot be used (${codeOf(error)}): it has to be a folder that this user may write; ` +
      'choose another in DATA_DIR, or name a server in DATABASE_URL.',
    { cause: error },
  );
}
