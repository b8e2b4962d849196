/** One process at a time starts, joins, leaves or stops an embedded server. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, StorageError } from '../errors.ts';
import { findProgram } from './process-state.ts';

/** Longer than any start that ends well, recovery after a crash included. */
const PATIENCE_MS = 120_000;
const POLL_MS = 20;

/**
 * Runs `work` while holding the lock file, which names its holder's process id. A holder that died without letting go
 * does not count.
 *
 * @throws StorageError EMBEDDED_BUSY after two minutes.
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await tryLock(file))) {
    if (Date.now() > deadline) {
      throw new StorageError(
        'EMBEDDED_BUSY',
        `Another process has been starting or stopping the embedded PostgreSQL for two minutes; if there is none, delete ${file}.`,
      );
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** A hard link appears with its content and only once, so no reader ever sees a lock without its holder. */
async function tryLock(file: string): Promise<boolean> {
  const claim = `${file}.${randomUUID()}`;
  await writeFile(claim, String(process.pid), { mode: 0o600 });
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await removeIfStale(file);
    return false;
  } finally {
    await rm(claim, { force: true });
  }
}

async function removeIfStale(file: string): Promise<void> {
  if (!(await isStale(file))) return;
  // Moving comes first, so that of two who find it stale only one removes it; a fresh lock moved by mistake goes back.
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
    if (!(await isStale(moved))) await link(moved, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(moved, { force: true });
  }
}

/** Dead holder; or one that is far too old, whose process id has gone to another program. */
async function isStale(file: string): Promise<boolean> {
  try {
    const [holder, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return findProgram(Number(holder)) === undefined || Date.now() - mtimeMs > 2 * PATIENCE_MS;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
