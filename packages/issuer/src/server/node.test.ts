/** The handlers on Node's own server and on Express, mounted as in the docs, with the memory store. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildExpressBank } from '../../examples/express.mjs';
import { BANK, buildStart } from '../../test/start.fixture.ts';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { createIssuer, createMemoryEnrolmentStore, type Issuer, ourNetwork, toNodeHandler } from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const clock = () => NOW;
const servers: Server[] = [];
let network: NetworkDouble;
let issuer: Issuer;

beforeAll(async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  network = await startNetworkDouble({ clock });
  issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [BANK],
    store: createMemoryEnrolmentStore(),
    clock,
  });
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

afterAll(async () => {
  await issuer.close();
  await network.stop();
  vi.restoreAllMocks();
});

/** Listens on loopback. Answers the server's address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
}

test('on Express, as the docs show it: the whole trip, with a form that a body parser has read', async () => {
  const forms: unknown[] = [];
  const app = buildExpressBank({
    issuer,
    origin: BANK,
    signedIn: (cookie: string) => (cookie?.includes('session=1') ? 'customer-1' : undefined),
    accountsOf: (_cardholderId: string, form: FormData) => {
      forms.push([...form]);
      const { accounts, verification, consent, complianceResources } = buildStart(NOW);
      return { accounts, verification, consent, complianceResources };
    },
    show: (outcome: object) => Response.json({ ...outcome, error: undefined }),
  });
  const address = await serve(app);
  const body = new URLSearchParams([
    ['consent', 'agreed'],
    ['account', 'card-1'],
    ['account', 'card-2'],
  ]);
  const headers = { cookie: 'session=1', origin: BANK };
  const left = await fetch(`${address}/passkeys`, { method: 'POST', body, headers, redirect: 'manual' });
  expect(left.status).toBe(303);
  expect(new URL(left.headers.get('location') ?? '').origin).toBe(network.url);
  expect(forms).toEqual([[...body]]);

  const cookie = `session=1; ${left.headers.getSetCookie()[0]?.split(';')[0]}`;
  const { pathname, search } = new URL(network.callback({ proof: await network.issueProof() }));
  const back = await fetch(address + pathname + search, { headers: { cookie } });
  expect(await back.json()).toMatchObject({ status: 'ENROLLED', enrolment: { cardholderId: 'customer-1' } });

  const foreign = await fetch(`${address}/passkeys`, { method: 'POST', body, headers: { cookie: 'session=1' } });
  expect(foreign.status).toBe(403);
});

describe('toNodeHandler', () => {
  const origin = 'https://bank.example';
  const echo = async (request: Request) =>
    Response.json({
      url: request.url,
      method: request.method,
      body: await request.text(),
      cookie: request.headers.get('cookie'),
    });

  test("the address is of the host's own origin, whatever the Host header or the target says", async () => {
    const address = await serve(toNodeHandler(echo, { origin }));
    const answer = await fetch(`${address}//evil.example/a?b=1`, { headers: { host: 'evil.example' } });
    expect(await answer.json()).toMatchObject({ url: 'https://bank.example//evil.example/a?b=1', method: 'GET' });
  });

  test('below a router of Express the address is the whole one, and what JSON was is JSON again', async () => {
    const router = express.Router().post('/start', toNodeHandler(echo, { origin }));
    const address = await serve(express().use(express.json()).use('/passkeys', router));
    const json = { method: 'POST', body: '{"a": [1]}', headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${address}/passkeys/start`, json);
    expect(await answer.json()).toMatchObject({ url: 'https://bank.example/passkeys/start', body: '{"a":[1]}' });
  });

  test('every cookie is set by a header of its own, and nothing of the answer is lost', async () => {
    const headers = new Headers({ 'x-own': 'a', 'content-type': 'text/plain' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    const address = await serve(toNodeHandler(async () => new Response('é', { status: 201, headers }), { origin }));
    const answer = await fetch(address);
    expect([answer.status, await answer.text(), answer.headers.get('x-own')]).toEqual([201, 'é', 'a']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('64 KiB of body are read, one byte more is 413', async () => {
    const address = await serve(toNodeHandler(echo, { origin }));
    const post = (bytes: number) => fetch(address, { method: 'POST', body: 'x'.repeat(bytes) });
    expect((await post(64 * 1024)).status).toBe(200);
    expect((await post(64 * 1024 + 1)).status).toBe(413);
  });

  test("what the handler rejects with is 500 without a word of it, and told to the host; Express's own handler is asked", async () => {
    const failure = new Error('secret text');
    const told: unknown[] = [];
    const failing = () => Promise.reject(failure);
    const plain = await serve(toNodeHandler(failing, { origin, onError: (error) => told.push(error) }));
    const answer = await fetch(plain);
    expect([answer.status, await answer.text(), told]).toEqual([500, '', [failure]]);

    const app = express().get('/', toNodeHandler(failing, { origin }));
    app.use(((_error, _request, response, _next) => response.sendStatus(503)) as express.ErrorRequestHandler);
    expect((await fetch(await serve(app))).status).toBe(503);
  });

  test.each([
    ['origin', echo, {}],
    ['origin', echo, { origin: 'https://bank.example/' }],
    ['onError', echo, { origin, onError: null }],
    ['handler', undefined, { origin }],
  ])('without a right %s it is INVALID_OPTIONS', (name, handler, options) => {
    const mount = () => toNodeHandler(handler as never, options as never);
    expect(mount).toThrow(expect.objectContaining({ name: 'IssuerError', code: 'INVALID_OPTIONS' }));
    expect(mount).toThrow(name);
  });
});
