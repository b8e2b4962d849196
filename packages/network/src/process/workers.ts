/** The primary of several worker processes (node:cluster): starts them, replaces one that dies, restarts them one by one, stops them. */
import type { Worker } from 'node:cluster';

export interface WorkersOptions {
  /** At least 1. */
  readonly count: number;
  /** Seconds that a worker has to stop when it is told to; then it is killed. */
  readonly stopSeconds: number;
  /** Told, in sentences for people, what becomes of the workers. */
  readonly say: (line: string) => void;
  /** Of node:cluster. */
  readonly fork: () => Worker;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface Workers {
  /** Rejects with {@link WorkersError} when the workers keep dying and none is left that serves. */
  readonly failed: Promise<never>;
  /** One by one: a new one listens before an old one is told to go. Where a new one does not come up, the rest stay as they are. */
  restart(): Promise<void>;
  /** Tells all of them to go, by this signal, and waits until they have gone. */
  stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void>;
}

export class WorkersError extends Error {
  override readonly name = 'WorkersError';
}

/** A worker that dies younger than this counts as one that cannot live. */
const INFANCY_MILLISECONDS = 10_000;
/** So many in a row, and none that serves: another try would not help. With the pauses between them it takes about a minute. */
const MAX_INFANT_DEATHS = 8;
const MIN_PAUSE_MILLISECONDS = 200;
const MAX_PAUSE_MILLISECONDS = 15_000;

/** Resolves when all of them listen. @throws WorkersError where one of the first ones ends before; its own last words say why. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const crew = buildCrew(options);
  const first = await Promise.all(Array.from({ length: options.count }, crew.hire));
  if (!first.every(Boolean)) {
    await crew.dismiss('SIGINT');
    throw new WorkersError('The workers do not start: see what they said last.');
  }
  let restarting = Promise.resolve();
  return {
    failed: crew.failed,
    stop: crew.dismiss,
    restart: () => (restarting = restarting.then(crew.renew)),
  };
}

/** Those who serve, and how they come and go. */
function buildCrew({ stopSeconds, say, fork, pause, now }: WorkersOptions) {
  const alive = new Set<Worker>();
  const serving = new Set<Worker>();
  const leaving = new Set<Worker>();
  let dismissed = false;
  let infantDeaths = 0;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();

  /** Answers whether the new worker has come to listen. From then on it is replaced when it dies. */
  const hire = async (): Promise<boolean> => {
    const bornAt = now();
    const worker = fork().on('error', () => {}); // it could not be told something: it is ending
    alive.add(worker);
    worker.once('exit', () => alive.delete(worker));
    if (!(await comesToListen(worker))) return false;
    serving.add(worker);
    worker.once('exit', () => {
      serving.delete(worker);
      if (dismissed || leaving.delete(worker)) return;
      infantDeaths = now() - bornAt < INFANCY_MILLISECONDS ? infantDeaths + 1 : 0;
      say(`Worker ${worker.process.pid} ${epitaph(worker)}; another takes its place.`);
      void replace();
    });
    return true;
  };
  const replace = async () => {
    while (!dismissed) {
      if (infantDeaths >= MAX_INFANT_DEATHS && serving.size === 0) return fail(new WorkersError(NOBODY_LEFT));
      await pause(pauseAfter(infantDeaths));
      if (dismissed || (await hire())) return;
      infantDeaths += 1;
    }
  };
  const retire = async (worker: Worker, signal: NodeJS.Signals) => {
    leaving.add(worker);
    await end(worker, signal, stopSeconds);
  };
  const dismiss = async (signal: NodeJS.Signals) => {
    dismissed = true;
    await Promise.all([...alive].map((worker) => retire(worker, signal)));
  };
  const renew = async () => {
    for (const old of [...serving]) {
      if (dismissed || !serving.has(old)) continue; // it has died meanwhile, and been replaced
      if (!(await hire())) return say('A new worker did not come up; the others go on as they were.');
      await retire(old, 'SIGTERM');
    }
    say('Every worker has been replaced.');
  };
  return { failed, hire, dismiss, renew };
}

const NOBODY_LEFT = `${MAX_INFANT_DEATHS} workers in a row died at once, and none is left: see what they said last.`;

async function comesToListen(worker: Worker): Promise<boolean> {
  const listens = new Promise<true>((resolve) => worker.once('listening', () => resolve(true)));
  const ends = new Promise<false>((resolve) => worker.once('exit', () => resolve(false)));
  return Promise.race([listens, ends]);
}

/** By the signal, or, after so many seconds, by force. */
async function end(worker: Worker, signal: NodeJS.Signals, seconds: number): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.process.kill(signal);
  const patience = setTimeout(() => worker.process.kill('SIGKILL'), seconds * 1000);
  await gone;
  clearTimeout(patience);
}

function pauseAfter(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(MIN_PAUSE_MILLISECONDS * 2 ** (deaths - 1), MAX_PAUSE_MILLISECONDS);
}

function epitaph({ process: { exitCode, signalCode } }: Worker): string {
  return signalCode === null ? `ended with code ${exitCode}` : `was ended by ${signalCode}`;
}
