/** The routes of a payment, as handlers of the Fetch standard and as a Fastify plugin, against the network's double. */
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { paymentRoutes } from './fastify.ts';
import {
  createMemoryMerchantStore,
  createMerchant,
  createPaymentHandlers,
  type Merchant,
  MerchantError,
  type PaymentRouteOutcome,
  type StartedForScript,
} from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const CALLBACK_URI = `${SHOP}/payments/callback`;
const CARD = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2090' };

let network: NetworkDouble;
let merchant: Merchant;
let shopperId: string | undefined;
let shown: PaymentRouteOutcome[];

beforeAll(async () => {
  network = await startNetworkDouble({ clock: () => NOW });
});
afterAll(() => network.stop());
beforeEach(() => {
  shopperId = 'robin';
  shown = [];
  network.nextStep = 'AUTHENTICATE';
  network.approvedOrders.clear();
  network.answerWith('/sessions', undefined);
  merchant = createMerchant({
    network: { url: network.url, audience: network.audience },
    ...network.client,
    callbackOrigins: [SHOP],
    store: createMemoryMerchantStore(),
    clock: () => NOW,
  });
});

const flow = () => ({
  merchant,
  callbackUri: CALLBACK_URI,
  shopper: () => shopperId,
  payment: () => ({
    order: { orderId: '1001', amount: '18.00', currency: 'USD', merchantName: 'Tidewick', merchantOrigin: SHOP },
    card: CARD,
  }),
});

describe('createPaymentHandlers', () => {
  const handlers = () =>
    createPaymentHandlers({
      ...flow(),
      render: (outcome) => {
        shown.push(outcome);
        return new Response(outcome.status);
      },
      renderConfirmation: ({ status }) => Response.json({ status }),
    });
  const post = (headers: Readonly<Record<string, string>> = {}, body?: string) =>
    new Request(`${SHOP}/payments`, { method: 'POST', headers, ...(body !== undefined && { body }) });
  const cookieOf = (answer: Response) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const callbackOf = async () => network.callback({ proof: await network.issueProof() });

  test('a form is sent to the network with the cookie, and its return is approved', async () => {
    const { start, callback } = handlers();
    const left = await start(post());
    expect([left.status, new URL(left.headers.get('location') ?? '').origin]).toEqual([303, network.url]);
    const headers = { cookie: cookieOf(left) };
    const answer = await callback(new Request(await callbackOf(), { headers }));
    expect([answer.status, await answer.text()]).toEqual([200, 'AUTHENTICATED']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('a script is answered with JSON and the cookie; what it reports completes the payment', async () => {
    const { start, confirmation } = handlers();
    const started = await start(post({ accept: 'application/json' }));
    const { payment, clientSessionId } = (await started.json()) as StartedForScript;
    expect([started.status, new URL(payment.redirect).origin]).toEqual([200, network.url]);
    const credential = {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
    };
    const body = JSON.stringify({ clientSessionId, confirmation: { outcome: 'ACCEPTED', credential } });
    const answer = await confirmation(post({ cookie: cookieOf(started) }, body));
    expect(await answer.json()).toEqual({ status: 'AUTHENTICATED' });
  });

  test.each(['', 'not JSON', '{}', '[1]'])('the report %j is ignored', async (body) => {
    expect(await (await handlers().confirmation(post({}, body))).json()).toEqual({ status: 'IGNORED' });
  });

  test('without renderConfirmation there is no route of a report', async () => {
    const { confirmation } = createPaymentHandlers({ ...flow(), render: () => new Response() });
    expect((await confirmation(post({}, '{}'))).status).toBe(404);
  });

  test('STEP_UP is shown, and nothing is pending', async () => {
    network.nextStep = 'STEP_UP';
    const answer = await handlers().start(post());
    expect([await answer.text(), answer.headers.getSetCookie()]).toEqual(['STEP_UP', []]);
    expect(shown).toEqual([{ status: 'STEP_UP', advice: 'STEP_UP' }]);
  });

  test('without a shopper nothing starts and nothing completes; the same callback completes after the sign-in', async () => {
    const { start, callback } = handlers();
    const headers = { cookie: cookieOf(await start(post())) };
    const address = await callbackOf();
    shopperId = undefined;
    await start(post());
    await callback(new Request(address, { headers }));
    expect(shown).toEqual([
      { status: 'SIGNED_OUT', stage: 'START', advice: 'SIGN_IN' },
      { status: 'SIGNED_OUT', stage: 'RETURN', advice: 'SIGN_IN' },
    ]);
    shopperId = 'robin';
    expect(await (await callback(new Request(address, { headers }))).text()).toBe('AUTHENTICATED');
  });

  test('an error of the kit is UNFINISHED, with its advice; an error of a hook is thrown', async () => {
    network.answerWith('/sessions', { status: 403, body: {} });
    await handlers().start(post());
    expect(shown).toMatchObject([{ status: 'UNFINISHED', stage: 'START', error: { code: 'NETWORK_REFUSED' } }]);
    const own = new Error('the shop has a problem');
    const { start } = createPaymentHandlers({
      ...flow(),
      payment: () => {
        throw own;
      },
      render: () => new Response(),
      renderConfirmation: () => new Response(),
    });
    await expect(start(post())).rejects.toBe(own);
  });

  test('an order whose approval is lost is paid under its next id, where the shop gives one', async () => {
    network.approvedOrders.add('1001');
    await handlers().start(post());
    expect(shown).toMatchObject([{ status: 'UNFINISHED', error: { earlierApproval: 'LOST' } }]);
    const { start } = createPaymentHandlers({
      ...flow(),
      nextOrderId: ({ orderId }) => `${orderId}.2`,
      render: () => new Response(),
      renderConfirmation: () => new Response(),
    });
    expect((await start(post())).status).toBe(303);
    expect(network.sessions.at(-1)?.info.transaction?.orderId).toBe('1001.2');
  });

  test.each([
    ['start', 'GET', 'POST'],
    ['callback', 'HEAD', 'GET'],
    ['confirmation', 'GET', 'POST'],
  ] as const)('%s answers %s with 405', async (name, method, allow) => {
    const answer = await handlers()[name](new Request(CALLBACK_URI, { method }));
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  test("Node's own request in place of the Fetch standard's is refused, with the name of what makes one of it", async () => {
    const incoming = { method: 'POST', url: '/payments', headers: {} } as never;
    for (const handler of Object.values(handlers())) {
      await expect(handler(incoming)).rejects.toThrow(MerchantError);
      await expect(handler(incoming)).rejects.toThrow('toNodeHandler');
    }
  });
});

describe('paymentRoutes', () => {
  async function openShop(guard: Parameters<typeof paymentRoutes>[0]['start']['guard']) {
    const app = Fastify();
    await app.register(
      paymentRoutes({
        ...flow(),
        start: { path: '/payments', guard },
        confirmation: { path: '/payments/confirmation', guard, render: ({ status }) => ({ status }) },
        render: (outcome) => ({ shown: outcome.status }),
      }),
    );
    return app;
  }

  test('the start, the report and the callback are routes; there is no HEAD beside the callback', async () => {
    const app = await openShop((_request, _reply, done) => done());
    const left = await app.inject({ method: 'POST', url: '/payments' });
    expect([left.statusCode, new URL(String(left.headers.location)).origin]).toEqual([303, network.url]);
    const { name = '', value = '' } = left.cookies[0] ?? {};
    const { pathname, search } = new URL(network.callback({ proof: await network.issueProof() }));
    const url = pathname + search;
    expect((await app.inject({ method: 'HEAD', url, cookies: { [name]: value } })).statusCode).toBe(404);
    const returned = await app.inject({ url, cookies: { [name]: value } });
    expect([returned.json(), returned.headers['cache-control']]).toEqual([{ shown: 'AUTHENTICATED' }, 'no-store']);
    const report = await app.inject({ method: 'POST', url: '/payments/confirmation', payload: {} });
    expect(report.json()).toEqual({ status: 'IGNORED' });
  });

  test('a script that starts is answered with JSON', async () => {
    const app = await openShop((_request, _reply, done) => done());
    const headers = { accept: 'application/json' };
    const { payment, clientSessionId } = (await app.inject({ method: 'POST', url: '/payments', headers })).json();
    expect([new URL(payment.redirect).origin, clientSessionId]).toEqual([
      network.url,
      network.sessions.at(-1)?.clientSessionId,
    ]);
  });

  test('what the guard answers is the answer, and nothing starts', async () => {
    const before = network.sessions.length;
    const app = await openShop((_request, reply) => void reply.code(403).send());
    for (const url of ['/payments', '/payments/confirmation']) {
      expect((await app.inject({ method: 'POST', url })).statusCode).toBe(403);
    }
    expect(network.sessions).toHaveLength(before);
  });

  test('a callback that no route of Fastify can match is refused at the registration', async () => {
    const plugin = paymentRoutes({
      ...flow(),
      callbackUri: `${SHOP}/a*`,
      start: { path: '/payments', guard: (_request, _reply, done) => done() },
      render: () => undefined,
    });
    await expect(Fastify().register(plugin)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
  });
});
