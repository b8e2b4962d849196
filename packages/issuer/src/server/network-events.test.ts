/** The webhook of a bank (contract §16): it verifies the deliveries that the network's double has signed. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import {
  BANK,
  heard,
  ids,
  issuer,
  network,
  note,
  reports,
  SUSPENDED,
  store,
  time,
  useEventsBank,
  webhookOn,
} from './events-bank.fixture.ts';
import { eventRoute } from './fastify.ts';
import { createMemoryEventStore, type EventEnvelope, type EventStore, type Issuer, toNodeHandler } from './index.ts';

useEventsBank();

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
    expect((await webhook(late.clone())).status).toBe(204); // the cached key set still has the old key
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

function after(seconds: number): Date {
  return new Date(time.clock().getTime() + seconds * 1000);
}

async function copy(from: Request, changes: Readonly<Record<string, string>>, body?: string): Promise<Request> {
  const headers = { ...Object.fromEntries(from.headers), ...changes };
  return new Request(from.url, { method: 'POST', headers, body: body ?? (await from.text()) });
}

/** The same delivery, signed by a key that is not the network's. */
function forge(from: Request, event: EventEnvelope): Request {
  const { privateKey } = generateKeyPairSync('ed25519');
  const timestamp = from.headers.get('webhook-timestamp');
  const body = JSON.stringify(event);
  const signature = sign(null, Buffer.from(`${event.id}.${timestamp}.${body}`), privateKey).toString('base64');
  const headers = { ...Object.fromEntries(from.headers), 'webhook-signature': `v1a,${signature}` };
  return new Request(from.url, { method: 'POST', headers, body });
}
