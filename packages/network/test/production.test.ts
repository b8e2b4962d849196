/** What production mode refuses that the sandbox takes (contract §3, §7, §8). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rotateKeys } from '../src/keys/key-folder.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

const CALLBACK = 'https://bank.example/cb';
let dataDir: string;
let network: TestNetwork;
const production = () => ({ MODE: 'production', PUBLIC_URL: 'https://verify.network.example', DATA_DIR: dataDir });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'production-'));
  await expect(startTestNetwork(production())).rejects.toThrow(
    /^DATA_DIR has no signing, encryption, account-encryption, account-index key in keys\/.*keys rotate$/,
  );
  await rotateKeys({ folder: join(dataDir, 'keys'), now: new Date('2026-11-24T12:00:00Z') });
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

test('browsers are told to come by https only', async () => {
  const { headers } = await fetch(`${network.address}/auth/passkeys`);
  expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}; includeSubDomains$/);
});

test('a page of the sandbox’s address is another origin', async () => {
  const answer = await network.browser().post('/auth/passkeys/end', {}, { origin: 'http://verify.localhost:4000' });
  expect(answer.status).toBe(403);
  await expect(enrol(network, network.browser())).rejects.toThrow();
});
