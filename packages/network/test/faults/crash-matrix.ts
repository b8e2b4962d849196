/**
 * Kills the network or PostgreSQL at points of the flow while cardholders are active, and starts it again. Then the answers are compared
 * with the database.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Evidence, findViolations } from './checker.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type CrashPoints, createCrashPoints, type Point } from './crash-points.ts';
import { type FinalEvent, findEventFaults, readFinalEvents } from './final-events.ts';
import { readFinalState } from './final-state.ts';
import { runLane, SCRIPT_COUNT } from './lanes.ts';
import { replaySpent } from './replays.ts';
import { type Stage, startStage } from './stage.ts';

export type Victim = 'NETWORK' | 'POSTGRESQL';

export interface CrashMatrixOptions {
  /** As in `startStage`. */
  readonly serverUrl?: string;
  readonly victim: Victim;
  readonly kills: number;
  /** Continues beyond `kills` until every point was hit. */
  readonly everyPoint: boolean;
  /** The seed of the pauses between a start and the next kill. Different pauses hit a point at different moments. */
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

export interface CrashReport {
  readonly kills: number;
  /** Every point of the flow, and how many requests were at it when something was killed. */
  readonly points: readonly { readonly point: Point; readonly struck: number }[];
  /** Names of the prepared statements in the flow. */
  readonly statements: ReadonlySet<string>;
  readonly visits: number;
  readonly answers: number;
  /** Answers that were cut off, and requests without an answer. */
  readonly unheard: number;
  /** The median time from SIGKILL until the network is ready again. */
  readonly medianRestartMilliseconds: number;
  readonly evidence: Evidence;
  readonly events: readonly FinalEvent[];
  readonly violations: readonly string[];
}

const LANES = 6;
/** A point that no request reaches for this long is reported as missed. */
const PATIENCE_MILLISECONDS = 120_000;
const LONGEST_PAUSE_MILLISECONDS = 80;

/** A process executes these statements once and caches the answer, so the run does not wait for them. */
const REMEMBERED: ReadonlySet<string> = new Set(['client-by-consumer-key']);

export async function runCrashMatrix(options: CrashMatrixOptions): Promise<CrashReport> {
  const crashPoints = createCrashPoints();
  const { serverUrl, victim } = options;
  const { gateStatement, gateAnswer } = crashPoints;
  const cluster = victim === 'POSTGRESQL' ? await startCluster() : undefined;
  let stage: Stage | undefined;
  try {
    stage = await startStage({
      serverUrl,
      networkServerUrl: cluster?.url,
      gateStatement,
      gateAnswer,
      standBy: victim === 'NETWORK',
    });
    return await runMatrix(stage, { ...options, crashPoints, strike: buildStrike(stage, crashPoints, cluster) });
  } finally {
    await stage?.stop();
    await cluster?.stop();
  }
}

interface Matrix extends CrashMatrixOptions {
  readonly crashPoints: CrashPoints;
  /** Kills the victim, and starts it again. */
  readonly strike: () => Promise<void>;
}

async function runMatrix(stage: Stage, matrix: Matrix): Promise<CrashReport> {
  const { crashPoints } = matrix;
  const atStart = new Set(crashPoints.passed().keys());
  const startLanes = (count: number, over: (turn: number) => boolean) =>
    Promise.all(Array.from({ length: count }, (_, first) => runLane(stage, { first, over })));
  // First runs all tasks without a fault, to find the points to kill at.
  const rehearsed = await startLanes(SCRIPT_COUNT, (turn) => turn > 0);
  const [stuck] = stage.history.stuck;
  if (stuck !== undefined)
    throw new Error(`Without any fault: ${stuck.visit} does not come to its end: ${stuck.because}`);
  const flow = [...crashPoints.passed().values()].filter(({ point }) => !atStart.has(point.name));
  const awaited = flow.filter(({ point }) => !REMEMBERED.has(point.statement ?? ''));
  const points = new Map(awaited.map(({ point }) => [point.name, point]));
  const struck = new Map([...points.keys()].map((name) => [name, 0]));
  let over = false;
  const lanes = startLanes(LANES, () => over);
  const restarts = await killRepeatedly(stage, { ...matrix, struck });
  over = true;
  const visits = [...rehearsed, ...(await lanes)].reduce((sum, count) => sum + count, 0);
  await stage.process.kill();
  const { history, indexesOf } = stage;
  const evidence = { history, indexesOf, state: await readFinalState(stage.database.pool) };
  const events = await readFinalEvents(stage.database.pool);
  return {
    kills: restarts.length,
    points: [...points.values()].map((point) => ({ point, struck: struck.get(point.name) ?? 0 })),
    statements: new Set(flow.flatMap(({ point }) => point.statement ?? [])),
    visits,
    answers: history.exchanges.filter(({ answer }) => answer !== undefined).length,
    unheard: history.exchanges.filter(({ answer }) => !answer?.heard).length,
    medianRestartMilliseconds: restarts.toSorted((a, b) => a - b)[Math.floor(restarts.length / 2)] ?? Number.NaN,
    evidence,
    events,
    violations: [...findViolations(evidence), ...findEventFaults(evidence.state, events)],
  };
}

/** How long PostgreSQL is down: longer than a kit waits before it asks again. */
const DOWN_MILLISECONDS = 300;

function buildStrike(stage: Stage, crashPoints: CrashPoints, cluster: Cluster | undefined): () => Promise<void> {
  const { process, front, network } = stage;
  const statusOf = async (path: string) => (await fetch(network.address + path)).status;
  if (cluster === undefined) {
    return async () => {
      await process.kill();
      front.disconnect();
      crashPoints.release();
      front.forwardTo(await process.start());
    };
  }
  return async () => {
    await cluster.kill();
    crashPoints.release();
    const [ready, live] = [await statusOf('/health/ready'), await statusOf('/health/live')];
    if (ready !== 503 || live !== 200)
      throw new Error(`Without PostgreSQL the network is ready ${ready}, live ${live}.`);
    await sleep(DOWN_MILLISECONDS);
    await cluster.start();
    while ((await statusOf('/health/ready')) !== 200) await sleep(20);
  };
}

/** Kills at the points with the fewest kills so far. Answers how long each restart took, in milliseconds. */
async function killRepeatedly(
  stage: Stage,
  {
    crashPoints,
    strike,
    struck,
    kills,
    everyPoint,
    seed,
    onProgress = () => {},
  }: Matrix & { readonly struck: Map<string, number> },
): Promise<readonly number[]> {
  const random = createRandom(seed);
  const restarts: number[] = [];
  while (restarts.length < kills || (everyPoint && Math.min(...struck.values()) === 0)) {
    await sleep(random() * LONGEST_PAUSE_MILLISECONDS);
    const least = Math.min(...struck.values());
    const wanted = new Set([...struck].filter(([, times]) => times === least).map(([name]) => name));
    const hit = await Promise.race([crashPoints.holdAt(wanted), sleep(PATIENCE_MILLISECONDS, undefined)]);
    if (hit === undefined) throw new Error(`Nobody comes to ${[...wanted].join(' | ')}`);
    const killedAt = performance.now();
    await strike();
    stage.history.faults.push(Date.now());
    restarts.push(performance.now() - killedAt);
    for (const { name } of hit) struck.set(name, (struck.get(name) ?? 0) + 1);
    onProgress(`${restarts.length}/${kills}  killed at ${hit.map(({ name }) => name).join(' | ')}`);
    await replaySpent({ address: stage.process.address(), bank: stage.parties.bank }, stage.history);
  }
  return restarts;
}

/** Numbers from 0 to 1 (exclusive) that depend only on the seed: mulberry32, by Tommy Ettinger, public domain. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
