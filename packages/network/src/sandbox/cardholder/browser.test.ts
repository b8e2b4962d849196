import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noteCutAnswers, openBrowser, sendInto } from './browser.ts';
import { openDevice } from './device.ts';

const NETWORK = 'https://verify.example';
const CALLBACK = 'https://bank.example/callback?state="a"&b=<c>';
const app = Fastify();
const seen: {
  readonly url: string;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
  readonly ip: string;
}[] = [];
/** How many of the next answers are lost. */
let lost = 0;
/** Aborted when the route that never answers is called. */
const waiting = new AbortController();

beforeAll(async () => {
  noteCutAnswers(app);
  app.addHook('preHandler', async ({ url, headers, body, ip }) => void seen.push({ url, headers, body, ip }));
  app.addHook('onSend', async (_request, reply) => {
    if (lost === 0) return;
    lost -= 1;
    reply.raw.destroy();
  });
  app.post('/auth/passkeys/open', async (_request, reply) =>
    reply
      .header('set-cookie', ['__Host-device=d1; Path=/; Secure', '__Host-ceremony=c1; Path=/'])
      .send({ opened: true }),
  );
  app.post('/auth/passkeys/result', async () => ({ redirect: 'https://bank.example/callback' }));
  app.post('/auth/passkeys/end', async (_request, reply) =>
    reply
      .code(503)
      .send({ returnTo: 'https://bank.example/callback', errordetail: [{ reason: 'UNAVAILABLE', source: '' }] }),
  );
  app.get('/auth/verification', async (_request, reply) => reply.redirect('/auth/passkeys?verification=answered', 303));
  app.post('/auth/passkeys/consent', () => {
    waiting.abort();
    return new Promise(() => {});
  });
  app.post('/auth/passkeys/return', async ({ body }) => {
    const known = (body as { readonly clientId?: string }).clientId === 'bank';
    return known ? { returnTo: CALLBACK } : {};
  });
  await app.ready();
});
afterAll(() => app.close());
beforeEach(() => {
  seen.length = 0;
  lost = 0;
});

const open = (device = openDevice()) => ({
  device,
  browser: openBrowser(device, { send: sendInto(app, '203.0.113.9'), publicUrl: NETWORK }),
});

describe('the calls of the page', () => {
  test('have the origin, the token, the cookies, and the address of the caller', async () => {
    const { browser, device } = open();
    await browser.open({ clientId: 'bank', authenticationSessionId: 's1', accessToken: 'token' });
    await browser.result({ id: 'a' });
    const [first, second] = seen;
    expect(first).toMatchObject({
      ip: '203.0.113.9',
      body: { clientId: 'bank', authenticationSessionId: 's1' },
      headers: { origin: NETWORK, 'sec-fetch-site': 'same-origin', authorization: 'Bearer token' },
    });
    expect(first?.headers.cookie).toBeUndefined();
    expect(second).toMatchObject({
      body: { authenticationSessionId: 's1', credential: { id: 'a' } },
      headers: { cookie: '__Host-device=d1; __Host-ceremony=c1' },
    });
    expect([...device.cookies]).toEqual([
      ['__Host-device', 'd1'],
      ['__Host-ceremony', 'c1'],
    ]);
  });

  test('an answer that is lost: the result is sent once more, other calls are not', async () => {
    const { browser } = open();
    lost = 1;
    expect(await browser.result({ id: 'a' })).toEqual({ answer: { redirect: 'https://bank.example/callback' } });
    lost = 2;
    expect(await browser.result({ id: 'a' })).toMatchObject({
      refusal: { reason: 'UNKNOWN_ERROR', unreachable: true },
    });
    lost = 1;
    expect(await browser.open({})).toMatchObject({ refusal: { reason: 'UNKNOWN_ERROR' } });
    expect(lost).toBe(0);
  });

  test('an answer that takes longer than the page waits is lost', async () => {
    const send = sendInto(app, '203.0.113.9', () => waiting.signal);
    const browser = openBrowser(openDevice(), { send, publicUrl: NETWORK });
    expect(await browser.consent({ language: 'en', statement: 'I agree.' })).toMatchObject({
      refusal: { reason: 'UNKNOWN_ERROR', unreachable: true },
    });
  });

  test('an error has the reason of its status, and the callback', async () => {
    expect(await open().browser.end('USER_CANCELLATION')).toEqual({
      refusal: {
        reason: 'SERVICE_UNAVAILABLE',
        status: 503,
        returnTo: 'https://bank.example/callback',
        codes: ['UNAVAILABLE'],
        sources: [''],
      },
    });
  });
});

test('the network tells the callback of a launch', async () => {
  const { browser } = open();
  expect(await browser.findReturnAddress({ clientId: 'bank', accessToken: 'token' })).toBe(CALLBACK);
  expect(seen[0]).toMatchObject({ url: '/auth/passkeys/return', body: { clientId: 'bank' } });
  expect(seen[0]?.headers.authorization).toBeUndefined();
  expect(await browser.findReturnAddress({})).toBeUndefined();
});

test('a link is followed once, without the origin of a call', async () => {
  expect(await open().browser.follow('/auth/verification?response=a')).toBe('/auth/passkeys?verification=answered');
  expect(seen[0]?.headers.origin).toBeUndefined();
});
