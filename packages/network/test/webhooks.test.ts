/** Events are posted to webhooks (contract §16): signed, tried again for three days, and harmless whatever the endpoint does. */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { addSeconds, DELIVERY_DAYS, EVENTS_PATH, WEBHOOK_KEYS_PATH } from '@payment-passkeys/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { listEndpoints, replay, switchOn } from '../src/domain/events/deliveries.ts';
import { moveForReader } from '../src/domain/events/mover.ts';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { guardedLookup } from '../src/platform/http/public-address.ts';
import { type Courier, type CourierOptions, createCourier } from '../src/process/courier.ts';
import { bySetUp } from './by-set-up.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

const START = new Date('2026-11-24T12:00:00Z');
const DAY_SECONDS = 24 * 60 * 60;

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An endpoint on this machine; `answer` decides what it does. */
async function startReceiver(port = 0) {
  const received: Received[] = [];
  const receiver = {
    received,
    answer: (response: ServerResponse): void => void response.writeHead(204).end(),
    uri: '',
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.on('error', () => {});
    receiver.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  receiver.uri = `http://bank.localhost:${(server.address() as AddressInfo).port}/events`;
  return receiver;
}

let network: TestNetwork;
let courier: Courier;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

const startCourier = (options: Partial<CourierOptions> = {}) =>
  createCourier({ ...network.running.network, log, timeoutMilliseconds: 30_000, ...options });

beforeAll(async () => {
  // Switches off the network's own courier: only the test's courier delivers.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  network = await startTestNetwork();
  vi.useRealTimers();
});
afterAll(() => network.stop());
beforeEach(async () => {
  network.now = START;
  receiver = await startReceiver();
  courier = startCourier();
  await register([{ uri: receiver.uri, types: ['binding.*', 'session.ended'] }]);
});
afterEach(async () => {
  await courier.stop();
  await register([]);
  await receiver.stop();
  expect(log.error).not.toHaveBeenCalled();
});

const pool = () => network.database.pool;
const clientId = () => network.client.registration.clientId;

async function register(webhooks: { readonly uri: string; readonly types: readonly string[] }[]): Promise<void> {
  const client = readRegistration({ ...network.client.registration, webhooks });
  expect(await saveClient(pool(), client, bySetUp(network.now))).toBe('replaced');
}

let made = 0;
/** Stores events and moves them to the log, so that their deliveries are due. */
async function store({ type = 'session.ended', count = 1 } = {}): Promise<readonly number[]> {
  const numbers = Array.from({ length: count }, () => ++made);
  await pool().query(
    `INSERT INTO outbox SELECT $1, $2, 'NETWORK', $3, jsonb_build_object('number', number) FROM unnest($4::integer[]) AS number`,
    [clientId(), type, network.now, numbers],
  );
  return numbers;
}

/** Delivers until nothing is due. */
async function deliver(by: Courier = courier): Promise<void> {
  await by.work();
  await by.settled();
}

/** Delivers what is due so many seconds after the start. */
async function deliverAt(seconds: number): Promise<void> {
  network.now = addSeconds(START, seconds);
  await deliver();
}

const numbersOf = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body).data.number as number);
const endpoint = async () => {
  const found = (await listEndpoints(pool())).find(({ uri }) => uri === receiver.uri);
  if (found === undefined) throw new Error('It is registered.');
  return found;
};

/** Verifies a delivery with node:crypto alone, as a receiver in another language would. */
async function isGenuine({ headers, body }: Received): Promise<boolean> {
  const { keys } = (await (await fetch(network.address + WEBHOOK_KEYS_PATH)).json()) as { keys: JsonWebKey[] };
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) =>
      keys.some((key) =>
        verify(null, signed, createPublicKey({ key, format: 'jwk' }), Buffer.from(signature.slice(4), 'base64')),
      ),
    );
}

describe('a delivery', () => {
  test('is the envelope that a pull answers, signed by a published key', async () => {
    await store();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    const [received] = receiver.received as [Received];
    expect(await isGenuine(received)).toBe(true);
    expect(await isGenuine({ ...received, body: `${received.body} ` })).toBe(false);
    const { events } = (await network.client.read(EVENTS_PATH)).body;
    expect(JSON.parse(received.body)).toEqual(events.at(-1));
    expect(received.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': events.at(-1).id,
      'webhook-timestamp': String(START.getTime() / 1000),
    });
  });

  test('is made for the types that the webhook has, by name and by family', async () => {
    const [first] = await store({ type: 'session.ended' });
    const [second] = await store({ type: 'binding.suspended' });
    await store({ type: 'payment.approved' });
    await deliver();
    expect(numbersOf(receiver.received).toSorted()).toEqual([first, second].toSorted());
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
  });

  test.each([200, 202, 204, 299])('is taken by %i', async (status) => {
    receiver.answer = (response) => void response.writeHead(status).end();
    await store();
    await deliver();
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
  });

  test('of two hundred events reaches the endpoint, each once, by two couriers at once', async () => {
    const numbers = await store({ count: 200 });
    const other = startCourier();
    await moveForReader(pool(), { clientId: clientId(), now: network.now });
    await Promise.all([deliver(), deliver(other)]);
    await deliver();
    expect(numbersOf(receiver.received).toSorted((a, b) => a - b)).toEqual(numbers);
  });

  test('that is signed before a rotation and received after it is verified: two keys are published', async () => {
    await store();
    await deliver();
    const [signedBefore] = receiver.received as [Received];
    const folder = join(network.dataDir, 'keys');
    const [key] = await rotateKeys({ folder, mode: 'sandbox', now: network.now, uses: ['webhook-signing'] });
    await network.running.network.keys.refresh();
    network.now = addSeconds(key?.activeFrom ?? START, 1);
    await store();
    await deliver();
    const [, signedAfter] = receiver.received as [Received, Received];
    const { keys } = (await (await fetch(network.address + WEBHOOK_KEYS_PATH)).json()) as { keys: unknown[] };
    expect(keys).toHaveLength(2);
    expect(await isGenuine(signedBefore)).toBe(true);
    expect(await isGenuine(signedAfter)).toBe(true);
  });
});

describe('an endpoint that does not take it', () => {
  test.each([
    ['500', (response: ServerResponse) => void response.writeHead(500).end(), 'HTTP_500'],
    ['401', (response: ServerResponse) => void response.writeHead(401).end(), 'HTTP_401'],
    ['a closed connection', (response: ServerResponse) => void response.destroy(), 'ECONNRESET'],
  ])('%s: is tried again after seconds, then minutes, with the same id', async (_, answer, failure) => {
    receiver.answer = answer;
    await store();
    await deliver();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    expect(await endpoint()).toMatchObject({ waiting: 1, failure });
    await deliverAt(7);
    await deliverAt(60);
    expect(receiver.received).toHaveLength(3);
    receiver.answer = (response) => void response.writeHead(204).end();
    await deliverAt(300);
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('3xx: the redirect is not followed', async () => {
    const elsewhere = await startReceiver();
    receiver.answer = (response) => void response.writeHead(308, { location: elsewhere.uri }).end();
    await store();
    await deliver();
    expect(await endpoint()).toMatchObject({ waiting: 1, failure: 'HTTP_308' });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });

  test('200 with a megabyte: taken, and the body is not read', async () => {
    let written = 0;
    const ended = Promise.withResolvers<void>();
    receiver.answer = (response) => {
      response.on('close', () => ended.resolve());
      response.writeHead(200);
      const write = () => {
        while (written < 64 * 1024 * 1024) {
          written += 1024 * 1024;
          if (!response.write(Buffer.alloc(1024 * 1024))) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    };
    await store();
    await deliver();
    await ended.promise;
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test('down for a day: everything arrives after it, each once', async () => {
    await receiver.stop();
    const numbers = await store({ count: 20 });
    for (let seconds = 0; seconds <= DAY_SECONDS; seconds += 3600) await deliverAt(seconds);
    expect(await endpoint()).toMatchObject({ waiting: 20, dead: 0, failure: 'ECONNREFUSED' });
    receiver = await startReceiver(Number(new URL(receiver.uri).port));
    for (let seconds = DAY_SECONDS; seconds <= 2 * DAY_SECONDS; seconds += 3600) await deliverAt(seconds);
    expect(numbersOf(receiver.received).toSorted((a, b) => a - b)).toEqual(numbers);
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
  });

  test('down for three days: dead, and not tried again until it is replayed', async () => {
    receiver.answer = (response) => void response.writeHead(503).end();
    const [number] = await store();
    for (let seconds = 0; seconds <= (DELIVERY_DAYS + 1) * DAY_SECONDS; seconds += 3600) await deliverAt(seconds);
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 1, failure: 'HTTP_503' });
    const attempts = receiver.received.length;
    receiver.answer = (response) => void response.writeHead(204).end();
    await deliverAt((DELIVERY_DAYS + 2) * DAY_SECONDS);
    expect(receiver.received).toHaveLength(attempts);
    expect(await replay(pool(), { clientId: clientId(), since: undefined, ...bySetUp(network.now) })).toBe(1);
    await deliver();
    expect(numbersOf(receiver.received.slice(attempts))).toEqual([number]);
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
  });

  test('410: is switched off until an operator or a registration switches it on; then everything since can be replayed', async () => {
    receiver.answer = (response) => void response.writeHead(410).end();
    const [first] = await store();
    await deliver();
    network.now = addSeconds(START, 3600);
    await store();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    expect(await endpoint()).toMatchObject({ disabledAt: START, dead: 1, failure: 'HTTP_410' });
    receiver.answer = (response) => void response.writeHead(204).end();
    expect(await switchOn(pool(), { clientId: clientId(), uri: receiver.uri, ...bySetUp(network.now) })).toBe(1);
    await replay(pool(), { clientId: clientId(), since: undefined, ...bySetUp(network.now) });
    await deliver();
    expect(numbersOf(receiver.received.slice(1))).toEqual([first]);
    await replay(pool(), { clientId: clientId(), since: network.now, ...bySetUp(network.now) });
    await deliver();
    expect(receiver.received).toHaveLength(3);
    receiver.answer = (response) => void response.writeHead(410).end();
    await store();
    await deliver();
    await register([{ uri: receiver.uri, types: ['session.ended'] }]);
    expect(await endpoint()).toMatchObject({ disabledAt: null });
  });

  test('an answer that never comes: TIMEOUT, and another endpoint is not kept waiting', async () => {
    const quick = await startReceiver();
    receiver.answer = () => {};
    await register([
      { uri: receiver.uri, types: ['session.ended'] },
      { uri: quick.uri, types: ['session.ended'] },
    ]);
    const patient = startCourier();
    const numbers = await store({ count: 40 });
    await patient.work();
    await vi.waitFor(() => expect(quick.received).toHaveLength(40), { timeout: 30_000 });
    expect(numbersOf(quick.received).toSorted((a, b) => a - b)).toEqual(numbers);
    await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(0), { timeout: 30_000 });
    expect(receiver.received.length).toBeLessThanOrEqual(4);
    await patient.stop();
    const hasty = startCourier({ timeoutMilliseconds: 20 });
    await store();
    await deliver(hasty);
    expect(await endpoint()).toMatchObject({ failure: 'TIMEOUT' });
    await quick.stop();
  });

  test('an attempt whose process died is made again when its lease ends', async () => {
    receiver.answer = () => {};
    await store();
    const dying = startCourier();
    await dying.work();
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 30_000 });
    await dying.stop();
    receiver.answer = (response) => void response.writeHead(204).end();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    await deliverAt(61);
    expect(receiver.received).toHaveLength(2);
    expect(await endpoint()).toMatchObject({ waiting: 0, dead: 0 });
  });
});

describe('an address that is not public', () => {
  const inProduction = (lookup: CourierOptions['lookup']) =>
    startCourier({ config: { ...network.running.network.config, mode: 'production' }, ...(lookup && { lookup }) });

  test.each(['http://127.0.0.1:PORT/', 'http://bank.localhost:PORT/', 'http://[::1]:PORT/', 'http://169.254.169.254/'])(
    '%s is not connected to in production',
    async (uri) => {
      const { port } = new URL(receiver.uri);
      await pool().query('UPDATE webhook SET uri = $1 WHERE client_id = $2', [uri.replace('PORT', port), clientId()]);
      await store();
      const production = inProduction(undefined);
      await deliver(production);
      const { rows } = await pool().query('SELECT failure FROM event_delivery WHERE client_id = $1', [clientId()]);
      expect(rows).toEqual([{ failure: 'ADDRESS_NOT_PUBLIC' }]);
      expect(receiver.received).toEqual([]);
    },
  );

  test('a name that resolves to a public address first and to loopback then (rebinding) is refused the second time', async () => {
    const { port } = new URL(receiver.uri);
    const uri = `http://rebinding.example:${port}/`;
    await pool().query('UPDATE webhook SET uri = $1 WHERE client_id = $2', [uri, clientId()]);
    const answers = ['93.184.215.14', '127.0.0.1'];
    const resolver = (_: string, __: object, callback: (error: null, found: unknown[]) => void) =>
      callback(null, [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]);
    const lookup = guardedLookup('PUBLIC', resolver as Parameters<typeof guardedLookup>[1]); // only this overload is called
    // This first lookup stands for an earlier one, for example by the check of a registration.
    await new Promise((resolve) => lookup('rebinding.example', { all: true }, resolve));
    await store();
    await deliver(inProduction(lookup));
    const { rows } = await pool().query('SELECT failure FROM event_delivery WHERE client_id = $1', [clientId()]);
    expect(rows).toEqual([{ failure: 'ADDRESS_NOT_PUBLIC' }]);
    expect(receiver.received).toEqual([]);
  });
});
