/** The primary of several worker processes (node:cluster): starts them, replaces one that exits, restarts them one by one, stops them. */
import type { Worker } from 'node:cluster';

export interface WorkersOptions {
  /** At least 1. */
  readonly count: number;
  /** Seconds in which a worker has to stop after the signal; then it is killed. */
  readonly stopSeconds: number;
  /** Receives sentences for the operator about the workers. */
  readonly log: (line: string) => void;
  /** `fork` of node:cluster. */
  readonly fork: () => Worker;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface Workers {
  /** Rejects with {@link WorkersError} when the workers keep crashing and none serves. */
  readonly failed: Promise<never>;
  /** Replaces the workers one by one: the new one listens before the old one is stopped. When a new one does not start, the others stay. */
  restart(): Promise<void>;
  /** Sends the signal to all of them, and resolves when they have exited. */
  stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void>;
}

export class WorkersError extends Error {
  override readonly name = 'WorkersError';
}

/** A worker that exits sooner after its start counts as crashed at the start. */
const STARTUP_MILLISECONDS = 10_000;
/** After so many crashes in a row, with no worker that serves, another try would not help. The pauses add up to 25 seconds. */
const MAX_CRASHES_IN_A_ROW = 8;
const MIN_PAUSE_MILLISECONDS = 200;
const MAX_PAUSE_MILLISECONDS = 15_000;

/** Resolves when all of them listen. @throws WorkersError when one of them exits before; its own output says why. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const pool = buildPool(options);
  const first = await Promise.all(Array.from({ length: options.count }, pool.spawn));
  if (!first.every(Boolean)) {
    await pool.stop('SIGINT');
    throw new WorkersError('The workers do not start: see what they said last.');
  }
  let restarting = Promise.resolve();
  return {
    failed: pool.failed,
    stop: pool.stop,
    restart: () => (restarting = restarting.then(pool.restart)),
  };
}

/** The running workers. */
function buildPool({ stopSeconds, log, fork, pause, now }: WorkersOptions) {
  const alive = new Set<Worker>();
  const serving = new Set<Worker>();
  const draining = new Set<Worker>();
  let stopping = false;
  let crashesInARow = 0;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();

  /** Returns whether the new worker listens. A worker that listens is replaced when it exits. */
  const spawn = async (): Promise<boolean> => {
    const startedAt = now();
    const worker = fork().on('error', () => {}); // a message could not be sent: the worker is ending
    alive.add(worker);
    worker.once('exit', () => alive.delete(worker));
    if (!(await listens(worker))) return false;
    serving.add(worker);
    worker.once('exit', () => {
      serving.delete(worker);
      if (stopping || draining.delete(worker)) return;
      crashesInARow = now() - startedAt < STARTUP_MILLISECONDS ? crashesInARow + 1 : 0;
      log(`Worker ${worker.process.pid} ${describeExit(worker)}; another takes its place.`);
      void replace();
    });
    return true;
  };
  const replace = async () => {
    while (!stopping) {
      if (crashesInARow >= MAX_CRASHES_IN_A_ROW && serving.size === 0) return fail(new WorkersError(NO_WORKER_LEFT));
      await pause(pauseAfter(crashesInARow));
      if (stopping || (await spawn())) return;
      crashesInARow += 1;
    }
  };
  const stopOne = async (worker: Worker, signal: NodeJS.Signals) => {
    draining.add(worker);
    await end(worker, signal, stopSeconds);
  };
  const stop = async (signal: NodeJS.Signals) => {
    stopping = true;
    await Promise.all([...alive].map((worker) => stopOne(worker, signal)));
  };
  const restart = async () => {
    for (const old of [...serving]) {
      if (stopping || !serving.has(old)) continue; // it exited meanwhile and was replaced
      if (!(await spawn())) return log('A new worker did not come up; the others go on as they were.');
      await stopOne(old, 'SIGTERM');
    }
    log('Every worker has been replaced.');
  };
  return { failed, spawn, stop, restart };
}

const NO_WORKER_LEFT = `${MAX_CRASHES_IN_A_ROW} workers in a row died at once, and none is left: see what they said last.`;

async function listens(worker: Worker): Promise<boolean> {
  const listening = new Promise<true>((resolve) => worker.once('listening', () => resolve(true)));
  const exits = new Promise<false>((resolve) => worker.once('exit', () => resolve(false)));
  return Promise.race([listening, exits]);
}

/** Resolves when the worker has exited: by the signal, or after `seconds` by SIGKILL. */
async function end(worker: Worker, signal: NodeJS.Signals, seconds: number): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.process.kill(signal);
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), seconds * 1000);
  await exited;
  clearTimeout(timer);
}

function pauseAfter(crashes: number): number {
  return crashes === 0 ? 0 : Math.min(MIN_PAUSE_MILLISECONDS * 2 ** (crashes - 1), MAX_PAUSE_MILLISECONDS);
}

function describeExit({ process: { exitCode, signalCode } }: Worker): string {
  return signalCode === null ? `ended with code ${exitCode}` : `was ended by ${signalCode}`;
}
