/** The metrics for Prometheus: their names, their address, and that every metric in the operators' queries exists. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildPaymentInfo, buildSessionInfo, buildSessionRequest, startPayment } from '@payment-passkeys/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { buildMetrics } from '../src/platform/telemetry/metrics.ts';
import { observeState } from '../src/process/health-state.ts';
import { serveMetrics } from '../src/process/metrics-server.ts';
import {
  groupingsOf,
  promtool,
  queriesOf,
  readDashboard,
  readRules,
  selectorsOf,
  WITHOUT_PROMTOOL,
} from './operations.ts';
import { enrol, proofOf, type TestNetwork } from './running-network.ts';
import { startTestShop, type TestShop } from './shop.ts';

let at: TestShop;
let network: TestNetwork;
let text: string;

const scrape = async () => (await fetch(`${network.address}/metrics`)).text();

beforeAll(async () => {
  at = await startTestShop();
  network = at.network;
  const { client } = network;
  await network.database.pool.query('ALTER TABLE session ADD CONSTRAINT no_more CHECK (false) NOT VALID');
  await client.startSession(); // 500
  await network.database.pool.query('ALTER TABLE session DROP CONSTRAINT no_more');
  const browser = network.browser();
  const { session, redirect } = await enrol(network, browser);
  await client.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
  await startPayment(at.shop, buildPaymentInfo());
  const cancelled = network.browser();
  await cancelled.open((await client.startSession()).body.uri);
  await cancelled.end('USER_CANCELLATION');
  await client.startSession(); // stays open
  const body = JSON.stringify(buildSessionRequest(await client.encrypt(buildSessionInfo(network.now))));
  const authorization = await client.sign(SESSIONS_PATH, body);
  for (let times = 0; times < 2; times++) await client.send({ path: SESSIONS_PATH, body, authorization });
  text = await scrape();
});
afterAll(() => network.stop());

/** The value of the sample whose line begins with `name`. */
function sample(name: string, within = text): number {
  const line = within.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`There is no sample ${name}.`);
  return Number(line.slice(name.length + 1));
}

describe('/metrics', () => {
  test('counts requests by route and status, and how long they took', () => {
    const request = 'method="POST",route="/authentication/sessions"';
    expect(sample(`payment_passkeys_http_request_duration_seconds_count{${request},status="201"}`)).toBe(5);
    expect(sample(`payment_passkeys_http_request_duration_seconds_count{${request},status="500"}`)).toBe(1);
    expect(sample('payment_passkeys_http_requests_in_flight')).toBe(1); // the scrape itself
  });

  test('counts what sessions were for and how they ended, at 0 where there was none', () => {
    const started = (reason: string) => sample(`payment_passkeys_sessions_started_total{reason="${reason}"}`);
    const ended = (outcome: string) => sample(`payment_passkeys_sessions_ended_total{outcome="${outcome}"}`);
    expect([started('ACCOUNT_LOGIN'), started('TRANSACTION_AUTHENTICATION')]).toEqual([4, 1]);
    expect([ended('BOUND'), ended('USER_CANCELLATION'), ended('EXPIRED')]).toEqual([1, 1, 0]);
  });

  test('counts by client what its sessions came to and which of its calls were refused', () => {
    const of = (name: string, labels: string) => sample(`payment_passkeys_client_${name}{client="test-bank"${labels}}`);
    expect(of('sessions_started_total', '')).toBe(4);
    const results = ['SUCCEEDED', 'CANCELLED', 'FAILED', 'EXPIRED'];
    expect(results.map((result) => of('sessions_ended_total', `,result="${result}"`))).toEqual([1, 1, 0, 0]);
    expect(of('refusals_total', '')).toBe(1); // the replay; an error of the network itself is not counted
  });

  test('counts refusals by code, and of signatures by reason: a replay is told from the rest', () => {
    expect(sample('payment_passkeys_refusals_total{code="INTERNAL"}')).toBe(1);
    expect(sample('payment_passkeys_refusals_total{code="AUTHENTICATION_FAILED"}')).toBe(1);
    expect(sample('payment_passkeys_signatures_refused_total{reason="NONCE_USED"}')).toBe(1);
    expect(sample('payment_passkeys_signatures_refused_total{reason="SIGNATURE_MISMATCH"}')).toBe(0);
  });

  test('tells open sessions by state', () => {
    const open = ['created', 'opened', 'enrolled'].map((state) =>
      sample(`payment_passkeys_sessions_open{state="${state}"}`),
    );
    expect(open).toEqual([3, 0, 0]);
    expect(text).not.toContain('payment_passkeys_sessions_open{state="bound"}');
  });

  test('tells database, pool, event loop and version', () => {
    expect(sample('payment_passkeys_database_up')).toBe(1);
    const connections = (state: string) => sample(`payment_passkeys_database_pool_connections{state="${state}"}`);
    expect(connections('idle') + connections('used')).toBeGreaterThan(0);
    expect(sample('payment_passkeys_database_pool_waiting_requests')).toBe(0);
    expect(sample('payment_passkeys_database_pool_max_connections')).toBe(
      network.running.network.config.database.poolSize,
    );
    expect(sample('payment_passkeys_event_loop_utilization_ratio')).toBeGreaterThan(0);
    expect(text).toMatch(/payment_passkeys_build_info\{version="[\d.]+",node="v\d+[\d.]+",mode="sandbox"\} 1/);
  });

  test('tells since when each key has been in use, and when the next is due; one that is made already counts', async () => {
    const day = 86_400;
    const made = network.now.getTime() / 1000;
    const since = (use: string, within?: string) =>
      sample(`payment_passkeys_key_active_since_timestamp_seconds{use="${use}"}`, within);
    const due = (use: string, within?: string) =>
      sample(`payment_passkeys_key_rotation_due_timestamp_seconds{use="${use}"}`, within);
    expect([since('signing'), since('account-index')]).toEqual([made, made]);
    expect([due('signing'), due('account-index')]).toEqual([made + 31 * day, made + 366 * day]);
    network.now = new Date(network.now.getTime() + 20 * day * 1000);
    const folder = join(network.dataDir, 'keys');
    await rotateKeys({ folder, mode: 'sandbox', now: network.now, uses: ['signing'] });
    await network.running.network.keys.refresh();
    const later = await scrape();
    expect(since('signing', later)).toBe(made);
    expect(due('signing', later)).toBe(made + 20 * day + 600 + 31 * day);
  });

  test.skipIf(WITHOUT_PROMTOOL)('is as Prometheus’s own lint wants it', () => {
    const { output } = promtool(['check', 'metrics'], text);
    // The names of prom-client's default metrics cannot be changed.
    expect(output.split('\n').filter((line) => line.includes('payment_passkeys'))).toEqual([]);
  });
});

describe('what the operators’ files ask for is there', () => {
  const names = () => network.running.network.metrics.registry.getMetricsAsArray();
  const find = (metric: string) => {
    const bare = metric.replace(/_(bucket|count|sum)$/, '');
    return names().find(({ name }) => name === metric || name === bare) as
      | { readonly name: string; readonly labelNames?: readonly string[] }
      | undefined;
  };
  /** Added by Prometheus. */
  const FOREIGN = ['job', 'instance', 'le'];

  test.each([
    ['alerts.yml', async () => (await readRules()).map(({ expr }) => expr)],
    ['dashboard.json', async () => queriesOf(await readDashboard())],
  ])('%s: every metric, every label, and every value that is asked for', async (_file, read) => {
    const expressions = await read();
    expect(expressions.length).toBeGreaterThan(20);
    for (const expr of expressions) {
      const selectors = selectorsOf(expr);
      const labels = selectors.flatMap(({ metric }) => find(metric)?.labelNames ?? []);
      for (const label of groupingsOf(expr)) expect([...labels, ...FOREIGN], expr).toContain(label);
      for (const { metric, matchers } of selectors) {
        expect(find(metric), `${metric} in ${expr}`).toBeDefined();
        for (const { label, operator, value } of matchers) {
          if (FOREIGN.includes(label) && label !== 'le') continue;
          expect([...(find(metric)?.labelNames ?? []), 'le'], `${metric} in ${expr}`).toContain(label);
          if (operator.startsWith('!')) continue;
          const seen = [...text.matchAll(new RegExp(`^${metric}\\{[^}]*\\b${label}="([^"]*)"`, 'gm'))];
          const wanted = operator === '=' ? [value] : value.split('|');
          for (const one of wanted) {
            const matches = seen.some(([, given = '']) =>
              new RegExp(`^(?:${one.replace('.', operator === '=' ? '\\.' : '.')})$`).test(given),
            );
            expect(matches, `${metric}{${label}${operator}"${one}"}`).toBe(true);
          }
        }
      }
    }
  });

  test('docs/observability.md: its table names every metric of the network, and no other', async () => {
    const page = await readFile(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
    const cells = [...page.matchAll(/^\| (`[a-z].*?) \|/gm)].map(([, cell = '']) => cell);
    const listed = cells.flatMap((cell) =>
      [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name]) => `payment_passkeys_${name}`),
    );
    const own = names().filter(({ name }) => name.startsWith('payment_passkeys_'));
    expect(listed.toSorted()).toEqual(own.map(({ name }) => name).toSorted());
  });
});

describe('where', () => {
  test('a port of its own answers GET /metrics and nothing else; the public port then does not', async () => {
    const server = await serveMetrics({ host: '127.0.0.1', port: 0, collect: async () => 'x 1\n' });
    const answers = await Promise.all(
      ['/metrics', '/metrics?x', '/', '/health/live'].map(async (path) => (await fetch(server.address + path)).status),
    );
    expect(answers).toEqual([200, 200, 404, 404]);
    expect((await fetch(`${server.address}/metrics`, { method: 'POST' })).status).toBe(404);
    await server.close();
  });

  test('a scrape that fails is a 503', async () => {
    const collect = () => Promise.reject(new Error('a worker does not answer'));
    const server = await serveMetrics({ host: '127.0.0.1', port: 0, collect });
    expect((await fetch(`${server.address}/metrics`)).status).toBe(503);
    await server.close();
  });

  test.each([
    [{}, undefined],
    [{ METRICS_PORT: '9464' }, { host: '127.0.0.1', port: 9464 }],
    [
      { METRICS_PORT: '9464', METRICS_HOST: '10.0.0.1' },
      { host: '10.0.0.1', port: 9464 },
    ],
  ])('%o', (env, expected) => {
    expect(readConfig(env).metrics).toEqual(expected);
  });

  test('METRICS_PORT that is no port is refused, and named', () => {
    expect(() => readConfig({ METRICS_PORT: 'x' })).toThrow(/^METRICS_PORT has to be/);
  });
});

describe('a database that is away', () => {
  const observed = async (query: () => Promise<unknown>) => {
    const metrics = buildMetrics();
    const { keys, clock, config } = network.running.network;
    const pool = { query, idleCount: 0, totalCount: 0, waitingCount: 3, options: { max: 5 } } as unknown as Pool;
    observeState({ pool, keys, clock, config, metrics });
    return metrics.registry.metrics();
  };

  test.each([
    ['refuses', () => Promise.reject(new Error('ECONNREFUSED'))],
    ['does not answer', () => new Promise<never>(() => {})],
  ])('it %s: the scrape is answered all the same, and says so', async (_title, query) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let metrics = '';
    void observed(query).then((text) => (metrics = text));
    await vi.advanceTimersByTimeAsync(9_000); // Prometheus gives up after ten seconds
    expect(sample('payment_passkeys_database_up', metrics)).toBe(0);
    expect(sample('payment_passkeys_database_pool_waiting_requests', metrics)).toBe(3);
    expect(metrics).not.toContain('payment_passkeys_sessions_open{');
  });
});
