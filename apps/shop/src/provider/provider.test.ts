/** The shop behind a provider: what it sends, what it makes of the answers, and which events it takes. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createMemoryEventStore, type DeliveryReport, type EventHandlers } from '@payment-passkeys/merchant/server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectProvider, type ShopMerchant } from './provider.ts';
import { signDelivery } from './webhook.ts';

const NOW = new Date('2026-11-29T12:00:00Z');
const KEY = 'secret-of-the-account';

let server: Server;
let merchant: ShopMerchant;
let received: { readonly url: string | undefined; readonly authorization: string | undefined; readonly body: unknown };
let answer: { readonly status: number; readonly body: string };
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { url, headers } = request;
    received = { url, authorization: headers.authorization, body: JSON.parse(await text(request)) };
    response.writeHead(answer.status).end(answer.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  merchant = connectProvider(
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: KEY },
    () => NOW,
  );
});
afterAll(() => void server.close());

describe('a call', () => {
  test('is sent with the key of the account, and its times are dates', async () => {
    const [createdAt, timestamp] = ['2026-11-29T11:00:00.000Z', '2026-11-29T11:00:01.000Z'];
    answer = { status: 200, body: JSON.stringify([{ createdAt, timestamp }]) };
    expect(await merchant.bindings.search({ bindingId: 'b' })).toEqual([{ createdAt: new Date(createdAt), timestamp }]);
    expect(received).toEqual({ url: '/v1/bindings.search', authorization: `Bearer ${KEY}`, body: { bindingId: 'b' } });
  });

  test('that the network refused is the MerchantError of the kit at the provider', async () => {
    const refusal = { status: 404, reason: 'BINDING_NOT_FOUND' };
    answer = { status: 422, body: JSON.stringify({ code: 'NETWORK_REFUSED', message: 'no such card', refusal }) };
    await expect(merchant.bindings.remove({ bindingId: 'b', reasonCode: 'CLIENT_DECISION' })).rejects.toMatchObject({
      name: 'MerchantError',
      code: 'NETWORK_REFUSED',
      message: 'NETWORK_REFUSED: no such card',
      refusal,
    });
  });

  test.each([200, 502])('with an answer that is no JSON (%i) is NETWORK_UNREACHABLE', async (status) => {
    answer = { status, body: '<!doctype html>' };
    await expect(merchant.bindings.search({ bindingId: 'b' })).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
  });
});

describe('an event', () => {
  const BODY = JSON.stringify({
    ...{ id: 'evt_1', type: 'binding.suspended', timestamp: NOW.toISOString(), triggeredBy: 'ISSUER' },
    data: { bindingId: 'b' },
  });
  let handled: unknown[];
  let reports: DeliveryReport[];
  let webhook: (request: Request) => Promise<Response>;
  const listen = (on: EventHandlers) => {
    const store = createMemoryEventStore();
    webhook = merchant.events.webhook({ store, on, onDelivery: (report) => void reports.push(report) });
  };
  beforeEach(() => {
    [handled, reports] = [[], []];
    listen({ 'binding.suspended': ({ data }) => void handled.push(data) });
  });

  const deliver = async ({ key = KEY, at = NOW, signed = BODY } = {}) => {
    const timestamp = String(at.getTime() / 1000);
    const signature = signDelivery({ key, id: 'evt_1', timestamp, body: signed });
    const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    return (await webhook(new Request('http://shop.localhost/', { method: 'POST', headers, body: BODY }))).status;
  };

  test('of the provider is handled once', async () => {
    expect([await deliver(), await deliver()]).toEqual([204, 204]);
    expect(handled).toEqual([{ bindingId: 'b' }]);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['HANDLED', 'REPEATED']);
  });

  test.each([
    ['signed with another key', { key: 'another' }],
    ['with another body than the signed one', { signed: BODY.replace('"b"', '"c"') }],
    ['of six minutes ago', { at: new Date(NOW.getTime() - 360_000) }],
    ['of six minutes later', { at: new Date(NOW.getTime() + 360_000) }],
    ['of no time', { at: new Date(Number.NaN) }],
  ])('%s is refused', async (_, changes) => {
    expect(await deliver(changes)).toBe(401);
    expect(handled).toEqual([]);
  });

  test('whose handler fails is answered 500, and comes again', async () => {
    let tries = 0;
    listen({
      'binding.suspended'() {
        tries += 1;
        if (tries === 1) throw new Error('the database is away');
      },
    });
    expect([await deliver(), await deliver()]).toEqual([500, 204]);
    expect(tries).toBe(2);
  });
});
