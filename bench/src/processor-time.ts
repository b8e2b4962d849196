/**
 * Processor time as the operating system counts it (Linux: proc_pid_stat(5), proc_stat(5)), and the load of the machine by other programs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** User and system time of all threads of the processes, in microseconds, with a resolution of ten milliseconds each. */
export function processorMicroseconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readStat(pid).own, 0) * TICK_MICROSECONDS;
}

/**
 * The processor time of a PostgreSQL: its postmaster, the children that have ended (their time is counted by the parent), and the running
 * ones.
 */
export function postgresMicroseconds(postmaster: number): number {
  const { own, ofEnded } = readStat(postmaster);
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const living = others.map((name) => {
    try {
      const child = readStat(Number(name));
      return child.parent === postmaster ? child.own : 0;
    } catch {
      return 0; // it has ended meanwhile
    }
  });
  return (own + ofEnded + living.reduce((sum, ticks) => sum + ticks, 0)) * TICK_MICROSECONDS;
}

/** In ticks. A program's name may contain spaces and brackets, so fields are counted from the last bracket on. */
function readStat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (position: number) => Number(fields[position]);
  return { parent: at(1), own: at(11) + at(12), ofEnded: at(13) + at(14) };
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
