import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AUTHENTICATORS_PATH } from '@payment-passkeys/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refuse, startNetworkDouble } from '../testing/index.ts';
import { runProbeCommand } from './command-line.ts';
import {
  ACCESS_TOKEN,
  ACCOUNT,
  buildProfileFile,
  buildSigningKeyPem,
  CLIENT_ID,
  CONSUMER_KEY,
  NOW,
  startDouble,
  TOKEN,
  TOKEN_SERVER,
} from './mastercard-double.fixture.ts';
import type { ProbeReport } from './probe.ts';
import { readProfileFile } from './profile-file.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'probe-'));
  write('profile.json', await buildProfileFile());
  write('account.json', ACCOUNT);
  write('key.pem', await buildSigningKeyPem());
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);
const write = (name: string, content: unknown) =>
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
const readWritten = (name: string) => JSON.parse(readFileSync(at(name), 'utf8'));

interface Endpoint {
  readonly env?: Readonly<Record<string, string>>;
  /** `HTTP`: an endpoint on a real server, with undici's fetch. */
  readonly double?: ReturnType<typeof startDouble> | 'HTTP';
}

async function run(words: readonly string[], { env = {}, double = startDouble() }: Endpoint = {}) {
  const printed: string[] = [];
  const logged: string[] = [];
  const code = await runProbeCommand(['probe', ...words], {
    env: { CONSUMER_KEY, SIGNING_KEY_FILE: at('key.pem'), ...env },
    clock: () => NOW,
    ...(double !== 'HTTP' && { fetch: double.fetch }),
    print: (line) => printed.push(line),
    log: (line) => logged.push(line),
  });
  return {
    code,
    printed: printed.join('\n'),
    logged: logged.join('\n'),
    requests: double === 'HTTP' ? [] : double.requests,
  };
}

const GIVEN = () => ['--profile', at('profile.json'), '--account', at('account.json')];

test('without --send it says what it would send, and sends nothing', async () => {
  const { code, printed, requests } = await run(GIVEN());
  expect(code).toBe(0);
  expect(printed).toMatch(/^1\. POST https:\/\/sandbox\.api\.mastercard\.com/);
  expect(printed).toMatch(/Nothing was sent: add --send to send it\.$/);
  expect(requests).toEqual([]);
});

test('with --send it prints the plan first and the table after it; the profile that it writes is one the kit reads', async () => {
  const { code, printed, logged } = await run([...GIVEN(), '--send', '--write', at('written.json')]);
  expect(code).toBe(0);
  expect(logged).toMatch(/^1\. POST /);
  expect(printed).toMatch(/^SEEN {9}signature {16}signed requests are read/m);
  expect(printed).toMatch(/^NOT_REACHED {2}callback {17}only after a cardholder's visit/m);
  expect(readWritten('written.json')).toEqual(await buildProfileFile());
});

test('with --json it prints the report alone, and exit code 1 says that something differs', async () => {
  const uri = `https://verify.mastercard.example/auth/passkeys?authenticationSessionId=a&clientSessionId=b#${TOKEN}`;
  const double = startDouble({ sessions: { status: 200, body: { authenticationSessionId: 'a', uri } } });
  const { code, printed } = await run([...GIVEN(), '--send', '--json', '--write', at('written.json')], { double });
  expect(code).toBe(1);
  expect(JSON.parse(printed).corrections).toEqual([
    { option: 'pageOrigin', value: 'https://verify.mastercard.example' },
  ]);
  expect(readProfileFile(readWritten('written.json')).pageOrigin).toBe('https://verify.mastercard.example');
});

test('an endpoint that is not reached is exit code 1', async () => {
  const { code } = await run([...GIVEN(), '--send'], {
    double: startDouble({ unsigned: () => Promise.reject(new Error()) }),
  });
  expect(code).toBe(1);
});

test('neither what is printed nor what is written has a secret or a value of the account', async () => {
  const callback = 'https://bank.example/callback?status=ENROLLED&proofOfAuthentication=eyJh.eyJh.secret-of-the-proof';
  write('callback.txt', callback);
  const { printed, logged } = await run([
    ...GIVEN(),
    '--send',
    '--callback',
    at('callback.txt'),
    '--write',
    at('written.json'),
  ]);
  const all = [printed, logged, readFileSync(at('written.json'), 'utf8')].join('\n');
  for (const secret of [TOKEN, 'secret-of-the-proof', 'PRIVATE KEY', CONSUMER_KEY, '5555555', 'avery', '5550100']) {
    expect(all).not.toContain(secret);
  }
});

test('with a key of OAuth 2.0 it takes a token where it is told to; neither the key nor the token is printed', async () => {
  const endpoint = ['--token-endpoint', `${TOKEN_SERVER}/oauth/token`, '--token-issuer', TOKEN_SERVER];
  const words = [...GIVEN(), '--oauth2-key', at('key.pem'), '--oauth2-kid', 'kid-1', ...endpoint];
  const missing = await run([...words, '--send']);
  expect([missing.code, missing.logged]).toEqual([2, expect.stringContaining('--client-id is missing.')]);
  const { code, printed, logged, requests } = await run([...words, '--client-id', CLIENT_ID, '--send']);
  expect(code).toBe(0);
  expect(logged).toContain(`POST ${TOKEN_SERVER}/oauth/token`);
  expect(printed).toMatch(/^SEEN {9}oauth2-assertion +the client assertion is accepted/m);
  const assertion = new URLSearchParams(requests.find(({ part }) => part === 'token')?.body).get('client_assertion');
  const header = JSON.parse(Buffer.from(assertion?.split('.')[0] ?? '', 'base64url').toString());
  expect(header).toMatchObject({ alg: 'PS256', kid: 'kid-1' });
  for (const secret of [ACCESS_TOKEN, assertion, 'PRIVATE KEY']) expect(printed + logged).not.toContain(secret);
});

test('--api-url replaces the address of the profile, and is in the profile that is written', async () => {
  const { printed } = await run([...GIVEN(), '--api-url', 'https://sandbox.example/api']);
  expect(printed).toContain('POST https://sandbox.example/api/authentication/sessions');
});

test("a module's profile is probed too; its corrections are written alone", async () => {
  const { encryptionKey, proof } = await buildProfileFile();
  const source = new URL('../server/mastercard.ts', import.meta.url).href;
  const options = JSON.stringify({ environment: 'sandbox', encryptionKey, proof });
  write('profile.mjs', `import { mastercard } from ${JSON.stringify(source)}; export default mastercard(${options});`);
  const words = [
    '--profile',
    at('profile.mjs'),
    '--account',
    at('account.json'),
    '--send',
    '--write',
    at('written.json'),
  ];
  expect(await run(words)).toMatchObject({ code: 0 });
  expect(readWritten('written.json')).toEqual([]);
});

test.each<[string, () => readonly string[], string]>([
  ['no profile', () => [], '--profile is missing.'],
  ['no account', () => ['--profile', at('profile.json')], '--account is missing.'],
  ['a file that is not there', () => ['--profile', at('none.json')], '--profile: the file cannot be read.'],
  ['a profile that is no JSON', () => ['--profile', at('key.pem')], '--profile: the file is not JSON.'],
  ['an unknown option', () => [...GIVEN(), '--password', 'hunter2'], "Unknown option '--password'"],
  ['a word too many', () => [...GIVEN(), 'hunter2'], 'An argument is one too many.'],
])('%s: exit code 2 and a sentence that quotes no value', async (_title, words, sentence) => {
  const { code, logged, printed } = await run(words());
  expect([code, printed]).toEqual([2, '']);
  expect(logged).toMatch(sentence);
  expect(logged).not.toMatch(/hunter2|PRIVATE/);
});

test('a wrong key, account or profile is exit code 2, and names the option', async () => {
  write('key.pem', 'not a key');
  expect(await run(GIVEN())).toMatchObject({ code: 2, logged: expect.stringContaining('signingKey must be') });
  write('profile.json', { network: 'another' });
  expect(await run(GIVEN())).toMatchObject({ code: 2, logged: expect.stringContaining('network must be one of') });
});

test("over HTTP, with the kit's double of the network: signed, encrypted, and a forged proof refused", async () => {
  const network = await startNetworkDouble({ clock: () => NOW });
  const { clientId, consumerKey, signingKey } = network.client;
  const proof = { verify: 'ISSUER', audience: network.audience };
  write('profile.json', { network: 'ourNetwork', url: network.url, proof });
  write('key.pem', signingKey.export({ type: 'pkcs8', format: 'pem' }));
  network.injectFaults(undefined, undefined, { status: 400, body: refuse('MISSING_FIELD').body });
  network.answerWith(AUTHENTICATORS_PATH, refuse('PROOF_INVALID'));
  const words = [...GIVEN(), '--client-id', clientId, '--send', '--json'];
  const endpoint = { env: { CONSUMER_KEY: consumerKey }, double: 'HTTP' } as const;
  const { code, printed } = await run(words, endpoint);
  const { requests }: ProbeReport = JSON.parse(printed);
  expect(requests.map(({ step, status }) => `${step} ${status}`)).toEqual([
    'key-sets 200',
    'unsigned 403',
    'empty 400',
    'key-sets 200',
    'sessions 201',
    'authenticators 400',
  ]);
  expect(code).toBe(0);
  expect(network.sessions).toHaveLength(1);

  network.injectFaults(undefined, undefined, { status: 400, body: {} }, undefined, 'LOSE_ANSWER');
  const lost = await run(words, endpoint);
  expect(JSON.parse(lost.printed).findings).toContainEqual({
    id: 'sessions-answer',
    verdict: 'NOT_REACHED',
    seen: 'the connection broke, or a redirect came',
  });
  expect(network.sessions).toHaveLength(2);
  await network.stop();
});
