/**
 * Processor time as the operating system counts it (Linux: proc_pid_stat(5), proc_stat(5), and schedstat), and the load of the machine by
 * other programs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** User and system time of all threads of the processes, in microseconds, with a resolution of ten milliseconds each. */
export function processorMicroseconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readStat(pid).own, 0);
}

/**
 * The processor time of a PostgreSQL, in microseconds: its postmaster, the children that have ended (their time is counted by the parent),
 * and the running ones. A PostgreSQL has many processes with little time each, so their time is read in nanoseconds where Linux has it.
 */
export function postgresMicroseconds(postmaster: number): number {
  const { own, ofEnded } = readStat(postmaster);
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const living = others.map((name) => {
    try {
      const child = readStat(Number(name));
      return child.parent === postmaster ? (readExact(Number(name)) ?? child.own) : 0;
    } catch {
      return 0; // it has ended meanwhile
    }
  });
  return own + ofEnded + living.reduce((sum, microseconds) => sum + microseconds, 0);
}

/** In microseconds. A program's name may contain spaces and brackets, so fields are counted from the last bracket on. */
function readStat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (position: number) => Number(fields[position]);
  const sum = (first: number, second: number) => (at(first) + at(second)) * TICK_MICROSECONDS;
  return { parent: at(1), own: sum(11, 12), ofEnded: sum(13, 14) };
}

/** The time of a process with one thread, in microseconds. Undefined without CONFIG_SCHED_INFO. */
function readExact(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  } catch {
    return undefined;
  }
}

/** The memory that the processes occupy, in bytes (VmRSS). */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return sum + Number(kilobytes) * 1024;
  }, 0);
}

/** The share of all processors that was busy during the next `milliseconds`, 0 to 1. Before a run this is the load by other programs. */
export async function busyShare(milliseconds: number): Promise<number> {
  const before = readMachine();
  await sleep(milliseconds);
  const after = readMachine();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function readMachine() {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/);
  // user nice system idle iowait irq softirq steal; guest is part of user already
  const ticks = fields.slice(0, 8).map(Number);
  return { all: ticks.reduce((sum, value) => sum + value, 0), idle: (ticks[3] ?? 0) + (ticks[4] ?? 0) };
}
