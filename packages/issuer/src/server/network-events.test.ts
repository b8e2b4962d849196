/** Events of the network (contract §16) at a bank: a webhook that verifies what the double has signed, and a reader with a cursor. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import Fastify from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestTime } from '../../test/time.fixture.ts';
import { type EventToMake, type NetworkDouble, refuse, startNetworkDouble } from '../testing/index.ts';
import { eventRoute } from './fastify.ts';
import {
  createIssuer,
  createMemoryEnrolmentStore,
  createMemoryEventStore,
  type DeliveryReport,
  type EventEnvelope,
  type EventHandlers,
  type EventStore,
  type Issuer,
  ourNetwork,
  toNodeHandler,
} from './index.ts';

const BANK = 'http://bank.localhost:4001';
const ids = { bindingId: 'binding-1', credentialId: 'credential-1' };
const SUSPENDED: EventToMake<'binding.suspended'> = {
  type: 'binding.suspended',
  triggeredBy: 'MERCHANT',
  data: { ...ids, reasonCode: 'FRAUD_SUSPECTED', suspendedBy: ['MERCHANT'] },
};

const time = createTestTime(new Date('2026-11-24T10:00:00.000Z'));
let network: NetworkDouble;
let issuer: Issuer;
let store: EventStore;
let heard: EventEnvelope[];
let reports: DeliveryReport[];

const note = (event: EventEnvelope) => void heard.push(event);
const webhookOn = (on: EventHandlers = { otherwise: note }, kept = store) =>
  issuer.events.webhook({ store: kept, on, onDelivery: (report) => void reports.push(report) });

beforeAll(async () => {
  network = await startNetworkDouble({ clock: time.clock });
  issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [BANK],
    store: createMemoryEnrolmentStore(),
    clock: time.clock,
    timers: time.timers,
  });
});
afterAll(async () => {
  await issuer.close();
  await network.stop();
});
beforeEach(() => {
  store = createMemoryEventStore();
  heard = [];
  reports = [];
});
afterEach(() => {
  network.forgetEvents(0);
  network.injectFaults();
});

describe('the webhook', () => {
  test('an event is verified, passed to the handler of its type, and answered 204', async () => {
    const suspended: EventEnvelope[] = [];
    const webhook = webhookOn({ 'binding.suspended': (event) => void suspended.push(event), otherwise: note });
    const event = network.makeEvent(SUSPENDED);
    expect((await webhook(network.buildDelivery(event))).status).toBe(204);
    expect(suspended).toEqual([event]);
    expect(heard).toEqual([]);
    expect(reports).toEqual([{ outcome: 'HANDLED', eventId: event.id, type: 'binding.suspended' }]);
  });

  test('a repeat is answered 204, and no handler is called', async () => {
    const webhook = webhookOn();
    const event = network.makeEvent(SUSPENDED);
    await webhook(network.buildDelivery(event));
    time.pass(60_000);
    expect((await webhook(network.buildDelivery(event))).status).toBe(204);
    expect(heard).toHaveLength(1);
    expect(reports[1]).toMatchObject({ outcome: 'REPEATED' });
  });

  test('a type that this version does not know is passed to `otherwise`, or acknowledged', async () => {
    const event = { ...network.makeEvent(SUSPENDED), type: 'binding.sold', data: { price: 1 } };
    expect((await webhookOn()(network.buildDelivery(event))).status).toBe(204);
    expect(heard).toEqual([event]);
    expect((await webhookOn({}, createMemoryEventStore())(network.buildDelivery(event))).status).toBe(204);
  });

  test('a handler that throws is answered 500, and the event comes again until it succeeds', async () => {
    let fails = true;
    const failure = new Error('the bank is down');
    const webhook = webhookOn({
      otherwise: (event) => {
        if (fails) throw failure;
        note(event);
      },
    });
    const event = network.makeEvent(SUSPENDED);
    expect((await webhook(network.buildDelivery(event))).status).toBe(500);
    expect(reports).toEqual([{ outcome: 'FAILED', error: failure }]);
    fails = false;
    expect((await webhook(network.buildDelivery(event))).status).toBe(204);
    expect(heard).toEqual([event]);
  });

  test('a process that ends between the handler and the record of it: the event comes again, and is not lost', async () => {
    const crashing: EventStore = { ...store, noteHandled: () => Promise.reject(new Error('connection lost')) };
    const event = network.makeEvent(SUSPENDED);
    expect((await webhookOn(undefined, crashing)(network.buildDelivery(event))).status).toBe(503);
    expect(reports[0]).toMatchObject({ outcome: 'FAILED', error: { code: 'STORE_UNAVAILABLE' } });
    expect((await webhookOn()(network.buildDelivery(event))).status).toBe(204);
    expect(heard).toEqual([event, event]);
  });

  test.each<[string, (delivery: Request, event: EventEnvelope) => Request | Promise<Request>, number, string]>([
    [
      'a changed body',
      async (from) => copy(from, {}, (await from.text()).replace('FRAUD', 'FLOOD')),
      401,
      'SIGNATURE_MISMATCH',
    ],
    ['a changed id', (from) => copy(from, { 'webhook-id': 'evt_0000000000000000' }), 401, 'SIGNATURE_MISMATCH'],
    [
      'a changed time',
      (from) => copy(from, { 'webhook-timestamp': String(time.clock().getTime() / 1000 + 1) }),
      401,
      'SIGNATURE_MISMATCH',
    ],
    ['a key of somebody else', (from, event) => forge(from, event), 401, 'SIGNATURE_MISMATCH'],
    [
      'an HMAC of the public key (v1)',
      (from) => copy(from, { 'webhook-signature': `v1,${createHmac('sha256', 'k').digest('base64')}` }),
      401,
      'SIGNATURE_MISMATCH',
    ],
    ['no signature', (from) => copy(from, { 'webhook-signature': '' }), 401, 'HEADER_MISSING'],
    ['a signature that is cut', (from) => copy(from, { 'webhook-signature': 'v1a,AAAA' }), 401, 'SIGNATURE_MISMATCH'],
    ['no id', (from) => copy(from, { 'webhook-id': '' }), 401, 'HEADER_MISSING'],
    ['a time that is no number', (from) => copy(from, { 'webhook-timestamp': 'NaN' }), 401, 'HEADER_MISSING'],
    [
      '301 seconds ago',
      (_, event) => network.buildDelivery(event, { signedAt: after(-301) }),
      401,
      'TIMESTAMP_OUT_OF_RANGE',
    ],
    [
      '301 seconds from now',
      (_, event) => network.buildDelivery(event, { signedAt: after(301) }),
      401,
      'TIMESTAMP_OUT_OF_RANGE',
    ],
    ['GET', (from) => new Request(from.url, { headers: from.headers }), 405, 'METHOD'],
    ['a body of more than 64 KiB', (from) => copy(from, {}, 'x'.repeat(64 * 1024 + 1)), 413, 'TOO_LONG'],
  ])('%s is refused', async (_title, change, status, because) => {
    const event = network.makeEvent(SUSPENDED);
    const answer = await webhookOn()(await change(network.buildDelivery(event), event));
    expect([answer.status, await answer.text()]).toEqual([status, because]);
    expect(reports).toEqual([{ outcome: 'REFUSED', because }]);
    expect(heard).toEqual([]);
  });

  test.each([[-299], [299]])('%i seconds away is within the tolerance', async (seconds) => {
    const event = network.makeEvent(SUSPENDED);
    const delivery = network.buildDelivery(event, { signedAt: after(seconds) });
    expect((await webhookOn()(delivery)).status).toBe(204);
  });

  test.each<[string, object, string]>([
    ['no event', { id: 1 }, '/id'],
    [
      'data of another form',
      { ...SUSPENDED, data: { ...ids, reasonCode: 'BORED', suspendedBy: [] } },
      'binding.suspended: /data/reasonCode',
    ],
  ])('%s, signed by the network, is refused with 400 and stays at the network', async (_title, changes, named) => {
    const event = { ...network.makeEvent(SUSPENDED), ...changes } as EventEnvelope;
    expect((await webhookOn()(network.buildDelivery(event))).status).toBe(400);
    expect(reports[0]).toMatchObject({ because: 'EVENT', problem: expect.stringContaining(named) });
    expect(JSON.stringify(reports)).not.toContain('BORED');
  });

  test('during a rotation both keys are taken; a new one is fetched as soon as it signs; after it the old one is refused', async () => {
    const webhook = webhookOn();
    const before = network.buildDelivery(network.makeEvent(SUSPENDED));
    const late = network.buildDelivery(network.makeEvent(SUSPENDED));
    expect((await webhook(network.buildDelivery(network.makeEvent(SUSPENDED)))).status).toBe(204);
    time.pass(31_000); // a key set is fetched at most every thirty seconds
    network.rotateWebhookKey();
    expect((await webhook(network.buildDelivery(network.makeEvent(SUSPENDED)))).status).toBe(204);
    expect((await webhook(before)).status).toBe(204);
    network.endWebhookKeyRotation();
    time.pass(31_000);
    expect((await webhook(late.clone())).status).toBe(204); // the cached set still has it
    time.pass(150_000);
    const fresh = network.buildDelivery(network.makeEvent(SUSPENDED));
    expect((await webhook(fresh)).status).toBe(204);
  });

  test('forged deliveries do not make the kit fetch the keys again and again', async () => {
    const webhook = webhookOn();
    const event = network.makeEvent(SUSPENDED);
    await webhook(network.buildDelivery(event));
    const fetched = () => network.calls.filter(({ path }) => path.endsWith('webhook-keys.json')).length;
    const before = fetched();
    for (let i = 0; i < 20; i++) await webhook(forge(network.buildDelivery(event), event));
    expect(fetched() - before).toBeLessThanOrEqual(1);
  });

  test('what has no signature or an old one causes no call to the network, also when there is no key yet', async () => {
    time.pass(11 * 60_000); // the cached keys are too old
    const before = network.calls.length;
    const event = network.makeEvent(SUSPENDED);
    await webhookOn()(await copy(network.buildDelivery(event), { 'webhook-signature': '' }));
    await webhookOn()(network.buildDelivery(event, { signedAt: after(-301) }));
    expect(network.calls.length).toBe(before);
  });

  test('keys that cannot be fetched are 503, so that the network delivers again', async () => {
    time.pass(11 * 60_000);
    network.injectFaults('RESET', 'RESET', 'RESET');
    expect((await webhookOn()(network.buildDelivery(network.makeEvent(SUSPENDED)))).status).toBe(503);
    expect(reports[0]).toMatchObject({ outcome: 'FAILED', error: { code: 'NETWORK_UNREACHABLE' } });
  });

  test.each<[string, unknown, string]>([
    ['no store', { on: {} }, 'store'],
    ['a type that is misspelt', { on: { 'binding.suspend': note } }, 'binding.suspend'],
    ['a handler that is no function', { on: { 'binding.suspended': 'x' } }, "on['binding.suspended']"],
    ['no handlers', {}, 'on must be an object'],
  ])('%s is INVALID_OPTIONS, and named', (_title, options, named) => {
    const given = { store: named === 'store' ? undefined : store, ...(options as object) };
    const call = () => issuer.events.webhook(given as Parameters<Issuer['events']['webhook']>[0]);
    expect(call).toThrow(expect.objectContaining({ name: 'IssuerError', message: expect.stringContaining(named) }));
  });
});

describe('the webhook in a server', () => {
  test('as a Fastify plugin it reads the bytes, whatever the host parses', async () => {
    const app = Fastify();
    const options = { issuer, path: '/events', store, on: { otherwise: note } };
    await app.register(eventRoute(options));
    app.post('/echo', async (request) => request.body);
    const event = network.makeEvent(SUSPENDED);
    const delivery = network.buildDelivery(event);
    const headers = Object.fromEntries(delivery.headers);
    const body = await delivery.text();
    const answer = await app.inject({ method: 'POST', url: '/events', headers, body });
    expect(answer.statusCode).toBe(204);
    expect(heard).toEqual([event]);
    expect((await app.inject({ method: 'POST', url: '/events', headers, body: `${body} ` })).statusCode).toBe(401);
    const long = 'x'.repeat(64 * 1024 + 1);
    expect((await app.inject({ method: 'POST', url: '/events', headers, body: long })).statusCode).toBe(413);
    const json = { 'content-type': 'application/json' };
    expect((await app.inject({ method: 'POST', url: '/echo', headers: json, body: '{"a":1}' })).json()).toEqual({
      a: 1,
    });
  });

  test.each<[string, (app: express.Express) => void]>([
    ['before any body parser', () => {}],
    ['after express.raw', (app) => app.use(express.raw({ type: 'application/json' }))],
    ['after express.json', (app) => app.use(express.json())],
  ])('in Express, %s', async (_title, prepare) => {
    const app = express();
    prepare(app);
    app.post('/events', toNodeHandler(webhookOn(), { origin: BANK }));
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const event = network.makeEvent(SUSPENDED);
    const answer = await fetch(network.buildDelivery(event, { uri: `http://127.0.0.1:${port}/events` }));
    expect(answer.status).toBe(204);
    expect(heard).toEqual([event]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the reader', () => {
  const readerOn = (on: EventHandlers = { otherwise: note }, kept = store) => issuer.events.reader({ store: kept, on });

  test('reads from the oldest event on, page by page, and then only what is new', async () => {
    const reader = readerOn();
    const made = Array.from({ length: 250 }, () => network.makeEvent(SUSPENDED));
    expect(await reader.readOnce()).toEqual({ handled: 250, repeated: 0 });
    expect(heard).toEqual(made);
    const later = network.makeEvent(SUSPENDED);
    expect(await readerOn().readOnce()).toEqual({ handled: 1, repeated: 0 });
    expect(heard.at(-1)).toEqual(later);
    expect(await reader.readOnce()).toEqual({ handled: 0, repeated: 0 });
  });

  test('drops what the webhook has handled', async () => {
    const event = network.makeEvent(SUSPENDED);
    await webhookOn()(network.buildDelivery(event));
    network.makeEvent(SUSPENDED);
    expect(await readerOn().readOnce()).toEqual({ handled: 1, repeated: 1 });
    expect(heard).toHaveLength(2);
  });

  test('a handler that throws ends the reading with its own error; the next one begins with the same event', async () => {
    const [first, second, third] = [
      network.makeEvent(SUSPENDED),
      network.makeEvent(SUSPENDED),
      network.makeEvent(SUSPENDED),
    ];
    const failure = new Error('the bank is down');
    const failing = readerOn({
      otherwise: (event) => (event.id === second?.id ? Promise.reject(failure) : note(event)),
    });
    await expect(failing.readOnce()).rejects.toBe(failure);
    expect(heard).toEqual([first]);
    expect(await readerOn().readOnce()).toEqual({ handled: 2, repeated: 1 });
    expect(heard).toEqual([first, second, third]);
  });

  test('a store that fails is STORE_UNAVAILABLE, and the event is read again', async () => {
    network.makeEvent(SUSPENDED);
    const failing: EventStore = { ...store, noteCursor: () => Promise.reject(new Error('connection lost')) };
    await expect(readerOn(undefined, failing).readOnce()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await readerOn().readOnce()).toEqual({ handled: 0, repeated: 1 });
  });

  test('a cursor that is too old: it begins again with the oldest event, and says so', async () => {
    network.makeEvent(SUSPENDED);
    await readerOn().readOnce();
    time.pass(31 * 24 * 3600 * 1000);
    network.makeEvent(SUSPENDED);
    const oldest = network.makeEvent(SUSPENDED);
    network.forgetEvents(1);
    expect(await readerOn().readOnce()).toEqual({
      handled: 1,
      repeated: 0,
      beganAgainAt: { timestamp: oldest.timestamp },
    });
    expect(await readerOn().readOnce()).toEqual({ handled: 0, repeated: 0 });
  });

  test('a reader that looked within thirty days has missed nothing, though its last event is gone', async () => {
    network.makeEvent(SUSPENDED);
    await readerOn().readOnce();
    time.pass(29 * 24 * 3600 * 1000);
    await readerOn().readOnce();
    time.pass(2 * 24 * 3600 * 1000);
    network.forgetEvents(0);
    network.makeEvent(SUSPENDED);
    expect(await readerOn().readOnce()).toEqual({ handled: 1, repeated: 0 });
  });

  test('a cursor that the network does not know (EVENT_NOT_FOUND): it begins again, says so, and repeats nothing', async () => {
    await readerOn().readOnce();
    const event = network.makeEvent(SUSPENDED);
    await readerOn().readOnce();
    network.injectFaults(refuse('EVENT_NOT_FOUND'));
    const read = await readerOn().readOnce();
    expect(read).toEqual({ handled: 0, repeated: 1, beganAgainAt: { timestamp: event.timestamp } });
  });

  test('an event that cannot be read stops it there, and is named without its values', async () => {
    network.makeEvent(SUSPENDED);
    const wrong = network.makeEvent({
      ...SUSPENDED,
      data: { ...SUSPENDED.data, reasonCode: 'BORED' as 'DEVICE_LOST' },
    });
    const error: unknown = await readerOn()
      .readOnce()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NETWORK_ANSWER_INVALID', message: expect.stringContaining(wrong.id) });
    expect(String(error)).not.toContain('BORED');
    expect(heard).toHaveLength(1);
  });

  test('an abort ends it with the event at hand, and nothing is repeated', async () => {
    const abort = new AbortController();
    for (let i = 0; i < 3; i++) network.makeEvent(SUSPENDED);
    const on: EventHandlers = {
      otherwise: (event) => {
        note(event);
        abort.abort();
      },
    };
    expect(await readerOn(on).readOnce({ signal: abort.signal })).toEqual({ handled: 1, repeated: 0 });
    expect(await readerOn().readOnce()).toEqual({ handled: 2, repeated: 1 });
  });

  test('run reads on an interval, tells what failed, and ends with the signal', async () => {
    const abort = new AbortController();
    const read: unknown[] = [];
    const errors: unknown[] = [];
    network.makeEvent(SUSPENDED);
    network.injectFaults('GARBAGE');
    const waited = time.waits.length;
    await readerOn().run({
      everySeconds: 60,
      signal: abort.signal,
      onRead: (each) => {
        read.push(each);
        if (read.length === 2) abort.abort();
      },
      onError: (error) => void errors.push(error),
    });
    expect(errors).toMatchObject([{ name: 'IssuerError', code: 'NETWORK_ANSWER_INVALID' }]);
    expect(read).toEqual([
      { handled: 1, repeated: 0 },
      { handled: 0, repeated: 0 },
    ]);
    expect(time.waits.slice(waited)).toEqual([60_000, 60_000]);
  });

  test.each([
    ['no signal', { everySeconds: 60 }, 'signal'],
    ['no interval', { signal: new AbortController().signal }, 'everySeconds'],
  ])('run with %s is INVALID_OPTIONS', async (_title, options, named) => {
    const call = readerOn().run(options as Parameters<ReturnType<typeof readerOn>['run']>[0]);
    await expect(call).rejects.toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining(named) });
  });
});

function after(seconds: number): Date {
  return new Date(time.clock().getTime() + seconds * 1000);
}

async function copy(from: Request, changes: Readonly<Record<string, string>>, body?: string): Promise<Request> {
  const headers = { ...Object.fromEntries(from.headers), ...changes };
  return new Request(from.url, { method: 'POST', headers, body: body ?? (await from.text()) });
}

/** The same delivery, signed by a key that the network has never had. */
function forge(from: Request, event: EventEnvelope): Request {
  const { privateKey } = generateKeyPairSync('ed25519');
  const timestamp = from.headers.get('webhook-timestamp');
  const body = JSON.stringify(event);
  const signature = sign(null, Buffer.from(`${event.id}.${timestamp}.${body}`), privateKey).toString('base64');
  const headers = { ...Object.fromEntries(from.headers), 'webhook-signature': `v1a,${signature}` };
  return new Request(from.url, { method: 'POST', headers, body });
}
