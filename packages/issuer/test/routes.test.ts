/** The two routes of a bank: as handlers of the Fetch standard, as a Fastify plugin, and as JSON for its app. */
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import Fastify, { type FastifyInstance, type FastifyRequest, type preHandlerHookHandler } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EnrolmentRoutesOptions, enrolmentRoutes } from '../src/server/fastify.ts';
import {
  createAppHandlers,
  createEnrolmentHandlers,
  createIssuer,
  createPostgresEnrolmentStore,
  ENROLMENT_MIGRATION,
  type EnrolmentHooks,
  type Issuer,
  type IssuerEvent,
  ourNetwork,
  type RouteOutcome,
} from '../src/server/index.ts';
import { type NetworkDouble, refuse, startNetworkDouble } from '../src/testing/index.ts';
import { BANK, buildStart } from './start.fixture.ts';
import { createTestTime, type TestTime } from './time.fixture.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const CALLBACK = `${BANK}/passkeys/callback`;

let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
let time: TestTime = createTestTime(START);
let issuer: Issuer;
let events: IssuerEvent[];
/** The signed-in customer, for the hooks. */
let signedIn: string | undefined;
let kept: string[];

beforeAll(async () => {
  database = await createThrowawayDatabase({});
  await database.pool.query(ENROLMENT_MIGRATION);
  network = await startNetworkDouble({ clock: () => time.clock() });
});

afterAll(async () => {
  await network.stop();
  await database.close();
});

beforeEach(() => {
  time = createTestTime(START);
  events = [];
  kept = [];
  signedIn = 'customer-1';
  issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [BANK],
    store: createPostgresEnrolmentStore(database.pool),
    clock: time.clock,
    timers: time.timers,
    onEvent: (event) => void events.push(event),
  });
  return () => issuer.close();
});

function hooks<HostRequest>(): EnrolmentHooks<HostRequest> {
  return {
    cardholder: () => signedIn,
    enrolment: () => {
      const { accounts, verification, consent, complianceResources } = buildStart(time.clock());
      return { accounts, verification, consent, complianceResources };
    },
    started: ({ clientSessionId, cardholderId, details }) => {
      kept.push(`${clientSessionId} ${cardholderId} ${details.consent.country}`);
    },
  };
}

const cookieOf = (setCookie: unknown) => String(setCookie).split(';')[0] ?? '';
const proofCallback = async () => network.callback({ proof: await network.issueProof() });

describe('handlers of the Fetch standard', () => {
  const render = (outcome: RouteOutcome) =>
    Response.json({ ...outcome, error: undefined }, { headers: { 'cache-control': 'max-age=600' } });
  const handlers = () => createEnrolmentHandlers({ issuer, callbackUri: CALLBACK, ...hooks(), render });
  const post = (headers: Record<string, string> = {}) => new Request(`${BANK}/passkeys`, { method: 'POST', headers });

  test('start: 303 to the network with the cookie, after the consent was kept; nothing caches or refers to it', async () => {
    const answer = await handlers().start(post());
    expect(answer.status).toBe(303);
    expect(new URL(answer.headers.get('location') ?? '').origin).toBe(network.url);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-payment-passkey=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(kept).toEqual([`${network.sessions.at(-1)?.clientSessionId} customer-1 US`]);
  });

  test("callback: the cookie is found among the host's own, and the outcome rendered, cached by nobody", async () => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    const request = new Request(await proofCallback(), { headers: { cookie: `a=1; ${cookie}; b=2` } });
    const answer = await handlers().callback(request);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toMatchObject({ status: 'ENROLLED', nextStep: 'NONE' });
  });

  test("a browser's cookie is kept for the second tab", async () => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    const again = await handlers().start(post({ cookie }));
    expect(cookieOf(again.headers.get('set-cookie'))).toBe(cookie);
  });

  test('the cookie twice is no cookie: one of the two was planted', async () => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    const planted = `__Host-payment-passkey=${'A'.repeat(43)}`;
    const request = new Request(await proofCallback(), { headers: { cookie: `${planted}; ${cookie}` } });
    expect(await (await handlers().callback(request)).json()).toMatchObject({ because: 'OTHER_BROWSER' });
  });

  test('signed out: nothing is sent; on the way back nothing is touched, and it completes after the sign-in', async () => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    const url = await proofCallback();
    const calls = network.calls.length;
    signedIn = undefined;
    const start = await (await handlers().start(post())).json();
    expect(start).toEqual({ status: 'SIGNED_OUT', stage: 'START', nextStep: 'SIGN_IN' });
    const callback = () => handlers().callback(new Request(url, { headers: { cookie } }));
    expect(await (await callback()).json()).toEqual({ status: 'SIGNED_OUT', stage: 'RETURN', nextStep: 'SIGN_IN' });
    expect(network.calls.length).toBe(calls);
    signedIn = 'customer-1';
    expect(await (await callback()).json()).toMatchObject({ status: 'ENROLLED' });
  });

  test('signed in as somebody else: ignored', async () => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    signedIn = 'customer-2';
    const request = new Request(await proofCallback(), { headers: { cookie } });
    expect(await (await handlers().callback(request)).json()).toMatchObject({ because: 'OTHER_CARDHOLDER' });
  });

  test('the network is down: UNFINISHED, with what to do at each stage', async () => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    const url = await proofCallback();
    network.injectFaults('RESET', 'RESET', 'RESET');
    expect(await (await handlers().start(post())).json()).toMatchObject({ stage: 'START', nextStep: 'TRY_LATER' });
    expect(kept).toHaveLength(1);
    network.injectFaults('RESET', 'RESET');
    const request = () => new Request(url, { headers: { cookie } });
    expect(await (await handlers().callback(request())).json()).toMatchObject({ stage: 'RETURN', nextStep: 'RELOAD' });
    network.injectFaults();
    time.pass(10_000);
    expect(await (await handlers().callback(request())).json()).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    ['STALE', 'SIGN_IN'],
    ['CARD_EXPIRED', 'CONTACT_US'],
  ] as const)('the network refuses with %s: %s', async (code, nextStep) => {
    network.injectFaults(undefined, refuse(code));
    expect(await (await handlers().start(post())).json()).toMatchObject({ status: 'UNFINISHED', nextStep });
  });

  test.each(['HEAD', 'POST'])('%s at the callback completes nothing', async (method) => {
    const cookie = cookieOf((await handlers().start(post())).headers.get('set-cookie'));
    const bindings = network.bindings.length;
    const answer = await handlers().callback(new Request(await proofCallback(), { method, headers: { cookie } }));
    expect([answer.status, answer.headers.get('allow'), network.bindings.length]).toEqual([405, 'GET', bindings]);
  });

  test('GET at the start starts nothing', async () => {
    const answer = await handlers().start(new Request(`${BANK}/passkeys`));
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test("what a hook throws is the host's to handle, and nobody leaves", async () => {
    const mine = new Error('mine');
    const failing = createEnrolmentHandlers({
      issuer,
      callbackUri: CALLBACK,
      ...hooks<Request>(),
      started: () => Promise.reject(mine),
      render,
    });
    await expect(failing.start(post())).rejects.toBe(mine);
  });
});

describe('the Fastify plugin', () => {
  const guardStart: preHandlerHookHandler = (request, reply, done) => {
    if (request.headers.origin === BANK) return done();
    void reply.code(403).send('cross-site');
  };
  const plugin = (changes: Partial<EnrolmentRoutesOptions> = {}) =>
    enrolmentRoutes({
      issuer,
      callbackUri: CALLBACK,
      startPath: '/passkeys',
      guardStart,
      ...hooks<FastifyRequest>(),
      render: ({ status, nextStep }, _request, reply) => reply.send({ status, nextStep }),
      ...changes,
    });
  async function open(): Promise<FastifyInstance> {
    const app = Fastify();
    await app.register(plugin());
    return app;
  }
  const start = (app: FastifyInstance, origin = BANK) =>
    app.inject({ method: 'POST', url: '/passkeys', headers: { origin } });

  test('two routes and done: leaves, comes back, enrolled; a reload gives the same', async () => {
    const app = await open();
    const left = await start(app);
    expect(left.statusCode).toBe(303);
    expect(new URL(String(left.headers.location)).origin).toBe(network.url);
    expect(left.headers['cache-control']).toBe('no-store');
    const { pathname, search } = new URL(await proofCallback());
    const back = () =>
      app.inject({ url: pathname + search, headers: { cookie: cookieOf(left.headers['set-cookie']) } });
    expect((await back()).json()).toEqual({ status: 'ENROLLED', nextStep: 'NONE' });
    expect((await back()).json()).toEqual({ status: 'ENROLLED', nextStep: 'NONE' });
    expect(network.bindings.filter((status) => status === 201).length).toBeGreaterThan(0);
    await app.close();
  });

  test("a start that the bank's guard refuses sends nobody away", async () => {
    const app = await open();
    const calls = network.calls.length;
    expect((await start(app, 'https://evil.example')).statusCode).toBe(403);
    expect(network.calls.length).toBe(calls);
    await app.close();
  });

  test('there is no HEAD beside the callback', async () => {
    const app = await open();
    const left = await start(app);
    const bindings = network.bindings.length;
    const { pathname, search } = new URL(await proofCallback());
    const headers = { cookie: cookieOf(left.headers['set-cookie']) };
    expect((await app.inject({ method: 'HEAD', url: pathname + search, headers })).statusCode).toBe(404);
    expect(network.bindings.length).toBe(bindings);
    await app.close();
  });
});

describe('for an app', () => {
  const app = () => createAppHandlers({ issuer, callbackUri: CALLBACK, ...hooks() });
  const json = (body: unknown) =>
    new Request(`${BANK}/app`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

  test('the app keeps the secret and hands it in with the callback', async () => {
    const started = await (await app().start(json({}))).json();
    expect(started).toEqual({
      uri: expect.stringContaining(network.url),
      callbackUri: CALLBACK,
      browser: expect.stringMatching(/^[\w-]{43}$/),
    });
    const url = await proofCallback();
    const without = await app().complete(json({ url, browser: 'A'.repeat(43) }));
    expect(await without.json()).toEqual({
      status: 'IGNORED',
      reason: 'OTHER_BROWSER',
      nextStep: 'SWITCH_BROWSER',
      ifThatFails: 'TRY_AGAIN',
    });
    const { browser } = started as { browser: string };
    expect(await (await app().complete(json({ url, browser }))).json()).toEqual({
      status: 'ENROLLED',
      nextStep: 'NONE',
    });
  });

  test('a failure comes with its reason', async () => {
    const { browser } = (await (await app().start(json({}))).json()) as { browser: string };
    const url = network.callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' });
    expect(await (await app().complete(json({ url, browser }))).json()).toEqual({
      status: 'CANCELLED',
      reason: 'USER_CANCELLATION',
      nextStep: 'NONE',
    });
  });

  test.each(['no JSON', '{"url":1}', 'null', '{}', `{"url":"${'x'.repeat(17_000)}","browser":"b"}`])(
    'a body that is not one: 400',
    async (body) => {
      expect((await app().complete(json(body))).status).toBe(400);
    },
  );

  test('signed out is 401, unfinished 503', async () => {
    network.injectFaults('RESET', 'RESET', 'RESET');
    expect((await app().start(json({}))).status).toBe(503);
    signedIn = undefined;
    expect((await app().start(json({}))).status).toBe(401);
  });
});

describe('events', () => {
  test('tell of launch, return and binding, and of nobody in particular', async () => {
    const { cookie } = await issuer.startEnrolment(buildStart(time.clock()));
    time.pass(30_000);
    const failure = network.callback({ status: 'ERROR', reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' });
    await issuer.completeEnrolment({ url: failure, browser: cookie.value });
    const url = await proofCallback();
    time.pass(30_000);
    await issuer.completeEnrolment({ url, browser: cookie.value });
    await issuer.completeEnrolment({ url, browser: cookie.value });
    await issuer.completeEnrolment({ url, browser: undefined });
    await issuer.completeEnrolment({ url: '/callback', browser: undefined });
    const at = expect.any(Date);
    const returned = { type: 'RETURNED', at, again: false };
    expect(events).toEqual([
      { type: 'LAUNCHED', at, country: 'US', language: 'en', cards: 2, emailAddresses: 1, mobileNumbers: 1 },
      { ...returned, status: 'ERROR', reason: 'CREDENTIALS_CREATION_NOT_ALLOWED', secondsAway: 30 },
      { type: 'BOUND', at, secondsAway: 60 },
      { ...returned, status: 'ENROLLED', secondsAway: 60 },
      { ...returned, status: 'ENROLLED', secondsAway: 60, again: true },
      { ...returned, status: 'IGNORED', reason: 'OTHER_BROWSER', secondsAway: 60, again: true },
      { ...returned, status: 'IGNORED', reason: 'MALFORMED' },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/customer-1|avery|5555|[0-9a-f]{8}-[0-9a-f]{4}|eyJ/);
  });

  test('a hook that throws stops no enrolment', async () => {
    const throwing = createIssuer({
      ...network.client,
      network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
      callbackOrigins: [BANK],
      store: createPostgresEnrolmentStore(database.pool),
      clock: time.clock,
      onEvent: () => {
        throw new Error('analytics are down');
      },
    });
    const { cookie } = await throwing.startEnrolment(buildStart(time.clock()));
    const url = await proofCallback();
    expect(await throwing.completeEnrolment({ url, browser: cookie.value })).toMatchObject({ status: 'ENROLLED' });
    await throwing.close();
  });
});
