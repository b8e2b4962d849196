/** The parameters that a launch may have, and the addresses that it may lead to (contract §2, §3). */

import {
  encodeComplianceSettings,
  GO_BACK_PATH,
  OPEN_PATH,
  RETURN_ADDRESS_SECONDS,
  RETURN_PATH,
} from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ofRequests, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());

/** Makes a Sessions call without some of its fields, and opens the session. Answers the opening's answer. */
async function launch(without: readonly string[], changes: Readonly<Record<string, unknown>> = {}) {
  const info = Object.entries(buildSessionInfo(network.now)).filter(([name]) => !without.includes(name));
  const { status, body: session } = await network.client.sendInfo(Object.fromEntries(info));
  expect(status).toBe(201);
  const browser = network.browser();
  return { session, browser, answer: await browser.open(session.uri, changes) };
}
const settings = () => {
  const { complianceSettings } = buildSessionInfo(network.now);
  if (complianceSettings === undefined) throw new Error('The builder has them.');
  return complianceSettings;
};
const told = ({ status, body }: { readonly status: number; readonly body: { errordetail: { reason: string }[] } }) => [
  status,
  body.errordetail[0]?.reason,
];

describe('complianceSettings', () => {
  test('of the session are enough', async () => {
    expect((await launch([])).answer.status).toBe(200);
  });

  test('may come at launch, as base64url of JSON or as the object', async () => {
    const encoded = await launch(['complianceSettings'], { complianceSettings: encodeComplianceSettings(settings()) });
    expect(encoded.answer.status).toBe(200);
    const plain = await launch(['complianceSettings'], { complianceSettings: settings() });
    expect(plain.answer.status).toBe(200);
  });

  test('that came at launch need not come again with a reload', async () => {
    const { session, browser } = await launch(['complianceSettings'], { complianceSettings: settings() });
    expect((await browser.open(session.uri)).status).toBe(200);
  });

  test.each([
    ['missing', undefined],
    ['not base64', '***'],
    ['not JSON', Buffer.from('text').toString('base64url')],
    ['one of the two', encodeComplianceSettings({ complianceResources: settings_of('PRIVACY_POLICY') })],
  ])(
    'of neither session nor launch, %s: 400 COMPLIANCE_INCOMPLETE, and the session stays as it was',
    async (_how, value) => {
      const { session, browser, answer } = await launch(['complianceSettings'], { complianceSettings: value });
      expect(told(answer)).toEqual([400, 'COMPLIANCE_INCOMPLETE']);
      expect(answer.body.errordetail[0].source).toBe('/complianceSettings');
      expect(answer.body.returnTo).toBe('http://bank.localhost:4001/passkeys/callback?state=abc');
      expect(browser.cookies.size).toBe(0);
      const again = await browser.open(session.uri, { complianceSettings: settings() });
      expect(again.status).toBe(200);
    },
  );

  function settings_of(complianceType: string) {
    return [{ complianceType, uri: 'https://a.example/', version: '1', datePublished: '2026-01-01' }];
  }
});

describe('callbackUri', () => {
  const open = (callbackUri: string | undefined) => launch(['callbackUri'], { callbackUri });

  test.each([
    ['http://bank.localhost:4001/cb?state=1', 'exactly'],
    ['https://bank.localhost/cb', 'exactly, on the default port'],
    ['https://www.bank.example/cb', 'by a registered *.suffix'],
    ['https://a.b.bank.example:8443/cb', 'by a suffix, any port in sandbox mode'],
  ])('%s of the query is gone to: on the allow-list %s', async (callbackUri) => {
    const { browser, answer } = await open(callbackUri);
    expect([answer.status, answer.body.returnTo]).toEqual([200, callbackUri]);
    const { redirect } = (await browser.end('USER_CANCELLATION')).body;
    const separator = callbackUri.includes('?') ? '&' : '?';
    expect(redirect).toBe(`${callbackUri}${separator}status=CANCELLED&reason=USER_CANCELLATION`);
  });

  test.each([
    [undefined, 400, 'CALLBACK_MISSING'],
    ['https://bank.example/cb', 403, 'CALLBACK_NOT_ALLOWED'],
    ['https://other.example/cb', 403, 'CALLBACK_NOT_ALLOWED'],
    ['https://www.bank.example.other.example/cb', 403, 'CALLBACK_NOT_ALLOWED'],
    ['https://otherbank.example/cb', 403, 'CALLBACK_NOT_ALLOWED'],
    ['com.example.bank:/cb', 403, 'CALLBACK_NOT_ALLOWED'],
    ['http://www.bank.example/cb', 400, 'CALLBACK_INVALID'],
    ['https://user@www.bank.example/cb', 400, 'CALLBACK_INVALID'],
    ['https://www.bank.example/cb?status=ENROLLED', 400, 'CALLBACK_INVALID'],
    ['https://www.bank.example/cb#top', 400, 'CALLBACK_INVALID'],
    ['https:\\\\www.bank.example', 400, 'CALLBACK_INVALID'],
    ['javascript:alert(1)//www.bank.example', 400, 'CALLBACK_INVALID'],
    ['//www.bank.example/cb', 400, 'CALLBACK_INVALID'],
  ])('%s of the query is never gone to: %i %s', async (callbackUri, status, reason) => {
    const { session, browser, answer } = await open(callbackUri);
    expect(told(answer)).toEqual([status, reason]);
    expect(answer.body.returnTo).toBeUndefined();
    expect(answer.body.errordetail[0].source).toBe('/callbackUri');
    // Nothing was consumed.
    expect((await browser.open(session.uri, { callbackUri: 'https://www.bank.example/cb' })).status).toBe(200);
  });

  test("the session's own wins when both are given", async () => {
    const { answer } = await launch([], { callbackUri: 'https://www.bank.example/cb' });
    expect(answer.body.returnTo).toBe('http://bank.localhost:4001/passkeys/callback?state=abc');
  });

  test('a private-use scheme of the session is gone to where it is registered', async () => {
    const { status, body: session } = await network.client.startSession({
      info: { callbackUri: 'com.example.bank:/cb' },
    });
    expect(status).toBe(201);
    const browser = network.browser();
    await browser.open(session.uri);
    const { redirect } = (await browser.end('USER_CANCELLATION')).body;
    expect(redirect).toBe('com.example.bank:/cb?status=CANCELLED&reason=USER_CANCELLATION');
  });
});

describe('the handles', () => {
  test.each(['clientId', 'authenticationSessionId', 'clientSessionId'])('%s is needed', async (name) => {
    const { answer } = await launch([], { [name]: undefined });
    expect(told(answer)).toEqual([400, 'MISSING_FIELD']);
    expect(answer.body.errordetail.map(({ source }: { source: string }) => source)).toEqual([`/${name}`]);
  });

  test.each([
    ['clientId', 'other-bank'],
    ['clientSessionId', '00000000-0000-4000-8000-000000000000'],
    ['authenticationSessionId', 'A'.repeat(32)],
  ])('%s of another session is 404, and nothing is spent', async (name, value) => {
    const { session, answer } = await launch([], { [name]: value });
    expect(told(answer)).toEqual([404, 'SESSION_NOT_FOUND']);
    expect((await network.browser().open(session.uri)).status).toBe(200);
  });

  test('a clientSessionId is the same in upper case', async () => {
    const { body: session } = await network.client.startSession();
    const clientSessionId = session.clientSessionId.toUpperCase();
    expect((await network.browser().open(session.uri, { clientSessionId })).status).toBe(200);
  });
});

describe('the answer', () => {
  test("shows the client's name and the accounts, masked, and nothing else of them", async () => {
    const { answer } = await launch([]);
    expect(answer.body.display).toEqual({
      clientName: 'Test Bank',
      accounts: [
        { kind: 'CARD', masked: '•••• 4444' },
        { kind: 'EMAIL', masked: 'a•••@m•••.example' },
        { kind: 'MOBILE', masked: '••• 23' },
      ],
      locale: 'en-US',
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/555555|avery|5550100/);
  });

  test("speaks the session's locale, the launch's, or the language of the consent", async () => {
    expect((await launch([], { locale: 'de' })).answer.body.display.locale).toBe('en-US');
    expect((await launch(['locale'], { locale: 'de-DE' })).answer.body.display.locale).toBe('de-DE');
    expect((await launch(['locale'])).answer.body.display.locale).toBe('en');
    expect((await launch(['locale'], { locale: '<script>' })).answer.body.display.locale).toBe('en');
  });

  test('sets cookies that are first-party: __Host-, HttpOnly, Secure, SameSite=Lax', async () => {
    const { body: session } = await network.client.startSession();
    const { headers } = await network.browser().open(session.uri);
    const lines = headers.getSetCookie();
    expect(lines.map((line) => line.split('=')[0]).sort()).toEqual(['__Host-ceremony', '__Host-device']);
    for (const line of lines)
      expect(line).toMatch(/^__Host-[a-z]+=[A-Za-z0-9_-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const device = lines.find((line) => line.startsWith('__Host-device'));
    expect(device).toMatch(`Max-Age=${396 * 24 * 60 * 60};`);
  });

  test('is for nobody to keep', async () => {
    const { answer } = await launch([]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('GET /auth/passkeys', () => {
  const get = (path: string) => fetch(network.address + path);

  test('is the hosted page: never framed, never cached, its own scripts and nobody else’s', async () => {
    const { body: session } = await network.client.startSession();
    const response = await get(session.uri.slice(network.publicUrl.length).replace(/#.*/, ''));
    expect(response.status).toBe(200);
    const { headers } = response;
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self'", "connect-src 'self'"]) {
      expect(policy.split('; ')).toContain(rule);
    }
    expect(policy).not.toMatch(/unsafe|\*/);
    const [, link = ''] = /<a id="no-script-return"[^>]* href="([^"]*)"/.exec(await response.text()) ?? [];
    const followed = await fetch(network.address + link, { redirect: 'manual' });
    expect([followed.status, followed.headers.get('location')]).toEqual([
      303,
      'http://bank.localhost:4001/passkeys/callback?state=abc&status=ERROR&reason=UNKNOWN_ERROR',
    ]);
  });

  test('asks the database nothing', async () => {
    const { body: session } = await network.client.startSession();
    const query = vi.spyOn(network.running.network.pool, 'query');
    const response = await get(session.uri.slice(network.publicUrl.length).replace(/#.*/, ''));
    expect([response.status, ofRequests(query.mock.calls)]).toEqual([200, []]);
    query.mockRestore();
  });

  test.each([
    '/auth/passkeys',
    '/auth/passkeys?clientId=%00&authenticationSessionId=%ff&clientSessionId=%',
    `/auth/passkeys?authenticationSessionId=${'A'.repeat(4000)}`,
    '/auth/passkeys?clientId=test-bank&callbackUri=https://other.example/',
    '/auth/passkeys?clientId=test-bank&callbackUri=javascript:alert(1)',
    '/auth/passkeys?clientId=test-bank&clientId=test-bank&callbackUri[]=x',
  ])('%s opens all the same, and tells no address to go to', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    const html = await response.text();
    expect(html).not.toMatch(/other\.example|alert\(1\)/);
    expect(html).not.toContain('{{');
  });

  test('an address of the query does not stand in it; the way back leads to it if it is allow-listed', async () => {
    const callbackUri = encodeURI(`https://www.bank.example/cb?a="><script>alert(1)</script>&b='`);
    const query = new URLSearchParams({ clientId: 'test-bank', callbackUri });
    const html = await (await get(`/auth/passkeys?${query}`)).text();
    expect(html).not.toContain('www.bank.example');
    expect(html).not.toContain('<script>alert');
    const [, link = ''] = /<a id="no-script-return"[^>]* href="([^"]*)"/.exec(html) ?? [];
    const { headers } = await fetch(network.address + link, { redirect: 'manual' });
    expect(headers.get('location')).toMatch(/^https:\/\/www\.bank\.example\/cb\?.*&status=ERROR&reason=UNKNOWN_ERROR$/);
  });

  test.each([
    '',
    '?launch=',
    '?launch=e30',
    '?launch=%00',
    '?launch=WzFd',
    '?launch=eyJjbGllbnRJZCI6MX0',
    '?launch=a&launch=b',
  ])('there is no way back by %j', async (query) => {
    const answer = await fetch(network.address + GO_BACK_PATH + query, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([404, null]);
  });

  test('the way back of a session ends a day after the session, for the page and for a browser without scripts', async () => {
    const { body: session } = await network.client.startSession();
    const { authenticationSessionId, expiresAt } = session;
    const launch = Buffer.from(JSON.stringify({ authenticationSessionId })).toString('base64url');
    const ask = async () => {
      const { headers } = await fetch(`${network.address}${GO_BACK_PATH}?launch=${launch}`, { redirect: 'manual' });
      const { body } = await network.browser().post(RETURN_PATH, { authenticationSessionId });
      return [headers.get('location')?.split('&')[0], body.returnTo];
    };
    const callback = 'http://bank.localhost:4001/passkeys/callback?state=abc';
    const { now } = network;
    try {
      network.now = new Date(Date.parse(expiresAt) + RETURN_ADDRESS_SECONDS * 1000 - 1);
      expect(await ask()).toEqual([callback, callback]);
      network.now = new Date(Date.parse(expiresAt) + RETURN_ADDRESS_SECONDS * 1000);
      expect(await ask()).toEqual([undefined, undefined]);
    } finally {
      network.now = now;
    }
  });

  test('its back end is called with POST only', async () => {
    const answer = await get(OPEN_PATH);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
