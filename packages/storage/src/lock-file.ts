/** A file that one process at a time holds: it appears whole and only once, and a holder that died does not count. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { codeOf } from './errors.ts';

/** Whether the holder that a lock file names has gone; `ageMilliseconds` since it was written. */
export type IsStale = (content: string, ageMilliseconds: number) => boolean;

/**
 * Makes the file with this content, or finds it made. A hard link appears with its content and only once, so no reader ever sees a lock
 * without its holder.
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
  // Moving comes first, so that of two who find it stale only one removes it; a fresh lock moved by mistake goes back.
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
