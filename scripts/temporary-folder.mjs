/**
 * Where tests keep their databases, browser profiles and other files: in memory if there is room, because each test makes and drops a
 * database, and the disk would have to store every one of its files before the next step.
 */
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const IN_MEMORY = '/dev/shm';
/** statfs(2), TMPFS_MAGIC. */
const TMPFS = 0x01021994;
/** Several times the space that a run needs. */
const ENOUGH_BYTES = 6 * 1024 ** 3;

/**
 * TMPDIR if it is set. Else a folder in memory if it has six gigabytes and programs can be executed there; a container has 64 MB by default.
 * Else the system's own.
 *
 * @returns {string}
 */
export function temporaryFolder(env = process.env) {
  if (env.TMPDIR !== undefined) return env.TMPDIR;
  return hasRoom(IN_MEMORY) && canExecute(IN_MEMORY) ? IN_MEMORY : tmpdir();
}

function hasRoom(folder) {
  try {
    const { type, bavail, bsize } = statfsSync(folder);
    return type === TMPFS && Math.min(bavail * bsize, process.availableMemory()) >= ENOUGH_BYTES;
  } catch {
    return false; // only Linux has it
  }
}

/** access(2) refuses X_OK for a file of a file system that is mounted with noexec. */
function canExecute(folder) {
  let own;
  try {
    own = mkdtempSync(path.join(folder, 'payment-passkeys-'));
    const program = path.join(own, 'program');
    writeFileSync(program, '', { mode: 0o700 });
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true });
  }
}
