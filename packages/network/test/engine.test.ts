/** The network on a Citus cluster, where CITUS_URL names one: its schema is distributed, and nothing is configured for it. */
import { AUTHENTICATORS_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CITUS_URL,
  createDistributedDatabase,
  type DistributedDatabase,
  type Move,
  moveSchema,
  workerOf,
} from './citus.ts';
import { until } from './failover/high-availability.ts';
import { type Evidence, findViolations } from './faults/checker.ts';
import { type FinalEvent, findEventFaults, readFinalEvents } from './faults/final-events.ts';
import { readFinalState } from './faults/final-state.ts';
import { runLane } from './faults/lanes.ts';
import { type Stage, startStage } from './faults/stage.ts';
import { startTestShop, type TestShop } from './shop.ts';
import { WHOLE_FLOW } from './whole-flow.ts';

if (!CITUS_URL) console.warn('!!! CITUS_URL names no Citus cluster: the tests on a distributed engine are SKIPPED.');

describe.skipIf(!CITUS_URL)('a distributed schema', () => {
  let database: DistributedDatabase;
  let at: TestShop;
  beforeAll(async () => {
    database = await createDistributedDatabase(CITUS_URL ?? '');
    at = await startTestShop({}, { database });
  });
  afterAll(() => at.network.stop());

  test('has every table of the network but the audit trail', async () => {
    const { rows } = await database.pool.query<{ kept: readonly string[] }>(
      `SELECT array_agg(relname::text ORDER BY relname) AS kept FROM pg_class
       WHERE relkind = 'r' AND relnamespace = ANY (current_schemas(false)::regnamespace[]) AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = oid)`,
    );
    expect(rows[0]?.kept).toEqual(['audit_entry', 'audit_head', 'audit_pending']);
  });

  test.each(WHOLE_FLOW)('%s', (_, step) => step(at));
});

/** Cardholders at the same time at each network. */
const LANES = 4;
/** After this number of bindings the load is running. */
const UNDER_WAY = 4;
const HUNG_MILLISECONDS = 600_000;

interface Outcome {
  readonly evidence: Evidence;
  readonly events: readonly FinalEvent[];
}

/** `moved` and `beside` are two networks, each with its own schema on the cluster. */
describe.skipIf(!CITUS_URL)(
  'a schema that is moved, and another one beside it, while cardholders are under way',
  () => {
    let moves: readonly Move[];
    let workerAtEnd: string | undefined;
    let moved: Outcome;
    let beside: Outcome;

    beforeAll(async () => {
      const databases = [
        await createDistributedDatabase(CITUS_URL ?? ''),
        await createDistributedDatabase(CITUS_URL ?? ''),
      ] as const;
      const stages: Stage[] = [];
      try {
        for (const networkDatabase of databases) stages.push(await startStage({ networkDatabase, processes: 2 }));
        moves = await moveUnderLoad(databases[0], stages);
        workerAtEnd = await workerOf(databases[0]);
        [moved, beside] = [await readOutcome(stages[0]), await readOutcome(stages[1])];
      } finally {
        for (const stage of stages) await stage.stop();
        for (const database of databases.slice(stages.length)) await database.close();
      }
      console.log(moves.map((move) => describeMove(move, { moved, beside })).join('\n'));
    }, HUNG_MILLISECONDS);

    test('the schema is on another worker, whole, and then on the first one again', () => {
      expect(new Set(moves.map(({ to }) => to)).size).toBe(2);
      expect(workerAtEnd).toBe(moves.at(-1)?.to);
    });

    test('every request is answered; what cannot be served meanwhile is answered 503 with Retry-After', () => {
      for (const { evidence } of [moved, beside]) {
        const { exchanges } = evidence.history; // findViolations reports a 503 without Retry-After
        expect(exchanges.filter(({ answer }) => answer === undefined).map(({ route }) => route)).toEqual([]);
      }
    });

    test('nothing acknowledged is lost or done twice, every session has ended, every cardholder got there', () => {
      for (const { evidence } of [moved, beside]) expect(findViolations(evidence)).toEqual([]);
    });

    test('every end of a session, every binding and every payment has its event, once', () => {
      for (const { evidence, events } of [moved, beside]) expect(findEventFaults(evidence.state, events)).toEqual([]);
    });

    test('the network beside it is served all the time', () => {
      expect(refusedIn(beside.evidence.history.exchanges)).toBe(0);
    });
  },
);

/** Moves the schema to the other worker and back. */
async function moveUnderLoad(database: DistributedDatabase, stages: readonly Stage[]): Promise<readonly Move[]> {
  let over = false;
  const lanes = stages.flatMap((stage) =>
    Array.from({ length: LANES }, (_, first) => runLane(stage, { first, over: () => over })),
  );
  const underWay = () => Promise.all(stages.map((stage) => bindings(stage, Date.now())));
  const moves: Move[] = [];
  try {
    for (let turn = 0; turn < 2; turn++) {
      await underWay();
      moves.push(await moveSchema(database));
    }
    await underWay();
  } finally {
    over = true;
    await Promise.all(lanes);
  }
  return moves;
}

/** Resolves when {@link UNDER_WAY} bindings requested since `since` are acknowledged. */
function bindings({ history }: Stage, since: number): Promise<true> {
  return until(async () => {
    const bound = history.exchanges.filter(
      ({ at, path, answer }) => at >= since && path === AUTHENTICATORS_PATH && answer?.status === 201,
    );
    return bound.length >= UNDER_WAY || undefined;
  });
}

async function readOutcome(stage: Stage | undefined): Promise<Outcome> {
  if (stage === undefined) throw new Error('There are two stages.');
  const { history, indexesOf, database } = stage;
  const state = await readFinalState(database.pool);
  return { evidence: { history, indexesOf, state }, events: await readFinalEvents(database.pool) };
}

const refusedIn = (exchanges: Evidence['history']['exchanges']) =>
  exchanges.filter(({ answer }) => answer?.status === 503).length;

/** The figures that the run prints. docs/scaling.md has such figures. */
function describeMove({ startedAt, endedAt, to }: Move, outcomes: Readonly<Record<string, Outcome>>): string {
  const each = Object.entries(outcomes).map(([name, { evidence }]) => {
    const during = evidence.history.exchanges.filter(({ at }) => at >= startedAt && at <= endedAt);
    const gaps = during.map(({ at }, position) => at - (during[position - 1]?.at ?? at));
    return `${name}: ${during.length} calls, ${refusedIn(during)} refused, none for ${Math.max(0, ...gaps)} ms; ${evidence.state.bindings.length} bindings in all`;
  });
  return `to ${to} in ${endedAt - startedAt} ms; ${each.join('; ')}`;
}
