/** What the console writes to its log, and how often somebody may try to sign in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConsoleBrowser, invite, WITH_CONSOLE } from './console-browser.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const lines: string[] = [];
let network: TestNetwork;
beforeAll(async () => {
  const logStream = { write: (line: string) => void lines.push(line) };
  const env = { ...WITH_CONSOLE, LOG_LEVEL: 'trace', RATE_LIMIT_SIGN_IN: '8' };
  network = await startTestNetwork(env, new Date('2026-11-28T10:32:00Z'), { logStream });
});
afterAll(() => network.stop());

test('no token, cookie, credential or challenge is in it, also of what was refused', async () => {
  const token = await invite(network, 'SUPPORT', 'Sam Support');
  const browser = createConsoleBrowser(network);
  await browser.accept(token);
  const first = browser.cookies.get('__Host-console');
  await browser.signIn('signature');
  await browser.signIn();
  await browser.accept(token);
  const [passkey] = browser.authenticator.credentials;
  const secrets = [
    token,
    first,
    ...browser.cookies.values(),
    passkey?.credentialId.toString('base64url'),
    'Sam Support',
  ];
  expect(secrets).not.toContain(undefined);
  const log = lines.join('');
  expect(log).toContain('/api/sign-in');
  expect(log).toContain('SIGN_IN_REFUSED');
  for (const secret of secrets) expect(log).not.toContain(secret);
});

test('from one address only so many sign-ins a minute are tried; who is signed in goes on', async () => {
  const browser = createConsoleBrowser(network);
  const ask = () => browser.call('POST', '/api/sign-in/options', {});
  // More than twice the limit, because a new minute may begin during the loop.
  let answer = await ask();
  for (let turn = 0; turn < 20 && answer.status === 200; turn++) answer = await ask();
  expect([answer.status, answer.body.errordetail[0].reason]).toEqual([429, 'TOO_MANY_REQUESTS']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await browser.call('GET', '/api/me')).status).toBe(200);
});
