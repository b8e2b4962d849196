/** The load generator: a separate process that its parent gives one job after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { fetchEncryptionKey } from '../bench-client.ts';
import { PROXY_HEADERS } from '../production.ts';
import { type Dependencies, enrol, type Send } from './enrolment.ts';
import { type LoadJob, type LoadResult, STEPS, type Step } from './job.ts';
import { createPasskeyMaker, type PasskeyMaker } from './passkey.ts';
import {
  type Cardholder,
  createCardholder,
  createSigner,
  prepareSessionCall,
  type SignedCall,
} from './session-call.ts';

/** The largest number of connections to each server, kept alive as by a browser and a bank. */
const CONNECTIONS = 128;
/** Calls prepared before the clock starts, for each second of a saturating job. If they run out, more are prepared during the job. */
const PREPARED_PER_SECOND = 400;
const MOST_PREPARED = 6000;
/** How long running enrolments may still take after the end of a job. */
const DRAIN_MILLISECONDS = 30_000;

interface Population {
  readonly enrolled: Cardholder[];
  next: number;
  readonly passkeys: PasskeyMaker;
}

interface Visit {
  readonly cardholder: Cardholder;
  readonly call: SignedCall;
}

const populations = new Map<string, Population>();

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());

async function run(job: LoadJob): Promise<LoadResult> {
  const population = populations.get(job.population) ?? {
    enrolled: [],
    next: 0,
    passkeys: createPasskeyMaker(job.publicUrl),
  };
  populations.set(job.population, population);
  const key = await fetchEncryptionKey(job.servers[0] ?? '');
  const sign = createSigner(job);
  let turn = 0;
  const makeVisit = async (): Promise<Visit> => {
    const creates = job.scenario === 'CREATE' || (job.scenario === 'BOTH' && turn++ % 2 === 0);
    const cardholder = creates ? createCardholder() : takeEnrolled(population);
    return { cardholder, call: await prepareSessionCall(cardholder, key, sign) };
  };
  const prepared: Visit[] = [];
  for (let count = countPrepared(job); count > 0; count -= 16) {
    prepared.push(...(await Promise.all(Array.from({ length: Math.min(16, count) }, makeVisit))));
  }
  prepared.reverse(); // taken from its end

  const measured = createMeasurement();
  // Each job opens new connections: a server may close the idle connections of an earlier job at any time.
  const pools = job.servers.map((server) => new Pool(server, { connections: CONNECTIONS }));
  const dependencies: Dependencies = {
    send: roundRobin(pools),
    sign,
    passkeys: population.passkeys,
    origin: job.publicUrl,
    onStep: (step, milliseconds) => measured.stepMilliseconds[step].push(milliseconds),
  };
  const visit = async (arrivedAt: number): Promise<void> => {
    const { cardholder, call } = prepared.pop() ?? (await makeVisit());
    const isNew = cardholder.passkey === undefined;
    try {
      await enrol(cardholder, call, dependencies);
      measured.milliseconds.push(performance.now() - arrivedAt);
      if (performance.now() <= measured.deadline) measured.completed += 1;
      if (isNew) population.enrolled.push(cardholder);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      measured.failures[said] = (measured.failures[said] ?? 0) + 1;
    }
  };
  const before = process.cpuUsage();
  const start = performance.now();
  await ('perSecond' in job.arrivals
    ? arrive(job.arrivals.perSecond, job, measured, visit)
    : saturate(job.arrivals.inFlight, job, measured, visit));
  const seconds = ('seconds' in job.until ? job.until.seconds * 1000 : performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  await Promise.all(pools.map((pool) => pool.destroy()));
  const { completed, milliseconds, stepMilliseconds, failures } = measured;
  return { completed, seconds, milliseconds, stepMilliseconds, failures, processorMicroseconds: user + system };
}

function takeEnrolled(population: Population): Cardholder {
  const { enrolled } = population;
  const cardholder = enrolled[population.next++ % enrolled.length];
  if (cardholder === undefined) throw new Error('Nobody has enrolled yet who could come back.');
  return cardholder;
}

function countPrepared({ until, arrivals }: LoadJob): number {
  if ('enrolments' in until) return until.enrolments;
  const perSecond = 'perSecond' in arrivals ? arrivals.perSecond * 1.1 : PREPARED_PER_SECOND;
  return Math.min(MOST_PREPARED, Math.ceil(perSecond * until.seconds));
}

function createMeasurement() {
  const stepMilliseconds = Object.fromEntries(STEPS.map((step) => [step, []])) as unknown as Record<Step, number[]>; // fromEntries forgets the names
  const failures: Record<string, number> = {};
  return { completed: 0, deadline: Number.POSITIVE_INFINITY, milliseconds: [] as number[], stepMilliseconds, failures };
}

type Measurement = ReturnType<typeof createMeasurement>;
type Visitor = (arrivedAt: number) => Promise<void>;

/** A Poisson process: gaps are exponential, so arrivals cluster as people's do. No arrival waits for another. */
async function arrive(perSecond: number, job: LoadJob, measured: Measurement, visit: Visitor): Promise<void> {
  const start = performance.now();
  const [duration, most] =
    'seconds' in job.until
      ? [job.until.seconds * 1000, Number.POSITIVE_INFINITY]
      : [Number.POSITIVE_INFINITY, job.until.enrolments];
  measured.deadline = start + duration;
  const running = new Set<Promise<void>>();
  let due = start;
  for (let count = 0; count < most; count++) {
    due += (-Math.log(1 - Math.random()) / perSecond) * 1000;
    if (due > start + duration) break;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const one: Promise<void> = visit(due).finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.race([Promise.all(running), sleep(DRAIN_MILLISECONDS)]);
}

async function saturate(inFlight: number, { until }: LoadJob, measured: Measurement, visit: Visitor): Promise<void> {
  let left = 'enrolments' in until ? until.enrolments : Number.POSITIVE_INFINITY;
  if ('seconds' in until) measured.deadline = performance.now() + until.seconds * 1000;
  const worker = async () => {
    while (left-- > 0 && performance.now() < measured.deadline) await visit(performance.now());
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

function roundRobin(pools: readonly Pool[]): Send {
  let turn = 0;
  return (request) => {
    const pool = pools[turn++ % pools.length];
    if (pool === undefined) throw new Error('There is no server to ask.');
    return pool.request({ ...request, headers: { ...request.headers, ...PROXY_HEADERS } });
  };
}
