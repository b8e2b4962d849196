/** A file that one process at a time holds: it is created atomically with its content, and a dead holder is ignored. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { codeOf } from './errors.ts';

/** Whether the holder named by a lock file has ended; `ageMilliseconds` is the age of the file. */
export type IsStale = (content: string, ageMilliseconds: number) => boolean;

/**
 * Makes the file with this content, unless it exists. A hard link appears at once with its content, so no reader sees a lock without its
 * holder.
 */
export async function tryLockFile(file: string, content: string, isStale: IsStale): Promise<boolean> {
  const claim = `${file}.${randomUUID()}`;
  await writeFile(claim, content, { mode: 0o600 });
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await removeIfStale(file, isStale);
    return false;
  } finally {
    await rm(claim, { force: true });
  }
}

async function removeIfStale(file: string, isStale: IsStale): Promise<void> {
  if (!(await hasGone(file, isStale))) return;
  // Moves it first, so that of two processes that find it stale only one removes it; a fresh lock that was moved by mistake is put back.
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
    if (!(await hasGone(moved, isStale))) await link(moved, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(moved, { force: true });
  }
}

async function hasGone(file: string, isStale: IsStale): Promise<boolean> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return isStale(content, Date.now() - mtimeMs);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
