/**
 * Finds the processes that a test run has left behind. A run has a folder of its own, which is its TMPDIR: a process belongs to the run
 * when its environment or its arguments name that folder. This finds detached processes too, and those that were given another
 * environment: the embedded PostgreSQL has its data folder there, and its workers have it as their working directory.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 50;
/** Several tries, because a killed process may just have started another one. */
const KILL_TRIES = 40;

/** Only Linux has /proc. */
export const CAN_FIND_PROCESSES = existsSync('/proc/self/environ');

/**
 * Ends by SIGKILL the processes of the run that still run after ten seconds, the time that a stopping process has. Answers them.
 *
 * @param {string} folder the run's own.
 * @returns {Promise<readonly { readonly pid: number, readonly command: string }[]>} empty when nothing was left.
 */
export async function endLeftovers(folder, graceMilliseconds = GRACE_MILLISECONDS) {
  const deadline = performance.now() + graceMilliseconds;
  let left = findProcesses(folder);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(POLL_MILLISECONDS);
    left = findProcesses(folder);
  }
  const named = left;
  for (let tries = 0; left.length > 0 && tries < KILL_TRIES; tries++) {
    for (const { pid } of left) kill(pid);
    await sleep(POLL_MILLISECONDS);
    left = findProcesses(folder);
  }
  return named;
}

/** The processes of the run, without this one. Processes of other users are included if this user may read them. */
export function findProcesses(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => belongsTo(folder, pid))
    .map((pid) => ({ pid: Number(pid), command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

function belongsTo(folder, pid) {
  if (/^\d+ \(.*\) Z/s.test(readProc(pid, 'stat'))) return false; // a zombie holds nothing, and cannot be ended
  return (
    ['environ', 'cmdline'].some((file) => readProc(pid, file).includes(folder)) || workingFolder(pid).startsWith(folder)
  );
}

function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has ended, or belongs to another user
  }
}

function workingFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended by itself.
  }
}
