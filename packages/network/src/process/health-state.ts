/**
 * Gauges that are read at a scrape: the database and its pool, open sessions, keys, the event loop. No query becomes slow when a table
 * grows.
 */
import { performance } from 'node:perf_hooks';
import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import packageFile from '../../package.json' with { type: 'json' };
import { type Arrears, readArrears } from '../domain/audit/arrears.ts';
import { type Backlog, MAX_BACKLOG, readBacklog } from '../domain/events/deliveries.ts';
import { datesOf } from '../domain/health/keys.ts';
import { KEY_USES } from '../domain/keys/key-file.ts';
import type { KeyFolder } from '../domain/keys/key-folder.ts';
import { ROTATION_SECONDS } from '../domain/keys/key-schedule.ts';
import { statesBefore } from '../domain/sessions/session.ts';
import { countUnfinished, MAX_COUNTED } from '../domain/sessions/store.ts';
import type { Network } from '../network.ts';

/** How long a scrape waits for the database; shorter than a primary waits for its workers (worker-metrics.ts). */
const TIMEOUT_MILLISECONDS = 1_000;
/** Several scrapers share one answer for this long. */
const FRESH_MILLISECONDS = 10_000;

export function observeState(network: Pick<Network, 'pool' | 'keys' | 'clock' | 'metrics' | 'config'>): void {
  const { pool, keys, clock, metrics, config } = network;
  const { registry } = metrics;
  observeBuild(registry, config.mode);
  observeEventLoop(registry);
  observePool(registry, pool);
  observeDatabase(registry, pool);
  observeEvents(registry, { pool, clock });
  observeAudit(registry, { pool, clock });
  observeKeys(registry, { keys, clock });
}

function observeBuild(registry: Registry, mode: string): void {
  new Gauge({
    name: 'payment_passkeys_build_info',
    help: 'Always 1; which version runs, and in which mode.',
    labelNames: ['version', 'node', 'mode'],
    aggregator: 'first',
    registers: [registry],
  }).set({ version: packageFile.version, node: process.version, mode }, 1);
}

function observeEventLoop(registry: Registry): void {
  let last = performance.eventLoopUtilization();
  new Gauge({
    name: 'payment_passkeys_event_loop_utilization_ratio',
    help: 'Share of the time since the last scrape in which the event loop was busy; of several processes the busiest.',
    aggregator: 'max',
    registers: [registry],
    collect() {
      const current = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(current, last).utilization);
      last = current;
    },
  });
}

function observePool(registry: Registry, pool: Pool): void {
  new Gauge({
    name: 'payment_passkeys_database_pool_connections',
    help: 'Connections to the database: idle, and in use.',
    labelNames: ['state'],
    aggregator: 'sum',
    registers: [registry],
    collect() {
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'used' }, pool.totalCount - pool.idleCount);
    },
  });
  new Gauge({
    name: 'payment_passkeys_database_pool_max_connections',
    help: 'Connections that there may be at most.',
    aggregator: 'sum',
    registers: [registry],
  }).set(pool.options.max ?? 0);
  new Gauge({
    name: 'payment_passkeys_database_pool_waiting_requests',
    help: 'Statements that wait for a connection.',
    aggregator: 'sum',
    registers: [registry],
    collect() {
      this.set(pool.waitingCount);
    },
  });
}

/** One query for two gauges: whether the database answers, and how many sessions are open. */
function observeDatabase(registry: Registry, pool: Pool): void {
  const count = sharedFor(FRESH_MILLISECONDS, () => countUnfinished(pool));
  new Gauge({
    name: 'payment_passkeys_database_up',
    help: 'Whether the database answered within a second.',
    aggregator: 'min',
    registers: [registry],
    async collect() {
      this.set((await count()) === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'payment_passkeys_sessions_open',
    help: `Sessions that are not over, by state; at most ${MAX_COUNTED} are counted. Absent while the database does not answer.`,
    labelNames: ['state'],
    aggregator: 'max',
    registers: [registry],
    async collect() {
      const counted = await count();
      this.reset();
      if (counted === undefined) return;
      for (const state of statesBefore('EXPIRE')) this.set({ state }, counted.get(state) ?? 0);
    },
  });
}

/** Events that are not in the logs yet, and deliveries that are not done. Absent while the database does not answer. */
function observeEvents(registry: Registry, { pool, clock }: Pick<Network, 'pool' | 'clock'>): void {
  const read = sharedFor(FRESH_MILLISECONDS, () => readBacklog(pool));
  const ageOf = (since: Date | null) => (since === null ? 0 : Math.max(0, clock().getTime() - since.getTime()) / 1000);
  const gauge = (name: string, help: string, value: (backlog: Backlog) => number) =>
    new Gauge({
      name: `payment_passkeys_${name}`,
      help,
      aggregator: 'max',
      registers: [registry],
      async collect() {
        const backlog = await read();
        if (backlog === undefined) this.remove();
        else this.set(value(backlog));
      },
    });
  const atMost = `at most ${MAX_BACKLOG} are counted`;
  gauge('events_stored', `Events that are not in the logs yet; ${atMost}.`, ({ outbox }) => outbox);
  gauge('events_stored_oldest_seconds', 'Age of the oldest of them.', ({ oldestStored }) => ageOf(oldestStored));
  gauge('deliveries_waiting', `Deliveries that webhooks have not taken yet; ${atMost}.`, ({ waiting }) => waiting);
  gauge('deliveries_waiting_oldest_seconds', 'Age of the oldest of them.', ({ oldestWaiting }) => ageOf(oldestWaiting));
  gauge('deliveries_dead', `Deliveries that were tried for three days; ${atMost}.`, ({ dead }) => dead);
  gauge('webhooks_off', 'Webhooks that answered 410 and are switched off.', ({ off }) => off);
}

/** Absent while the database does not answer. */
function observeAudit(registry: Registry, { pool, clock }: Pick<Network, 'pool' | 'clock'>): void {
  const read = sharedFor(FRESH_MILLISECONDS, () => readArrears(pool));
  const gauge = (name: string, help: string, value: (arrears: Arrears) => number) =>
    new Gauge({
      name: `payment_passkeys_audit_${name}`,
      help,
      aggregator: 'max',
      registers: [registry],
      async collect() {
        const arrears = await read();
        if (arrears === undefined) this.remove();
        else this.set(value(arrears));
      },
    });
  gauge(
    'pending_oldest_seconds',
    'Age of the oldest entry of the audit trail that is not in its chain.',
    ({ oldest }) => (oldest === null ? 0 : Math.max(0, (clock().getTime() - oldest.getTime()) / 1000)),
  );
  gauge(
    'head_signed_timestamp_seconds',
    'When the head of the audit trail was last signed; 0 before the first.',
    ({ signedAt }) => (signedAt === null ? 0 : signedAt.getTime() / 1000),
  );
}

/** Callers share one running query, and its answer while it is fresh. Undefined when no answer came in time. */
function sharedFor<Answer>(milliseconds: number, ask: () => Promise<Answer>): () => Promise<Answer | undefined> {
  let latest: { readonly answer: Promise<Answer | undefined>; readonly askedAt: number } | undefined;
  return async () => {
    const now = performance.now();
    if (latest === undefined || now - latest.askedAt >= milliseconds) {
      const asked = { answer: orUndefined(ask()), askedAt: now };
      latest = asked;
      asked.answer.then((answer) => {
        // A failure is not cached.
        if (answer === undefined && latest === asked) latest = undefined;
      });
    }
    return Promise.race([latest.answer, noAnswerInTime()]);
  };
}

function noAnswerInTime(): Promise<undefined> {
  return new Promise((resolve) => void setTimeout(() => resolve(undefined), TIMEOUT_MILLISECONDS).unref());
}

async function orUndefined<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}

function observeKeys(
  registry: Registry,
  { keys, clock }: { readonly keys: KeyFolder; readonly clock: () => Date },
): void {
  const labels = { labelNames: ['use'] as const, aggregator: 'min' as const, registers: [registry] };
  new Gauge({
    ...labels,
    name: 'payment_passkeys_key_active_since_timestamp_seconds',
    help: 'Since when the key of each use that is in use now has been.',
    collect() {
      const now = clock();
      for (const use of KEY_USES) this.set({ use }, latestOf(datesOf(keys, use).filter((date) => date <= now)));
    },
  });
  new Gauge({
    ...labels,
    name: 'payment_passkeys_key_rotation_due_timestamp_seconds',
    help: 'When the next key of each use has to be in use. One that is made already counts.',
    collect() {
      for (const use of KEY_USES) this.set({ use }, latestOf(datesOf(keys, use)) + ROTATION_SECONDS[use]);
    },
  });
}

/** Epoch seconds; 0 for an empty list. */
function latestOf(dates: readonly Date[]): number {
  return Math.max(0, ...dates.map((date) => date.getTime() / 1000));
}
