/** Several workers under a primary: they are replaced under load, one by one or when one dies, and no call fails. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@payment-passkeys/storage';
import { createTestClient, createThrowawayDatabase, freePort, type TestClient } from '@payment-passkeys/testkit';
import { beforeAll, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../src/process/network-database.ts';
import { bySetUp } from './by-set-up.ts';
import { startLoad } from './enrolment-load.ts';
import { SERVES, type ServingProcess, startServing } from './serving-process.ts';
import { undoAfterAll } from './undo.ts';

const PUBLIC_URL = 'http://verify.localhost:4000';
const CARDHOLDERS = 4;
/** Nothing here measures time: a busy machine takes longer to start processes. */
const BUSY = { timeout: 300_000 };
let database: Database;
let dataDir: string;
let metricsPort: number;
let serving: ServingProcess;
let client: TestClient;
const undoLater = undoAfterAll();

const environment = () => ({ DATABASE_URL: database.url, DATA_DIR: dataDir, PUBLIC_URL });
const at = () => ({ address: serving.address, publicUrl: PUBLIC_URL });
const count = async (table: string) =>
  Number((await database.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
const workers = () =>
  execFileSync('pgrep', ['-P', String(serving.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)
    .toSorted();

beforeAll(async () => {
  database = await createThrowawayDatabase({ migrations: MIGRATIONS, table: MIGRATIONS_TABLE, poolSize: 2 });
  undoLater(() => database.close());
  dataDir = await mkdtemp(join(tmpdir(), 'workers-'));
  undoLater(() => rm(dataDir, { recursive: true }));
  metricsPort = await freePort();
  const env = { ...environment(), METRICS_PORT: String(metricsPort), SHUTDOWN_TIMEOUT: '20' };
  serving = await startServing({ env, args: ['--workers', '2'] });
  undoLater(async () => {
    serving.signal('SIGKILL');
    await serving.ended;
  });
  client = await createTestClient(at(), { clock: () => new Date() });
  await saveClient(database.pool, readRegistration(client.registration), bySetUp(new Date()));
  await serving.says(SERVES);
});

if (process.env.DRILLS) {
  test('SIGHUP replaces every worker under a constant load of enrolments, and not one call fails', BUSY, async () => {
    const before = workers();
    expect(before).toHaveLength(2);
    const load = startLoad(Array.from({ length: CARDHOLDERS }, () => ({ client, at: at() })));
    await expect.poll(load.done, { timeout: 120_000 }).toBeGreaterThan(CARDHOLDERS);
    serving.signal('SIGHUP');
    await serving.says('Every worker has been replaced.');
    const sinceRestart = load.done() + CARDHOLDERS;
    await expect.poll(load.done, { timeout: 120_000 }).toBeGreaterThan(sinceRestart);
    const bound = await load.stop();
    expect(load.failures).toEqual([]);
    expect(workers().filter((pid) => before.includes(pid))).toEqual([]);
    expect(await count('binding')).toBe(bound);
  });
}

test('/metrics of the primary is that of all its workers, those that have gone included', async () => {
  expect((await client.startSession()).status).toBe(201);
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  /** The sum over all label sets. */
  const sum = (metric: string) =>
    [...text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  expect(sum('payment_passkeys_database_pool_max_connections')).toBe(40); // two workers' pools of 20
  expect(sum('payment_passkeys_sessions_started_total')).toBe(await count('session'));
});

if (process.env.DRILLS) {
  test('a worker that dies is replaced, and the primary says so', BUSY, async () => {
    const [victim = 0, survivor] = workers();
    process.kill(victim, 'SIGKILL');
    await serving.says(`Worker ${victim} was ended by SIGKILL; another takes its place.`);
    await expect.poll(() => workers().length, { timeout: 120_000 }).toBe(2);
    expect(workers()).toContain(survivor);
    expect(workers()).not.toContain(victim);
  });

  test('workers that cannot start: the primary says why, once, and ends with code 1', BUSY, async () => {
    const { port } = new URL(serving.address);
    const second = await startServing({ env: { ...environment(), PORT: port }, args: ['--workers', '2'] });
    expect(await second.ended).toBe(1);
    expect(second.said()).toMatch(/The port is taken: set PORT to a free one/);
    expect(second.said()).toMatch(/^The workers do not start: see what they said last\.$/m);
  });
}

test(
  'SIGTERM, to the whole group as supervisors send it: all finish what runs, and the primary ends with code 0',
  BUSY,
  async () => {
    const load = startLoad([{ client, at: at() }]);
    await expect.poll(load.done, { timeout: 120_000 }).toBeGreaterThan(0);
    const finished = load.stop();
    const left = workers();
    serving.signal('SIGTERM');
    for (const pid of left) process.kill(pid, 'SIGTERM');
    expect(await serving.ended).toBe(0);
    await finished;
    for (const pid of left) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  },
);
