/** Whether a process id in a file still belongs to the program that wrote it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';

/**
 * The program's name, or undefined when no such process runs. A zombie does not count: it holds nothing, although `kill(pid, 0)` finds it.
 * Linux cuts names to fifteen characters.
 */
export function findProgram(pid: number): string | undefined {
  try {
    const [, name, state] = (process.platform === 'linux' ? readProc(pid) : askPs(pid)) ?? [];
    return state?.startsWith('Z') ? undefined : name;
  } catch {
    return undefined;
  }
}

/** Whether the working directory of the process is another folder; false when that is unknown. */
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
 * Identifies a process beyond its id, which may be reused, also after a restart of the machine; undefined when no such process runs, or on
 * a system where this is unknown.
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

/** The index of the start time, field 22, in the fields after the program's name. The first of these is the state, field 3. */
const START_TIME = 22 - 3;
