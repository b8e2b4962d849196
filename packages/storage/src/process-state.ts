/** Whether a process id that was written to a file still means the program that wrote it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';

/**
 * The program's name, or undefined when no such process runs. A zombie does not run: it holds nothing any more, though
 * `kill(pid, 0)` still finds it. Names are cut to fifteen characters on Linux.
 */
export function findProgram(pid: number): string | undefined {
  try {
    const [, name, state] = (process.platform === 'linux' ? readProc(pid) : askPs(pid)) ?? [];
    return state?.startsWith('Z') ? undefined : name;
  } catch {
    return undefined;
  }
}

/** Whether the process works in another folder than this one; false where that cannot be told. */
export function worksElsewhere(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(folder);
  } catch {
    return false;
  }
}

/** proc(5): "pid (comm) state …", where comm may hold spaces and brackets. */
function readProc(pid: number) {
  return /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

function askPs(pid: number) {
  const line = execFileSync('ps', ['-o', 'comm=,stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^(.*\S)\s+(\S+)\s*$/.exec(line);
}

/**
 * Tells a process from another that was given the same id later, also after the machine has started anew; undefined when no such
 * process runs, or where that cannot be told.
 */
export function findBirth(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME]; // proc(5), starttime
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${started}`;
  } catch {
    return undefined;
  }
}

/** Its place behind the name of the program, which is the second field: it is the 22nd, and the state the third. */
const START_TIME = 22 - 3;
