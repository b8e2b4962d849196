/** The routes of an added card, as handlers of the Fetch standard and as a Fastify plugin, against the network's double. */
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { cardRoutes } from './fastify.ts';
import {
  type CardRouteOutcome,
  createCardHandlers,
  createMemoryMerchantStore,
  createMerchant,
  type Merchant,
  MerchantError,
} from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const CALLBACK_URI = `${SHOP}/cards/callback`;
const CARD = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2090' };

let network: NetworkDouble;
let merchant: Merchant;
let shopperId: string | undefined;
let shown: CardRouteOutcome[];

beforeAll(async () => {
  network = await startNetworkDouble({ clock: () => NOW });
});
afterAll(() => network.stop());
beforeEach(() => {
  shopperId = 'robin';
  shown = [];
  network.answerWith('/sessions', undefined);
  merchant = createMerchant({
    network: { url: network.url, audience: network.audience },
    ...network.client,
    callbackOrigins: [SHOP],
    store: createMemoryMerchantStore(),
    clock: () => NOW,
  });
});

const flow = () => ({ merchant, callbackUri: CALLBACK_URI, shopper: () => shopperId, card: () => ({ card: CARD }) });

describe('createCardHandlers', () => {
  const handlers = (options: Partial<Parameters<typeof createCardHandlers>[0]> = {}) =>
    createCardHandlers({
      ...flow(),
      render: (outcome) => {
        shown.push(outcome);
        return new Response(outcome.status);
      },
      ...options,
    });
  const post = () => new Request(`${SHOP}/cards`, { method: 'POST' });
  const cookieOf = (answer: Response) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';

  test('a form is sent to the network with the cookie, and its return has the card to save', async () => {
    const started: unknown[] = [];
    const { start, callback } = handlers({ started: (facts) => void started.push(facts) });
    const left = await start(post());
    expect([left.status, new URL(left.headers.get('location') ?? '').origin]).toEqual([303, network.url]);
    const { clientSessionId, authenticationSessionId } = network.sessions.at(-1) ?? {};
    expect(started).toEqual([{ clientSessionId, authenticationSessionId, shopperId: 'robin' }]);
    const address = network.callback({ proof: await network.issueProof() });
    const answer = await callback(new Request(address, { headers: { cookie: cookieOf(left) } }));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(shown).toMatchObject([{ status: 'ENROLLED', card: { brand: 'MASTERCARD', lastFour: '4444' } }]);
  });

  test('without a shopper nothing starts and nothing completes; the same callback completes after the sign-in', async () => {
    const { start, callback } = handlers();
    const headers = { cookie: cookieOf(await start(post())) };
    const address = network.callback({ proof: await network.issueProof() });
    shopperId = undefined;
    await start(post());
    await callback(new Request(address, { headers }));
    expect(shown).toEqual([
      { status: 'SIGNED_OUT', stage: 'START', advice: 'SIGN_IN' },
      { status: 'SIGNED_OUT', stage: 'RETURN', advice: 'SIGN_IN' },
    ]);
    shopperId = 'robin';
    expect(await (await callback(new Request(address, { headers }))).text()).toBe('ENROLLED');
  });

  test('an error of the kit is UNFINISHED, with its advice; an error of a hook is thrown', async () => {
    await handlers({ card: () => ({ card: { ...CARD, primaryAccountNumber: '5555555555554445' } }) }).start(post());
    expect(shown).toMatchObject([
      { status: 'UNFINISHED', stage: 'START', advice: 'CHECK_CARD', error: { code: 'INVALID_CARD' } },
    ]);
    const own = new Error('the shop has a problem');
    const { start } = handlers({
      card: () => {
        throw own;
      },
    });
    await expect(start(post())).rejects.toBe(own);
  });

  test.each([
    ['start', 'GET', 'POST'],
    ['callback', 'HEAD', 'GET'],
  ] as const)('%s answers %s with 405', async (name, method, allow) => {
    const answer = await handlers()[name](new Request(CALLBACK_URI, { method }));
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  test('a missing hook is named', () => {
    expect(() => handlers({ card: undefined as never })).toThrow(MerchantError);
    expect(() => handlers({ card: undefined as never })).toThrow('card');
  });
});

describe('cardRoutes', () => {
  async function openShop(guard: Parameters<typeof cardRoutes>[0]['start']['guard']) {
    const app = Fastify();
    const render = (outcome: CardRouteOutcome) => ({ shown: outcome.status });
    await app.register(cardRoutes({ ...flow(), start: { path: '/cards', guard }, render }));
    return app;
  }

  test('the start and the callback are routes; there is no HEAD beside the callback', async () => {
    const app = await openShop((_request, _reply, done) => done());
    const left = await app.inject({ method: 'POST', url: '/cards' });
    expect([left.statusCode, new URL(String(left.headers.location)).origin]).toEqual([303, network.url]);
    const { name = '', value = '' } = left.cookies[0] ?? {};
    const { pathname, search } = new URL(network.callback({ proof: await network.issueProof() }));
    const url = pathname + search;
    expect((await app.inject({ method: 'HEAD', url, cookies: { [name]: value } })).statusCode).toBe(404);
    const returned = await app.inject({ url, cookies: { [name]: value } });
    expect([returned.json(), returned.headers['cache-control']]).toEqual([{ shown: 'ENROLLED' }, 'no-store']);
  });

  test('what the guard answers is the answer, and nothing starts', async () => {
    const before = network.sessions.length;
    const app = await openShop((_request, reply) => void reply.code(422).send());
    expect((await app.inject({ method: 'POST', url: '/cards' })).statusCode).toBe(422);
    expect(network.sessions).toHaveLength(before);
  });
});
