/** The data folder: makes it, and lets one process at a time hold it. */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, StorageError } from './errors.ts';
import { type IsStale, tryLockFile } from './lock-file.ts';
import { findBirth, findProgram } from './process-state.ts';

/**
 * Makes the folder and its missing parents, each with this mode; an existing folder is not changed. (Node's own recursive mkdir never
 * returns when the kernel answers ENOENT although the parent exists, as below /proc.)
 * @throws the file system's error, such as ENOENT, EACCES, EROFS, and EEXIST when a file has the name.
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
  /** Made if it does not exist. */
  readonly folder: string;
  /** The name of this program, shown to a person who starts a second one: `npm start at http://verify.localhost:4000`. */
  readonly holder: string;
}

const HOLD_TRIES = 5;

/**
 * Holds the folder until the returned function is called, or this process ends. A dead holder is ignored, also when another process has its id
 * now.
 * @throws StorageError DATA_DIR_IN_USE, which names the holder; DATA_DIR_UNUSABLE.
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

/** Answers a StorageError DATA_DIR_UNUSABLE for an error of the file system; any other error unchanged. */
export function explainFileError(error: unknown, dataDir: string): unknown {
  if (error instanceof StorageError || !FILE_ERRORS.includes(codeOf(error))) return error;
  return new StorageError(
    'DATA_DIR_UNUSABLE',
    `The data folder ${dataDir} cannot be used (${codeOf(error)}): it has to be a folder that this user may write; ` +
      'choose another in DATA_DIR, or name a server in DATABASE_URL.',
    { cause: error },
  );
}
