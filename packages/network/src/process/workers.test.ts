/** A primary starts and replaces its workers; the test decides when processes start and end. */
import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { startWorkers, WorkersError } from './workers.ts';

/** A worker process as the primary sees it. */
function fakeProcess(pid: number) {
  const told: string[] = [];
  const process = {
    pid,
    exitCode: null as number | null,
    signalCode: null as string | null,
    kill: (signal: string) => told.push(signal),
  };
  const worker = Object.assign(new EventEmitter(), { process });
  const die = (code: number) => {
    process.exitCode = code;
    worker.emit('exit');
  };
  return { worker: worker as unknown as Worker, told, listen: () => worker.emit('listening'), die };
}

/** `fate` is the behaviour of the nth process, counted from 1, after it is forked. */
async function startCrew(count: number, fate: (nth: number, forked: ReturnType<typeof fakeProcess>) => void) {
  const forked: ReturnType<typeof fakeProcess>[] = [];
  const said: string[] = [];
  const pauses: number[] = [];
  const time = { now: 0 };
  const workers = startWorkers({
    count,
    stopSeconds: 1,
    log: (line) => said.push(line),
    fork: () => {
      const next = fakeProcess(forked.length + 1);
      forked.push(next);
      setImmediate(() => fate(forked.indexOf(next) + 1, next));
      return next.worker;
    },
    pause: async (milliseconds) => void pauses.push(milliseconds),
    now: () => time.now,
  });
  return { workers, forked, said, pauses, time };
}

/** Long enough on a busy machine. */
const PATIENT = { timeout: 5_000 };

const of = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index];
  if (item === undefined) throw new Error(`There are only ${items.length}.`);
  return item;
};

test('one that dies after a long life is replaced at once', async () => {
  const { workers, forked, pauses, said, time } = await startCrew(2, (_nth, { listen }) => listen());
  await workers;
  time.now = 60_000;
  of(forked, 0).die(1);
  await expect.poll(() => forked.length, PATIENT).toBe(3);
  expect(pauses).toEqual([0]);
  expect(said).toEqual(['Worker 1 ended with code 1; another takes its place.']);
});

test('those that die young are replaced after ever longer pauses, as long as somebody serves', async () => {
  const { workers, forked, pauses } = await startCrew(2, (nth, { listen, die }) =>
    nth <= 2 || nth > 12 ? listen() : die(1),
  );
  await workers;
  of(forked, 0).die(1);
  await expect.poll(() => forked.length, PATIENT).toBe(13);
  expect(pauses).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000, 15_000]);
});

test('when none is left and they keep dying young, the primary gives up', async () => {
  const { workers, forked } = await startCrew(1, (nth, { listen, die }) => (nth === 1 ? listen() : die(1)));
  const { failed } = await workers;
  of(forked, 0).die(1);
  await expect(failed).rejects.toThrow(WorkersError);
  expect(forked).toHaveLength(8);
});

test('where one of the first ones does not come up, nothing is started, and the others go', async () => {
  const { workers, forked } = await startCrew(2, (nth, { listen, die }) => (nth === 1 ? listen() : die(1)));
  await expect.poll(() => of(forked, 0).told, PATIENT).toEqual(['SIGINT']);
  of(forked, 0).die(0);
  await expect(workers).rejects.toThrow(WorkersError);
});

test('a restart: each goes only when its successor listens, one after the other', async () => {
  const { workers, forked } = await startCrew(2, (nth, { listen }) => nth !== 3 && listen());
  const { restart } = await workers;
  const restarted = restart();
  await expect.poll(() => forked.length, PATIENT).toBe(3);
  expect(forked.map(({ told }) => told)).toEqual([[], [], []]);
  of(forked, 2).listen();
  await expect.poll(() => of(forked, 0).told, PATIENT).toEqual(['SIGTERM']);
  expect(of(forked, 1).told).toEqual([]);
  of(forked, 0).die(0);
  await expect.poll(() => of(forked, 1).told, PATIENT).toEqual(['SIGTERM']);
  of(forked, 1).die(0);
  await restarted;
  expect(forked).toHaveLength(4);
});

test('a restart whose new worker does not come up leaves the old ones where they are', async () => {
  const { workers, forked, said } = await startCrew(2, (nth, { listen, die }) => (nth <= 2 ? listen() : die(1)));
  await (await workers).restart();
  expect(forked.map(({ told }) => told)).toEqual([[], [], []]);
  expect(said).toEqual(['A new worker did not come up; the others go on as they were.']);
});

test('one that does not go when it is told to is killed', async () => {
  const { workers, forked } = await startCrew(1, (_nth, { listen }) => listen());
  const stopped = (await workers).stop('SIGTERM');
  await expect.poll(() => of(forked, 0).told, PATIENT).toEqual(['SIGTERM', 'SIGKILL']);
  of(forked, 0).die(137);
  await stopped;
  expect(forked).toHaveLength(1);
});
