/**
 * The way back: the program from before the newest migrations starts on the migrated database, and serves beside the current program. Needs git's
 * history. The earlier program runs with the current libraries. In production mode: the way back is promised there (decision 148).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestBrowser, createTestClient, type NetworkAddress, type TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { MIGRATIONS } from '../src/process/network-database.ts';
import { bySetUp } from './by-set-up.ts';
import { MACHINE_CLOCK, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';
import { SERVES, type ServingProcess, startServing } from './serving-process.ts';
import { startTlsProxy } from './tls-proxy.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MIGRATIONS_FOLDER = 'packages/network/src/migrations';
const PRODUCTION = { MODE: 'production', PUBLIC_URL: 'https://verify.network.example', TRUST_PROXY: 'loopback' };
const INFO = { callbackUri: 'https://bank.example/cb' };

function git(...args: readonly string[]): string {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

/** The last release. If there is no release, the latest commit that lacks some of the current migrations and has no others. */
function findBefore(): string | undefined {
  const release = git('describe', '--tags', '--abbrev=0', '--match=v*');
  if (release !== '') return release;
  const now = readdirSync(MIGRATIONS);
  const changes = git('log', '--format=%H', '--', MIGRATIONS_FOLDER).split('\n').filter(Boolean);
  return changes
    .map((change) => git('rev-parse', '--verify', '--quiet', `${change}^`))
    .find((commit) => {
      const then = listMigrations(commit);
      return then.length > 0 && then.length < now.length && then.every((name) => now.includes(name));
    });
}

function listMigrations(commit: string): readonly string[] {
  return git('ls-tree', '--name-only', `${commit}:${MIGRATIONS_FOLDER}`).split('\n').filter(Boolean);
}

/** Writes the packages of the commit to a folder, with this checkout's libraries and pages. Answers the path of the program. */
function checkOut(commit: string, folder: string): string {
  const archive = execFileSync('git', ['archive', commit, 'package.json', 'packages'], {
    cwd: ROOT,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@payment-passkeys'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@payment-passkeys') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(folder, 'packages'))) {
    symlinkSync(join(folder, 'packages', name), join(modules, '@payment-passkeys', name));
  }
  cpSync(join(ROOT, 'packages/page/dist'), join(folder, 'packages/page/dist'), { recursive: true });
  return join(folder, 'packages/network/bin/payment-passkeys-network.mjs');
}

const before = findBefore();
if (before === undefined)
  console.warn('The history of git is not here: the way back to the version before is SKIPPED.');

describe.skipIf(before === undefined)(`the program of before (${before?.slice(0, 12)}) on the schema of now`, () => {
  let folder: string;
  let now: TestNetwork;
  let old: ServingProcess;
  let proxy: Awaited<ReturnType<typeof startTlsProxy>>;
  let atOld: NetworkAddress;
  /** One client with two keys: it uses one key at each program. */
  let clients: { readonly now: TestClient; readonly old: TestClient };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'before-'));
    const dataDir = join(folder, 'data');
    await rotateKeys({ folder: join(dataDir, 'keys'), mode: 'production', now: new Date() });
    now = await startTestNetwork({ ...PRODUCTION, DATA_DIR: dataDir }, MACHINE_CLOCK);
    const { publicUrl, database } = now;
    const env = { ...PRODUCTION, DATABASE_URL: database.url, DATA_DIR: dataDir };
    old = await startServing({ env, program: checkOut(before ?? '', folder) });
    await old.says(SERVES);
    proxy = await startTlsProxy(old.address);
    atOld = { address: proxy.address, publicUrl };
    const client = await createTestClient(atOld, { clock: () => new Date() });
    const { signingKey: first, ...registration } = now.client.registration;
    const signingKeys = [first, client.registration.signingKey];
    await saveClient(database.pool, readRegistration({ ...registration, signingKeys }), bySetUp(new Date()));
    clients = { old: client, now: now.client };
  });
  afterAll(async () => {
    await proxy?.stop();
    old?.signal('SIGTERM');
    await old?.ended;
    await now?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  test('has a migration fewer', () => {
    expect(listMigrations(before ?? '').length).toBeLessThan(readdirSync(MIGRATIONS).length);
  });

  test('enrols a passkey, and binds it', async () => {
    const browser = createTestBrowser(atOld);
    const session = (await clients.old.startSession({ info: INFO })).body;
    const opened = (await browser.open(session.uri)).body;
    const { status, body } = await browser.result(browser.answer(opened));
    expect(status).toBe(200);
    const { authenticationSessionId } = session;
    const bound = await clients.old.bind({ authenticationSessionId, proofOfAuthentication: proofOf(body.redirect) });
    expect(bound.status).toBe(201);
  });

  test('continues a session that the program of now has begun, and the program of now ends it', async () => {
    const session = (await clients.now.startSession({ info: INFO })).body;
    const browser = createTestBrowser(atOld);
    const opened = await browser.open(session.uri);
    expect(opened.status).toBe(200);
    const { status, body } = await browser.result(browser.answer(opened.body));
    expect(status).toBe(200);
    const { authenticationSessionId } = session;
    const bound = await clients.now.bind({ authenticationSessionId, proofOfAuthentication: proofOf(body.redirect) });
    expect(bound.status).toBe(201);
  });

  test('and the program of now continues a session that it has begun', async () => {
    const session = (await clients.old.startSession({ info: INFO })).body;
    const browser = now.browser();
    const opened = await browser.open(session.uri);
    expect(opened.status).toBe(200);
    expect((await browser.result(browser.answer(opened.body))).status).toBe(200);
  });
});
