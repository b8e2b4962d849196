/** Production mode refuses what the sandbox accepts (contract §3, §7, §8). */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { startNetwork } from '../src/process/start.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';
import { startTlsProxy } from './tls-proxy.ts';

const CALLBACK = 'https://bank.example/cb';
let dataDir: string;
let network: TestNetwork;
const production = () => ({ MODE: 'production', PUBLIC_URL: 'https://verify.network.example', DATA_DIR: dataDir });
const keysFolder = () => join(dataDir, 'keys');

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'production-'));
  await expect(startTestNetwork(production())).rejects.toThrow(
    /^DATA_DIR has no signing, encryption, account-encryption, account-index key in keys\/.*keys rotate$/,
  );
  await rotateKeys({ folder: keysFolder(), mode: 'production', now: new Date('2026-11-24T12:00:00Z') });
  network = await startTestNetwork(production());
});
afterAll(async () => {
  await network.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function open(callbackUri: string) {
  const { callbackUri: _atLaunch, ...info } = buildSessionInfo(network.now);
  const { body: session } = await network.client.sendInfo(info);
  return network.browser().open(session.uri, { callbackUri });
}

test('it refuses to start without keys, and starts with those that keys rotate made', () => {
  expect(network.running.network.keys.current().signing).toHaveLength(1);
});

test('an enrolment, end to end, under https', async () => {
  const { body: session } = await network.client.startSession({ info: { callbackUri: CALLBACK } });
  expect(session.uri).toMatch(/^https:\/\/verify\.network\.example\/auth\/passkeys\?/);
  const browser = network.browser();
  const { body: opened } = await browser.open(session.uri);
  expect(opened.options.rp.id).toBe('verify.network.example');
  const { body } = await browser.result(browser.answer(opened));
  expect(body.redirect).toMatch(/^https:\/\/bank\.example\/cb\?status=ENROLLED&/);
  const proofOfAuthentication = new URL(body.redirect).searchParams.get('proofOfAuthentication') ?? '';
  expect((await network.client.bind({ ...session, proofOfAuthentication })).status).toBe(201);
});

test('http callbacks are refused, localhost or not', async () => {
  for (const callbackUri of ['http://bank.localhost:4001/cb', 'http://localhost/cb', 'http://bank.example/cb']) {
    const answer = await network.client.startSession({ info: { callbackUri } });
    expect([answer.status, answer.body.errordetail[0].reason]).toEqual([400, 'CALLBACK_INVALID']);
    const atLaunch = await open(callbackUri);
    expect([atLaunch.status, atLaunch.body.errordetail[0].reason]).toEqual([400, 'CALLBACK_INVALID']);
  }
});

test("an address of the launch has the registered port, or the scheme's own", async () => {
  const statuses = async (...addresses: string[]) =>
    Promise.all(addresses.map(async (uri) => (await open(uri)).status));
  expect(await statuses('https://www.bank.example/cb', 'https://www.bank.example:443/cb')).toEqual([200, 200]);
  expect(await statuses('https://www.bank.example:8443/cb', 'https://www.bank.example:80/cb')).toEqual([403, 403]);
});

test('no base string is shown', async () => {
  const authorization = await network.client.sign(AUTHENTICATORS_PATH, '{}');
  const { status, body } = await network.client.send({ path: SESSIONS_PATH, body: '{}', authorization });
  expect(status).toBe(403);
  expect(JSON.stringify(body)).not.toMatch(/base string|oauth_nonce|POST&/);
});

test('its address has a plain notice, which names the cardholder’s own page', async () => {
  const response = await fetch(network.address, { headers: { 'accept-language': 'de-AT' } });
  const html = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(html).toContain('<html lang="de" dir="ltr">');
  expect(html).toContain('<h1>Passkeys für Zahlungen</h1>');
  expect(html).toContain('href="/auth/passkeys/manage"');
  expect(html).not.toMatch(/sandbox|openapi|<script/i);
});

test('browsers are told to come by https only', async () => {
  const { headers } = await fetch(`${network.address}/auth/passkeys`);
  expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}; includeSubDomains$/);
});

test('a page of the sandbox’s address is another origin', async () => {
  const answer = await network.browser().post('/auth/passkeys/end', {}, { origin: 'http://verify.localhost:4000' });
  expect(answer.status).toBe(403);
  await expect(enrol(network, network.browser())).rejects.toThrow();
});

describe('TLS ends at a proxy that the configuration names', () => {
  const paths = ['/auth/passkeys', '/.well-known/jwks.json', '/keys/encryption', SESSIONS_PATH, '/auth/passkeys/open'];

  test('what comes without one, or by http, finds nothing here', async () => {
    const plain = await startTlsProxy(network.running.address, 'http');
    try {
      for (const address of [network.running.address, plain.address]) {
        for (const path of paths) {
          const method = path === SESSIONS_PATH || path.endsWith('open') ? 'POST' : 'GET';
          const response = await fetch(address + path, { method });
          expect([response.status, await response.text()], path).toEqual([404, expect.stringContaining('https only')]);
        }
      }
    } finally {
      await plain.stop();
    }
  });

  test('what a caller of an address that is not named says of its scheme is not believed', async () => {
    const database = await createThrowawayDatabase({ poolSize: 1 });
    const env = { ...production(), DATABASE_URL: database.url, TRUST_PROXY: '10.0.0.0/8', LOG_LEVEL: 'silent' };
    const running = await startNetwork({ config: { ...readConfig(env), port: 0 }, clock: () => network.now });
    try {
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.0.0.1' };
      expect((await fetch(`${running.address}/auth/passkeys`, { headers })).status).toBe(404);
    } finally {
      await running.stop();
      await database.close();
    }
  });

  test('a load balancer may ask after its health without', async () => {
    expect((await fetch(`${network.running.address}/health/ready`)).status).toBe(200);
  });
});

describe('it refuses to start, naming DATA_DIR', () => {
  const start = (env: Readonly<Record<string, string>>) => startTestNetwork({ ...production(), ...env });

  test('with keys that the sandbox has made', async () => {
    const sandbox = await mkdtemp(join(tmpdir(), 'sandbox-'));
    await rotateKeys({ folder: join(sandbox, 'keys'), mode: 'sandbox', now: network.now });
    await expect(start({ DATA_DIR: sandbox })).rejects.toThrow(
      /^DATA_DIR holds a key that was made in sandbox mode, and MODE is production: keys\/.*\.json/,
    );
    await rm(sandbox, { recursive: true });
  });

  test('and the sandbox with keys that are production’s', async () => {
    await expect(startTestNetwork({ DATA_DIR: dataDir })).rejects.toThrow(
      /^DATA_DIR holds a key that was made in production mode, and MODE is sandbox/,
    );
  });

  test.each([
    ['that others may read', 'signing-0001.json', undefined, /others than its owner may use: chmod 600 keys\/signing/],
    [
      'that is zeros',
      'account-index-0001.json',
      { secret: `${'A'.repeat(43)}=` },
      /a secret that is not random: keys\/account/,
    ],
    ['of 1024 bits', 'signing-0001.json', { privateKey: weakKey() }, /cannot be used: .* at least 2048 bits/],
    ['of another kind', 'signing-0001.json', { privateKey: curveKey() }, /cannot be used: .* RSA is expected/],
  ])('with a key %s', async (_what, name, changes, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'faulty-'));
    await cp(dataDir, folder, { recursive: true });
    const path = join(folder, 'keys', name);
    const file = JSON.parse(await readFile(path, 'utf8'));
    if (changes === undefined) await chmod(path, 0o640);
    else await writeFile(path, JSON.stringify({ ...file, ...changes }));
    await expect(start({ DATA_DIR: folder })).rejects.toThrow(message);
    await rm(folder, { recursive: true });
  });
});

function weakKey(): string {
  return toPem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
}

function curveKey(): string {
  return toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
