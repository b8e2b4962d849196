/** A network on a temporary database with one onboarded issuer; the test sets its clock. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SoftwareAuthenticator } from '@payment-passkeys/authenticator';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import type { Database } from '@payment-passkeys/storage';
import {
  createTestBrowser,
  createTestClient,
  createThrowawayDatabase,
  type NetworkAddress,
  PATIENT_LIMITS,
  type TestBrowser,
  type TestClient,
} from '@payment-passkeys/testkit';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { keyFolderOf } from '../src/domain/keys/key-folder.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { UNDOCUMENTED_ERRORS } from '../src/platform/http/document-routes.ts';
import { migrationsOf } from '../src/process/network-database.ts';
import { type RunningNetwork, type StartOptions, startNetwork } from '../src/process/start.ts';
import { bySetUp } from './by-set-up.ts';
import { startTlsProxy } from './tls-proxy.ts';

export interface TestNetwork extends NetworkAddress {
  readonly database: Database;
  readonly running: RunningNetwork;
  readonly dataDir: string;
  /** The network's time: assign to it, unless it follows the machine's clock. */
  now: Date;
  readonly client: TestClient;
  addClient(changes: Partial<ClientRegistration>): Promise<TestClient>;
  browser(authenticator?: SoftwareAuthenticator): TestBrowser;
  stop(): Promise<void>;
}

const USUAL_START = new Date('2026-11-24T12:00:00Z');

/**
 * The keys of the first network of this process that starts at the usual time, by file name. Later networks start with copies, because
 * making the keys takes half of the time of a start.
 */
const keptKeys = new Map<string, string>();

async function keepKeys(folder: string): Promise<void> {
  if (keptKeys.size > 0) return;
  for (const name of await readdir(folder)) keptKeys.set(name, await readFile(join(folder, name), 'utf8'));
}

async function writeKeptKeys(folder: string): Promise<void> {
  if (keptKeys.size === 0) return;
  await mkdir(folder, { mode: 0o700 });
  for (const [name, content] of keptKeys) await writeFile(join(folder, name), content, { mode: 0o600 });
}

/** For tests of a program that reads the machine's clock: the network uses the same clock. */
export const MACHINE_CLOCK = 'MACHINE_CLOCK';

export interface TestNetworkOptions extends Pick<StartOptions, 'signer' | 'logStream'> {
  /** A server other than the test run's own. Its user may create databases. */
  readonly serverUrl?: string;
  /** A migrated database in place of a temporary one; closed with the network. */
  readonly database?: Database;
}

/**
 * `env` is added to the network's environment, a sandbox without noticeable limits. In production mode `address` is that of a proxy in
 * front, which marks requests as https.
 */
export async function startTestNetwork(
  env: Readonly<Record<string, string>> = {},
  start: Date | typeof MACHINE_CLOCK = USUAL_START,
  { serverUrl, database: given, ...options }: TestNetworkOptions = {},
): Promise<TestNetwork> {
  const [first, ...more] = migrationsOf(env.MODE === 'production' ? 'production' : 'sandbox');
  const database =
    given ??
    (await createThrowawayDatabase({
      migrations: first.folder,
      table: first.table,
      more,
      poolSize: 4,
      ...(serverUrl !== undefined && { serverUrl }),
    }));
  const dataDir = await mkdtemp(join(tmpdir(), 'network-'));
  const read = readConfig({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    RATE_LIMIT_PER_CLIENT: '10000',
    RATE_LIMIT_PER_ADDRESS: '10000',
    RATE_LIMIT_PER_SESSION: '10000',
    RATE_LIMIT_SIGN_IN: '10000',
    ...PATIENT_LIMITS,
    TRUST_PROXY: 'loopback',
    ...env,
  });
  const config = { ...read, port: 0, console: read.console && { ...read.console, port: 0 } };
  const isUsual = start === USUAL_START && config.mode === 'sandbox' && !options.signer && !('DATA_DIR' in env);
  if (isUsual) await writeKeptKeys(keyFolderOf({ dataDir }));
  const test = start === MACHINE_CLOCK ? machineClock : { now: new Date(start) };
  const clock = () => test.now;
  const running = await startNetwork({ ...options, config, clock }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  if (isUsual) await keepKeys(keyFolderOf({ dataDir }));
  const proxy = config.mode === 'production' ? await startTlsProxy(running.address) : undefined;
  const at = { address: proxy?.address ?? running.address, publicUrl: config.publicUrl };
  const addClient = async (changes: Partial<ClientRegistration>) => {
    const client = await createTestClient(at, { clock, changes });
    const saved = await saveClient(database.pool, readRegistration(client.registration), bySetUp(test.now));
    if (typeof saved !== 'string') throw new Error(`The client conflicts with ${saved.clientId}: ${saved.conflict}`);
    return client;
  };
  return Object.assign(test, {
    ...at,
    database,
    running,
    dataDir: config.dataDir,
    client: await addClient({}),
    addClient,
    browser: (authenticator?: SoftwareAuthenticator) => createTestBrowser(at, authenticator),
    stop: async () => {
      assertErrorsAreDocumented();
      await proxy?.stop();
      await running.stop();
      await database.close();
      await rm(dataDir, { recursive: true });
    },
  });
}

const undocumented = new Set<string>();
UNDOCUMENTED_ERRORS.subscribe((message) => void undocumented.add(JSON.stringify(message)));

/** Asserts that the OpenAPI document has every error of the tests, at its route. */
function assertErrorsAreDocumented(): void {
  const found = [...undocumented];
  undocumented.clear();
  if (found.length > 0) throw new Error(`The OpenAPI document does not name these errors: ${found.join(', ')}`);
}

const machineClock = {
  get now() {
    return new Date();
  },
};

/** The calls of a pool's `query` without those of the list of last requests, which a sandbox writes in the background. */
export function ofRequests<Call extends readonly unknown[]>(calls: readonly Call[]): readonly Call[] {
  const isRecord = ([statement]: Call) =>
    typeof statement === 'object' &&
    statement !== null &&
    'name' in statement &&
    /^sandbox-(record|forget)-requests$/.test(String(statement.name));
  return calls.filter((call) => !isRecord(call));
}

/** The proof on a callback. */
export function proofOf(redirect: string): string {
  return new URL(redirect).searchParams.get('proofOfAuthentication') ?? '';
}

/** Runs one whole enrolment up to the callback, in `browser`. */
export async function enrol(network: TestNetwork, browser: TestBrowser, client = network.client) {
  const session = (await client.startSession()).body;
  const opened = (await browser.open(session.uri)).body;
  const { redirect } = (await browser.result(browser.answer(opened))).body;
  return { session, opened, redirect, proof: proofOf(redirect) };
}
