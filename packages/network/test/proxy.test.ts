/** Three networks behind a proxy on one PostgreSQL, in production mode: each step is served, whichever network it comes to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@payment-passkeys/storage';
import { createTestClient, createThrowawayDatabase } from '@payment-passkeys/testkit';
import { beforeAll, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../src/process/network-database.ts';
import { type RunningNetwork, startNetwork } from '../src/process/start.ts';
import { bySetUp } from './by-set-up.ts';
import { type Lane, startLoad } from './enrolment-load.ts';
import { type RoundRobinProxy, startRoundRobinProxy } from './round-robin-proxy.ts';
import { SERVES, type ServingProcess, startServing, UNLIMITED } from './serving-process.ts';
import { undoAfterAll } from './undo.ts';

const PUBLIC_URL = 'https://verify.network.example';
const CALLBACK = 'https://bank.example/cb';
/** A published test number for each bank. */
const PANS = ['5555555555554444', '5105105105105100', '2223003122003222'];
/** The index, in the proxies' lists, of the network that runs in a process of its own. */
const THIRD = 2;

let database: Database;
let dataDir: string;
let third: ServingProcess;
const running: RunningNetwork[] = [];
const undoLater = undoAfterAll();
/** Each bank has a proxy of its own, so two steps in a row never reach the same network. */
let lanes: readonly (Lane & { readonly proxy: RoundRobinProxy })[];

const environment = () => ({
  ...UNLIMITED,
  MODE: 'production',
  PUBLIC_URL,
  TRUST_PROXY: 'loopback',
  DATABASE_URL: database.url,
  DATA_DIR: dataDir,
  LOG_LEVEL: 'silent',
  SHUTDOWN_DELAY: '2',
});
const ready = async (address: string) => (await fetch(`${address}/health/ready`)).status;

beforeAll(async () => {
  database = await createThrowawayDatabase({ migrations: MIGRATIONS, table: MIGRATIONS_TABLE, poolSize: 2 });
  undoLater(() => database.close());
  dataDir = await mkdtemp(join(tmpdir(), 'proxy-'));
  undoLater(() => rm(dataDir, { recursive: true }));
  await rotateKeys({ folder: join(dataDir, 'keys'), mode: 'production', now: new Date() });
  third = await startServing({ env: environment() });
  undoLater(async () => {
    third.signal('SIGKILL');
    await third.ended;
  });
  const config = { ...readConfig(environment()), port: 0 };
  for (let place = 0; place < 2; place++) {
    const network = await startNetwork({ config, clock: () => new Date() });
    undoLater(network.stop);
    running.push(network);
  }
  await third.says(SERVES);
  const networks = [...running.map(({ address }) => address), third.address];
  lanes = await Promise.all(PANS.map((pan) => openLane(pan, networks)));
});

async function openLane(pan: string, networks: readonly string[]): Promise<Lane & { readonly proxy: RoundRobinProxy }> {
  const proxy = await startRoundRobinProxy(networks);
  undoLater(proxy.stop);
  const at = { address: proxy.address, publicUrl: PUBLIC_URL };
  const changes = { clientId: `bank-${pan}`, consumerKey: `bank-${pan}`, accountRanges: [pan.slice(0, 6)] };
  const client = await createTestClient(at, { clock: () => new Date(), changes });
  await saveClient(database.pool, readRegistration(client.registration), bySetUp(new Date()));
  const cards = [{ primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' }];
  return { proxy, client, at, info: { callbackUri: CALLBACK, accountReferences: { cards } } };
}

const bindings = async () => Number((await database.pool.query('SELECT count(*) FROM binding')).rows[0].count);

test('each step of an enrolment at another network; one of them is stopped and started meanwhile; not one call fails', {
  timeout: 300_000,
}, async () => {
  const load = startLoad(lanes);
  await expect.poll(load.done, { timeout: 120_000 }).toBeGreaterThan(PANS.length);

  third.signal('SIGTERM');
  // A stopping network first reports that it is not ready, and keeps serving until the load balancer has removed it.
  await expect.poll(() => ready(third.address), { interval: 20, timeout: 120_000 }).toBe(503);
  expect(await third.ended).toBe(0);
  const whileStopped = load.done() + PANS.length;
  await expect.poll(load.done, { timeout: 120_000 }).toBeGreaterThan(whileStopped);

  third = await startServing({ env: { ...environment(), PORT: new URL(third.address).port } });
  await third.says(SERVES);
  const back = lanes.map(({ proxy }) => proxy.visits.length);
  await expect
    .poll(() => lanes.every(({ proxy }, lane) => proxy.visits.includes(THIRD, back[lane])), { timeout: 120_000 })
    .toBe(true);

  const bound = await load.stop();
  expect(load.failures).toEqual([]);
  expect(await bindings()).toBe(bound);
  for (const { proxy } of lanes) {
    const { visits } = proxy;
    expect(visits.every((place, index) => place !== visits[index - 1])).toBe(true);
    expect(new Set(visits)).toEqual(new Set([0, 1, THIRD]));
  }
});

test('what a caller says of where it comes from is not believed, what the proxy says is', async () => {
  const [network] = running;
  const [lane] = lanes;
  const path = '/auth/passkeys';
  const direct = await fetch(`${network?.address}${path}`, { headers: { 'x-forwarded-proto': 'http' } });
  const lied = await fetch(`${lane?.proxy.address}${path}`, { headers: { 'x-forwarded-proto': 'http' } });
  expect([direct.status, lied.status]).toEqual([404, 200]);
});
