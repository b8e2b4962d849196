/** The checks that every request must pass before a route sees it (contract §2.1, §6, §7). */
import { connect } from 'node:net';
import { AUTHENTICATORS_PATH, END_PATH, OPEN_PATH, RESULT_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());

const PAGE_PATHS = [OPEN_PATH, RESULT_PATH, END_PATH];
const API_PATHS = [SESSIONS_PATH, AUTHENTICATORS_PATH];
const gateway = ({
  status,
  body,
}: {
  readonly status: number;
  readonly body: { Errors: { Error: { ReasonCode: string }[] } };
}) => [status, body.Errors.Error[0]?.ReasonCode];
const service = ({
  status,
  body,
}: {
  readonly status: number;
  readonly body: { reason: string; errordetail: { reason: string }[] };
}) => [status, body.reason, body.errordetail[0]?.reason];

async function sessionBody(): Promise<string> {
  return JSON.stringify(buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now))));
}

/** Sends the bytes unchanged, and answers all bytes that come back. */
function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(network.address);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

describe("the page's back end", () => {
  test.each(['\u00a0', '\u0085'])(
    'a cookie with %j beside its name is another cookie, which a sibling domain may plant',
    async (mark) => {
      const { body: session } = await network.client.startSession();
      const browser = network.browser();
      await browser.open(session.uri);
      const own = `__Host-ceremony=${browser.cookies.get('__Host-ceremony')}`;
      const planted = `${mark}__Host-ceremony=${'A'.repeat(43)}`;
      const end = (cookie: string) => network.browser().post(END_PATH, { reason: 'USER_CANCELLATION' }, { cookie });
      expect((await end(mark + own)).status).toBe(401);
      expect((await end(own.replace('=', `${mark}=`))).status).toBe(401);
      for (const cookies of [`${planted}; ${own}`, `${own}; ${planted}`, `a=1;\t${own}`])
        expect((await end(cookies)).status).toBe(200);
    },
  );

  test.each(PAGE_PATHS)('%s is called from the hosted page only: any other Origin is 403', async (path) => {
    const browser = network.browser();
    for (const origin of [
      undefined,
      'null',
      'https://other.example',
      'http://verify.localhost',
      'http://verify.localhost:4001',
      'https://verify.localhost:4000',
      'http://VERIFY.localhost:4000',
      'http://verify.localhost:4000/',
      'http://verify.localhost:4000.other.example',
    ]) {
      const answer = await browser.post(path, {}, { origin });
      expect(service(answer), origin).toEqual([403, 'FORBIDDEN', 'ORIGIN_NOT_ALLOWED']);
    }
    for (const site of ['cross-site', 'same-site', 'none']) {
      const answer = await browser.post(path, {}, { 'sec-fetch-site': site });
      expect(service(answer)).toEqual([403, 'FORBIDDEN', 'ORIGIN_NOT_ALLOWED']);
    }
  });

  test.each(PAGE_PATHS)('%s takes JSON only', async (path) => {
    const browser = network.browser();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
      'x',
    ]) {
      const answer = await browser.post(path, {}, { 'content-type': type });
      expect(service(answer), type).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE']);
    }
    const withCharset = await browser.post(path, {}, { 'content-type': 'application/json; charset=utf-8' });
    expect(withCharset.status).not.toBe(415);
  });

  test.each(PAGE_PATHS)('%s: what is not JSON is refused', async (path) => {
    const browser = network.browser();
    for (const body of ['', '{', '{"a":1,}', "{'a':1}", 'NaN', '{"a":1}{"a":1}', '\ufeff{}x']) {
      const answer = await browser.post(path, Buffer.from(body));
      expect(service(answer), body).toEqual([400, 'INVALID_ARGUMENT', 'MALFORMED_JSON']);
    }
    const badUtf8 = await browser.post(path, Buffer.from('{"reason":"\xff"}', 'latin1'));
    expect(service(badUtf8)).toEqual([400, 'INVALID_ARGUMENT', 'MALFORMED_JSON']);
    for (const body of [null, 1, 'text', [], [[]]]) {
      const answer = await browser.post(path, body);
      expect(service(answer)).toEqual([400, 'INVALID_ARGUMENT', 'INVALID_FIELD']);
    }
  });

  test.each(PAGE_PATHS)('%s: over 64 KiB is 413', async (path) => {
    const fits = Buffer.from(`{"a":"${'a'.repeat(64 * 1024 - 8)}"}`);
    expect(fits).toHaveLength(64 * 1024);
    expect((await network.browser().post(path, fits)).status).not.toBe(413);
    const answer = await network.browser().post(path, Buffer.concat([fits, Buffer.from(' ')]));
    expect(service(answer)).toEqual([413, 'PAYLOAD_TOO_LARGE', 'PAYLOAD_TOO_LARGE']);
  });
});

describe('the signed-request guard', () => {
  test.each(API_PATHS)('%s without an OAuth header is 401, in the gateway’s shape', async (path) => {
    for (const authorization of [undefined, '', 'Bearer x', 'Basic dGVzdA==']) {
      const answer = await network.client.send({ path, body: '{}', authorization });
      expect(gateway(answer)).toEqual([401, 'AUTHENTICATION_FAILED']);
      expect(answer.body.Errors.Error[0]).toMatchObject({ Source: 'Gateway', Recoverable: false, Details: null });
    }
  });

  test('a body that is not the signed one is 400 INVALID_BODY_HASH', async () => {
    const authorization = await network.client.sign(SESSIONS_PATH, '{"a":1}');
    const answer = await network.client.send({ path: SESSIONS_PATH, body: '{"a":2}', authorization });
    expect(gateway(answer)).toEqual([400, 'INVALID_BODY_HASH']);
  });

  test('a signature for another path, by another key, or by nobody known is 403', async () => {
    const body = '{}';
    const stranger = await network.addClient({
      clientId: 'stranger',
      consumerKey: 'stranger',
      accountRanges: ['222300'],
    });
    const forPath = await network.client.sign(AUTHENTICATORS_PATH, body);
    const byStranger = (await stranger.sign(SESSIONS_PATH, body)).replace(
      '"stranger"',
      '"test-bank-client%21signing-key-1"',
    );
    const byNobody = (await network.client.sign(SESSIONS_PATH, body)).replace('test-bank-client', 'nobody');
    for (const authorization of [forPath, byStranger, byNobody, 'OAuth x', 'OAuth oauth_consumer_key="a"']) {
      const answer = await network.client.send({ path: SESSIONS_PATH, body, authorization });
      expect(gateway(answer), authorization).toEqual([403, 'AUTHENTICATION_FAILED']);
    }
  });

  test('a timestamp within five minutes, either way', async () => {
    const start = network.now;
    try {
      for (const [minutes, seconds, status] of [
        [5, 0, 201],
        [5, 1, 403],
        [-5, 0, 201],
        [-5, -1, 403],
      ] as const) {
        const body = await sessionBody();
        const signedAt = new Date(start.getTime() + (minutes * 60 + seconds) * 1000);
        network.now = signedAt;
        const authorization = await network.client.sign(SESSIONS_PATH, body);
        network.now = start;
        const answer = await network.client.send({ path: SESSIONS_PATH, body, authorization });
        expect(answer.status, `${minutes}:${seconds}`).toBe(status);
      }
    } finally {
      network.now = start;
    }
  });

  test('a nonce is refused the second time', async () => {
    const body = await sessionBody();
    const authorization = await network.client.sign(SESSIONS_PATH, body);
    expect((await network.client.send({ path: SESSIONS_PATH, body, authorization })).status).toBe(201);
    expect(gateway(await network.client.send({ path: SESSIONS_PATH, body, authorization }))).toEqual([
      403,
      'AUTHENTICATION_FAILED',
    ]);
  });

  test('two Authorization headers are none', async () => {
    const body = await sessionBody();
    const authorization = await network.client.sign(SESSIONS_PATH, body);
    const answer = await sendRaw(
      `POST ${SESSIONS_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Authorization: ${authorization}\r\nAuthorization: ${authorization}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('the signature is held against PUBLIC_URL, whatever the Host header says', async () => {
    for (const host of ['other.example', 'verify.localhost:4000', '127.0.0.1:1', '']) {
      const body = await sessionBody();
      const authorization = await network.client.sign(SESSIONS_PATH, body);
      const answer = await sendRaw(
        `POST ${SESSIONS_PATH} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: other.example\r\nConnection: close\r\n` +
          `Content-Type: application/json\r\nAuthorization: ${authorization}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 201 /);
      expect(answer).toContain('"uri":"http://verify.localhost:4000/auth/passkeys?');
    }
  });

  test('the base string is shown in sandbox mode', async () => {
    const authorization = await network.client.sign(AUTHENTICATORS_PATH, '{}');
    const answer = await network.client.send({ path: SESSIONS_PATH, body: '{}', authorization });
    expect(answer.body.Errors.Error[0].Description).toContain(
      'POST&http%3A%2F%2Fverify.localhost%3A4000%2Fauthentication%2Fsessions&oauth_body_hash',
    );
  });

  test.each(API_PATHS)('%s takes signed JSON only', async (path) => {
    const plain = await network.client.send({ path, body: '{}', contentType: 'text/plain' });
    expect(service(plain)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE']);
    for (const body of ['', '{', 'text', '{"a":1}x', Buffer.from('{"a":"\xff"}', 'latin1')]) {
      const answer = await network.client.send({ path, body });
      expect(service(answer)).toEqual([400, 'INVALID_ARGUMENT', 'MALFORMED_JSON']);
    }
    for (const body of ['null', '1', '[]', '"text"']) {
      expect(service(await network.client.send({ path, body }))).toEqual([400, 'INVALID_ARGUMENT', 'INVALID_FIELD']);
    }
    const large = await network.client.send({ path, body: `{"a":"${'a'.repeat(64 * 1024)}"}` });
    expect(service(large)).toEqual([413, 'PAYLOAD_TOO_LARGE', 'PAYLOAD_TOO_LARGE']);
  });

  test.each(API_PATHS)('%s: a body that nests deeper than the call stack is refused like any other', async (path) => {
    const body = '['.repeat(32_000) + ']'.repeat(32_000);
    expect(service(await network.client.send({ path, body }))).toEqual([400, 'INVALID_ARGUMENT', 'INVALID_FIELD']);
  });
});

describe('a suspended client', () => {
  test('is refused: its calls 403, its cardholders’ sessions 403 with where to return to, until it is resumed', async () => {
    const bank = await network.addClient({ clientId: 'paused', consumerKey: 'paused', accountRanges: ['411111'] });
    const card = { primaryAccountNumber: '4111111111111111', panExpirationMonth: '12', panExpirationYear: '2032' };
    const info = { accountReferences: { cards: [card] } };
    const [toOpen, toFinish] = [await bank.startSession({ info }), await bank.startSession({ info })];
    const browser = network.browser();
    const { body: opened } = await browser.open(toFinish.body.uri);
    const { pool } = network.database;

    await suspendClient(pool, 'paused', bySetUp(network.now));
    expect(gateway(await bank.startSession({ info }))).toEqual([403, 'AUTHENTICATION_FAILED']);
    const refused = await network.browser().open(toOpen.body.uri);
    expect(service(refused)).toEqual([403, 'FORBIDDEN', 'CLIENT_SUSPENDED']);
    expect(refused.body.returnTo).toMatch(/^http:\/\/bank\.localhost/);
    expect(service(await browser.result(browser.answer(opened)))).toEqual([403, 'FORBIDDEN', 'CLIENT_SUSPENDED']);
    expect(service(await browser.end('USER_CANCELLATION'))).toEqual([403, 'FORBIDDEN', 'CLIENT_SUSPENDED']);

    await resumeClient(pool, 'paused', bySetUp(network.now));
    expect((await network.browser().open(toOpen.body.uri)).status).toBe(200);
  });
});

describe('everywhere', () => {
  test('there is nothing at other addresses: 404 in the contract’s shape', async () => {
    for (const [method, path] of [
      ['POST', '/nothing'],
      ['GET', '/nothing?a=1'],
      ['GET', '/auth/passkeys/assets/../../package.json'],
      ['GET', '/auth/passkeys/assets/%2e%2e%2findex.html'],
      ['GET', '/auth/passkeys/assets/nothing.js'],
    ] as const) {
      const response = await fetch(network.address + path, { method });
      const body = (await response.json()) as Parameters<typeof service>[0]['body'];
      expect(service({ status: response.status, body }), path).toEqual([404, 'NOT_FOUND', 'ROUTE_NOT_FOUND']);
    }
  });

  test('an address that cannot be decoded is answered the same way, in nobody else’s words', async () => {
    const answer = await sendRaw('GET /auth/passkeys/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('ROUTE_NOT_FOUND');
    expect(answer).toMatch(/content-security-policy: default-src 'none'/i);
    expect(answer).not.toMatch(/%zz|FST_/);
  });

  test('a whole address as the target is its path and query (RFC 9112 §3.2.2)', async () => {
    for (const origin of ['http://other.example', 'http://verify.localhost:4000', 'http://[']) {
      const answer = await sendRaw(
        `GET ${origin}/auth/passkeys?clientId=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404) /);
    }
  });

  test('no answer is kept, rendered, framed or read across origins, and each has a request id', async () => {
    const answers = [
      await fetch(`${network.address}/nothing`),
      await fetch(`${network.address}/health/live`),
      await fetch(network.address + SESSIONS_PATH, { method: 'POST' }),
    ];
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  test('key sets may be kept for five minutes, and the page’s files for a year', async () => {
    const keys = await fetch(`${network.address}/.well-known/jwks.json`);
    expect(keys.headers.get('cache-control')).toBe('public, max-age=300');
    expect(keys.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    const html = await (await fetch(`${network.address}/auth/passkeys`)).text();
    const [asset = ''] = /\/auth\/passkeys\/assets\/[^"]+\.js/.exec(html) ?? [];
    const script = await fetch(network.address + asset);
    expect(script.status).toBe(200);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('metrics name routes, never addresses', async () => {
    await fetch(`${network.address}/auth/passkeys?clientId=5555555555554444`);
    await fetch(`${network.address}/5555555555554444`);
    const metrics = await (await fetch(`${network.address}/metrics`)).text();
    expect(metrics).toContain('route="/auth/passkeys"');
    expect(metrics).toContain('route="none"');
    const names = metrics.replaceAll(/ \S+$/gm, ''); // without the values: a duration may contain these digits
    expect(names).not.toContain('5555');
  });

  test('health: the process lives, and it can serve', async () => {
    expect((await fetch(`${network.address}/health/live`)).status).toBe(200);
    expect((await fetch(`${network.address}/health/ready`)).status).toBe(200);
  });

  test('the OpenAPI document describes every route of the API', async () => {
    const document = (await (await fetch(`${network.address}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(document.openapi).toMatch(/^3\.1/);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([...PAGE_PATHS, ...API_PATHS, '/.well-known/jwks.json']),
    );
  });
});

describe('too many requests', () => {
  let limited: TestNetwork;
  beforeAll(async () => {
    limited = await startTestNetwork({ RATE_LIMIT_PER_CLIENT: '5', RATE_LIMIT_PER_ADDRESS: '60' });
  });
  afterAll(() => limited.stop());
  // The limiter reads Date, which is frozen, so all calls happen in one second. The time never goes back between tests.
  let now = Date.now();
  const nextSecond = () => {
    now += 1100;
    vi.setSystemTime(now);
  };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    nextSecond();
  });
  afterEach(() => void vi.useRealTimers());

  test('of one client are 429 with Retry-After, and another client is served', async () => {
    const other = await limited.addClient({ clientId: 'other', consumerKey: 'other', accountRanges: ['411111'] });
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => limited.client.send({ path: SESSIONS_PATH, body: '{}' })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(service(answer)).toEqual([429, 'TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    expect((await other.send({ path: SESSIONS_PATH, body: '{}' })).status).toBe(400);
    nextSecond();
    expect((await limited.client.send({ path: SESSIONS_PATH, body: '{}' })).status).toBe(400);
  });

  test('of one address are 429 too, before anything is read of them; health is not counted', async () => {
    const answers = await Promise.all(Array.from({ length: 150 }, () => limited.browser().post(OPEN_PATH, {})));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await fetch(`${limited.address}/health/live`)).status).toBe(200);
    nextSecond();
    expect((await enrol(limited, limited.browser())).redirect).toMatch(/ENROLLED/);
  });
});
