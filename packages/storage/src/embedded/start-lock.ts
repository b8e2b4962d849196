/** One process at a time starts, joins, leaves or stops an embedded server. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../errors.ts';
import { type IsStale, tryLockFile } from '../lock-file.ts';
import { findProgram } from '../process-state.ts';

/** Longer than any successful start, including recovery after a crash. */
const PATIENCE_MS = 120_000;
const POLL_MS = 20;

/**
 * Runs `work` while holding the lock file, which names its holder's process id. The lock of a dead holder is ignored.
 * @throws StorageError EMBEDDED_BUSY after two minutes.
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await tryLockFile(file, String(process.pid), isStale))) {
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

/** The holder is dead, or the lock is so old that its process id must belong to another program. */
const isStale: IsStale = (holder, ageMilliseconds) =>
  findProgram(Number(holder)) === undefined || ageMilliseconds > 2 * PATIENCE_MS;
