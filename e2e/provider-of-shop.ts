/**
 * A small payment service provider with an API for shops: a shop sends its key with each request, and the provider calls the merchant kit with
 * its own client. The provider receives the returns of browsers and the network's events, and passes each one on to its shop.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type AssuranceData,
  type CardStart,
  createMemoryEventStore,
  type EventEnvelope,
  type Merchant,
  MerchantError,
  type PaymentStart,
  type SavedCard,
  toNodeHandler,
} from '@payment-passkeys/merchant/server';
import type { RunningNetwork } from '@payment-passkeys/network';
import { type ProviderAccount, SHOP_EVENT_TYPES, SHOP_WEBHOOK_PATH, signDelivery } from '@payment-passkeys/shop';
import { registerProvider } from './provider-client.ts';

const EVENTS_PATH = '/events';

/** A shop at the provider. */
interface Shop {
  readonly merchantId: string;
  readonly name: string;
  readonly origin: string;
  readonly key: string;
  /** The bindings that this shop saved: the network knows only the provider. */
  readonly bindings: Set<string>;
}

export interface ProviderOfShop {
  /** The account of the shop that the provider was started for. */
  readonly account: ProviderAccount;
  /** The data that goes to the processor with each approved payment. */
  readonly processed: readonly AssuranceData[];
  /** Registers one more shop. */
  open(shop: { readonly name: string; readonly origin: string }): Promise<ProviderAccount>;
  stop(): Promise<void>;
}

export async function startProviderOfShop({
  network,
  shop: first,
}: {
  readonly network: RunningNetwork;
  readonly shop: { readonly name: string; readonly origin: string };
}): Promise<ProviderOfShop> {
  const { clock } = network.network;
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const origin = `http://pay.localhost:${port}`;
  const webhooks = [
    { uri: `${origin}${EVENTS_PATH}`, types: SHOP_EVENT_TYPES.filter((type) => !/^client/.test(type)) },
  ];
  const kit = await registerProvider(network, { origin, webhooks });
  const shops: Shop[] = [];
  const processed: AssuranceData[] = [];
  const process = (data: AssuranceData) => void processed.push(data);

  const open = async ({ name, origin: shopOrigin }: { readonly name: string; readonly origin: string }) => {
    const registration = { name, origin: shopOrigin, country: 'US', category: '5999' };
    const { merchantId } = await kit.merchants.register(registration);
    const key = randomBytes(32).toString('base64url');
    shops.push({ merchantId, name, origin: shopOrigin, key, bindings: new Set() });
    return { url: `http://127.0.0.1:${port}`, key };
  };

  /** Passes an event on. Rejects if the shop does not accept it; the network then delivers it again. */
  const handOn = async (event: EventEnvelope) => {
    for (const shop of shops.filter((each) => isOf(each, event))) {
      const [body, timestamp] = [JSON.stringify(event), String(Math.floor(clock().getTime() / 1000))];
      const signature = signDelivery({ key: shop.key, id: event.id, timestamp, body });
      const headers = { 'webhook-id': event.id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      const answer = await fetch(onLoopback(SHOP_WEBHOOK_PATH, shop), { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`The shop answered ${answer.status} to an event.`);
    }
  };
  const receive = toNodeHandler(kit.events.webhook({ store: createMemoryEventStore(), on: { otherwise: handOn } }), {
    origin,
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '', origin);
    if (pathname === EVENTS_PATH) return receive(request, response);
    const [, area, name = '', ...rest] = pathname.split('/');
    if (area === 'return') {
      const shop = shops.find(({ merchantId }) => merchantId === name);
      if (shop === undefined) return void response.writeHead(404).end();
      return void response.writeHead(303, { location: `${shop.origin}/${rest.join('/')}${search}` }).end();
    }
    const shop = shops.find(({ key }) => request.headers.authorization === `Bearer ${key}`);
    const call = shop && Object.entries(callsOf(kit, shop, { origin, process })).find(([each]) => each === name)?.[1];
    if (call === undefined) return void response.writeHead(shop ? 404 : 401).end('{}');
    const { status, body } = await call(JSON.parse(await text(request)) as never).then(
      (answer) => ({ status: 200, body: answer }),
      describeError,
    );
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  return {
    account: await open(first),
    processed,
    open,
    async stop() {
      server.close();
      server.closeAllConnections();
      await kit.close();
    },
  };
}

/** The members of an outcome that the provider keeps. */
interface Remembered {
  readonly card?: SavedCard;
  readonly again?: boolean;
  readonly assuranceData?: AssuranceData;
}

/** The calls of one shop. Name and origin come from the shop's registration, and a binding has to be the shop's own. */
function callsOf(
  kit: Merchant,
  shop: Shop,
  { origin, process }: { readonly origin: string; readonly process: (data: AssuranceData) => void },
): Readonly<Record<string, (given: never) => Promise<unknown>>> {
  const { merchantId, name, bindings } = shop;
  const ofShop = { merchant: merchantId };
  const returning = (callbackUri: string) => `${origin}/return/${merchantId}${new URL(callbackUri).pathname}`;
  const remembering = async <Outcome extends object>(outcome: Promise<Outcome>): Promise<Outcome> => {
    const { card, again, assuranceData } = (await outcome) as Remembered;
    if (card) bindings.add(card.bindingId);
    if (again === false && assuranceData) process(assuranceData);
    return outcome;
  };
  const ownBinding = (bindingId: string | undefined) => {
    if (bindingId !== undefined && bindings.has(bindingId)) return;
    const refusal = { status: 404, reason: 'BINDING_NOT_FOUND', source: '/bindingId', clockAheadSeconds: undefined };
    throw new MerchantError('NETWORK_REFUSED', 'the shop has no such card', { refusal });
  };
  return {
    async startPayment(given: PaymentStart) {
      if ('bindingId' in given.card) ownBinding(given.card.bindingId);
      const order = { ...given.order, merchantName: name, merchantOrigin: shop.origin };
      return kit.startPayment({ ...given, ...ofShop, order, callbackUri: returning(given.callbackUri) });
    },
    startCardEnrolment: (given: CardStart) =>
      kit.startCardEnrolment({ ...given, ...ofShop, callbackUri: returning(given.callbackUri) }),
    completePayment: (given) => remembering(kit.completePayment(given)),
    reportConfirmation: (given) => remembering(kit.reportConfirmation(given)),
    completeCardEnrolment: (given) => remembering(kit.completeCardEnrolment(given)),
    async 'bindings.search'(given: Parameters<Merchant['bindings']['search']>[0]) {
      return (await kit.bindings.search(given)).filter(({ bindingId }) => bindings.has(bindingId));
    },
    async 'bindings.remove'(given: Parameters<Merchant['bindings']['remove']>[0]) {
      ownBinding('bindingId' in given ? given.bindingId : undefined);
      return kit.bindings.remove(given);
    },
  };
}

function isOf({ bindings, origin }: Shop, { type, data }: EventEnvelope): boolean {
  const { bindingId, merchantOrigin } = data as { readonly bindingId?: string; readonly merchantOrigin?: string };
  if (type === 'passkey.deleted') return true;
  return bindingId === undefined ? merchantOrigin === origin : bindings.has(bindingId);
}

/** The loopback address of a path at the shop. */
function onLoopback(path: string, { origin }: Shop): URL {
  return new URL(path, `http://127.0.0.1:${new URL(origin).port}`);
}

function describeError(error: unknown): { readonly status: number; readonly body: unknown } {
  if (!(error instanceof MerchantError)) throw error;
  const { code, message, refusal, retryAfterSeconds, earlierApproval } = error;
  const details = { refusal, retryAfterSeconds, earlierApproval };
  return { status: 422, body: { code, message: message.slice(`${code}: `.length), ...details } };
}
