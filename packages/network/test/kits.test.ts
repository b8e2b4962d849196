/** The kits' calls after the binding (contract §12 to §16), against this network. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createIssuer,
  createMemoryEnrolmentStore,
  createMemoryEventStore,
  type EventEnvelope,
  type Issuer,
} from '@payment-passkeys/issuer/server';
import {
  createMemoryMerchantStore,
  createMerchant,
  type Merchant,
  toNodeHandler,
} from '@payment-passkeys/merchant/server';
import {
  buildPaymentInfo,
  buildSessionInfo,
  buildTransaction,
  startPayment,
  TEST_MERCHANT,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { findClient, resumeClient, saveClient, suspendClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { kitOptions, profileOf } from './kit-options.ts';
import { enrolCardholder } from './lifecycle.ts';
import { newP256, newRsa, pemOf } from './oauth2-caller.ts';
import { cardOf, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';

let at: TestShop;
let issuer: Issuer;
let merchant: Merchant;

beforeAll(async () => {
  at = await startTestShop();
  const { publicUrl } = at.network;
  const callbackOrigins = ['http://shop.localhost:4002'];
  issuer = createIssuer({
    ...kitOptions(at.network),
    callbackOrigins,
    network: profileOf(at.network),
    store: createMemoryEnrolmentStore(),
  });
  merchant = createMerchant({
    ...kitOptions(at.network, at.shop),
    callbackOrigins,
    network: { url: publicUrl, audience: publicUrl },
    store: createMemoryMerchantStore(),
  });
});
afterAll(async () => {
  await Promise.all([issuer.close(), merchant.close()]);
  await at.network.stop();
});

const nextStep = async (bindingId: string) => {
  const { accountReferences: _, ...info } = buildPaymentInfo({ transaction: buildTransaction() });
  return (await startPayment(at.shop, { ...info, bindingId })).body.nextStep;
};

test('a stolen phone: the bank blocks every binding of the card in one call, the shop sees it, and it pays again after it', async () => {
  const { pan, atShop } = await enrolCardholder(at);
  const { bindingId } = atShop;
  const account = { primaryAccountNumber: pan };
  expect(await issuer.bindings.search({ account })).toMatchObject([{ status: 'ACTIVE' }, { status: 'ACTIVE' }]);
  expect(await nextStep(bindingId)).toBe('AUTHENTICATE');

  const suspended = await issuer.bindings.suspend({ account, reasonCode: 'DEVICE_STOLEN' });
  expect(suspended.map(({ status }) => status)).toEqual(['SUSPENDED', 'SUSPENDED']);
  expect(await issuer.bindings.suspend({ account, reasonCode: 'DEVICE_STOLEN' })).toEqual(suspended);
  expect(await nextStep(bindingId)).not.toBe('AUTHENTICATE');
  expect(await merchant.bindings.search({ bindingId })).toMatchObject([
    { suspendedBy: ['ISSUER'], panLastFour: pan.slice(-4) },
  ]);
  const own = { bindingId, reasonCode: 'CLIENT_DECISION' } as const;
  expect(await merchant.bindings.resume(own)).toEqual([{ bindingId, status: 'SUSPENDED', suspendedBy: ['ISSUER'] }]);

  await issuer.bindings.resume({ account, reasonCode: 'CARDHOLDER_REQUEST' });
  expect(await nextStep(bindingId)).toBe('AUTHENTICATE');
});

test('both kits by OAuth 2.0: a bank starts and searches, a shop reads, and a suspended bank is told so', async () => {
  const { pool } = at.network.database;
  const byKey = async (clientId: string, key: ReturnType<typeof newP256>) => {
    const client = await findClient(pool, clientId);
    if (client === undefined) throw new Error('The client is registered.');
    await saveClient(pool, { ...client, oauth2Keys: [pemOf(key)] }, bySetUp(at.network.now));
    return { scheme: 'OAUTH2', key: key.privateKey } as const;
  };
  const { consumerKey: _bank, signingKey: _bankKey, ...bank } = kitOptions(at.network);
  const { consumerKey: _shop, signingKey: _shopKey, ...shop } = kitOptions(at.network, at.shop);
  const callbackOrigins = ['http://bank.localhost:4001'];
  const { publicUrl } = at.network;
  const newer = {
    issuer: createIssuer({
      ...bank,
      auth: await byKey(bank.clientId, newP256()),
      callbackOrigins,
      network: profileOf(at.network),
      store: createMemoryEnrolmentStore(),
    }),
    merchant: createMerchant({
      ...shop,
      auth: { ...(await byKey(shop.clientId, newRsa())), scope: 'events bindings' },
      callbackOrigins,
      network: { url: publicUrl, audience: publicUrl },
      store: createMemoryMerchantStore(),
    }),
  };
  const { pan, atShop } = await enrolCardholder(at);
  const account = { primaryAccountNumber: pan };
  expect(await newer.issuer.bindings.search({ account })).toHaveLength(2);
  expect(await newer.merchant.bindings.search({ bindingId: atShop.bindingId })).toHaveLength(1);
  const info = buildSessionInfo(at.network.now, { accountReferences: cardOf(pan) });
  const started = await newer.issuer.startEnrolment({
    cardholderId: 'cardholder-1',
    accounts: info.accountReferences,
    verification: info.cardholderVerification,
    consent: info.consent,
    complianceResources: info.complianceSettings?.complianceResources ?? [],
    callbackUri: 'http://bank.localhost:4001/passkeys/callback',
  });
  expect(started.redirect).toContain(publicUrl);
  const { authenticationSessionId } = started;
  await expect(newer.merchant.sessions.read({ authenticationSessionId })).rejects.toMatchObject({
    refusal: { status: 403, reason: 'INSUFFICIENT_SCOPE' },
  });
  await suspendClient(pool, 'test-bank', bySetUp(at.network.now));
  await expect(newer.issuer.bindings.search({ account })).rejects.toMatchObject({
    code: 'NETWORK_REFUSED',
    message: expect.stringContaining(
      'no access token: the network answered 401 invalid_client: The client is suspended.',
    ),
  });
  await resumeClient(pool, 'test-bank', bySetUp(at.network.now));
  expect(await newer.issuer.bindings.search({ account })).toHaveLength(2);
  await Promise.all([newer.issuer.close(), newer.merchant.close()]);
});

test('a shop removes a card; the same call again answers the same, and nobody can resume it', async () => {
  const { atShop } = await enrolCardholder(at);
  const { bindingId } = atShop;
  const removal = { bindingId, reasonCode: 'CARDHOLDER_REQUEST' } as const;
  const removed = await merchant.bindings.remove(removal);
  expect(removed).toMatchObject([{ bindingId, status: 'DELETED' }]);
  expect(await merchant.bindings.remove(removal)).toEqual(removed);
  await expect(merchant.bindings.resume(removal)).rejects.toMatchObject({ refusal: { reason: 'BINDING_DELETED' } });
  await expect(merchant.bindings.remove({ ...removal, bindingId: 'none' })).rejects.toMatchObject({
    refusal: { reason: 'BINDING_NOT_FOUND' },
  });
});

test('a replaced card keeps its passkeys, and the shop hears of the new last four digits', async () => {
  const { pan, atShop } = await enrolCardholder(at);
  const heard: EventEnvelope[] = [];
  const reader = merchant.events.reader({
    store: createMemoryEventStore(),
    on: { 'binding.updated': (event) => void heard.push(event) },
  });
  await reader.readOnce();
  const to = freshPan();
  const replacement = {
    from: { primaryAccountNumber: pan },
    to: { primaryAccountNumber: to, panExpirationMonth: '12', panExpirationYear: '2032' },
  };
  expect(await issuer.accounts.replace(replacement)).toEqual({ bindings: 2 });
  expect(await issuer.accounts.replace(replacement)).toEqual({ bindings: 2 });
  const { bindingId } = atShop;
  expect(await merchant.bindings.search({ bindingId })).toMatchObject([{ panLastFour: to.slice(-4) }]);
  await reader.readOnce();
  expect(heard).toMatchObject([{ triggeredBy: 'ISSUER', data: { bindingId, panLastFour: to.slice(-4) } }]);
});

test('an approved payment: its session, the facts of its authenticator, and its event', async () => {
  const { pan, browser } = await enrolCardholder(at);
  const heard: EventEnvelope[] = [];
  const store = createMemoryEventStore();
  const reader = () => merchant.events.reader({ store, on: { 'payment.approved': (event) => void heard.push(event) } });
  await reader().readOnce();
  const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
  const { session } = await payOnPage(at, browser, info);
  const read = await merchant.sessions.read(session);
  expect(read).toMatchObject({ state: 'approved', status: 'AUTHENTICATED', bindingId: expect.any(String) });
  const [binding] = await merchant.bindings.search({ bindingId: read.bindingId ?? '' });
  expect(binding).toMatchObject({ lastUsedAt: expect.any(Date), authenticator: { attestation: expect.any(String) } });
  expect(await reader().readOnce()).toMatchObject({ handled: expect.any(Number) });
  const { authenticationSessionId } = session;
  expect(heard).toMatchObject([{ data: { authenticationSessionId, authenticator: binding?.authenticator } }]);
  expect(await reader().readOnce()).toEqual({ handled: 0, repeated: 0 });
});

test("an event reaches the shop's webhook, signed by this network, once", async () => {
  const heard: EventEnvelope[] = [];
  const reports: unknown[] = [];
  const webhook = merchant.events.webhook({
    store: createMemoryEventStore(),
    on: { 'binding.suspended': (event) => void heard.push(event) },
    onDelivery: (report) => void reports.push(report),
  });
  const server = createServer(toNodeHandler(webhook, { origin: 'http://shop.localhost:4002' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const uri = `http://shop.localhost:${port}/payment-passkeys/events`;
  const { registration } = at.shop;
  const register = (webhooks: readonly unknown[]) =>
    saveClient(at.network.database.pool, readRegistration({ ...registration, webhooks }), bySetUp(at.network.now));
  await register([{ uri, types: ['binding.*'] }]);

  const { atShop } = await enrolCardholder(at);
  const { bindingId } = atShop;
  await issuer.bindings.suspend({ bindingId, reasonCode: 'FRAUD_SUSPECTED' });
  const data = { bindingId, reasonCode: 'FRAUD_SUSPECTED', suspendedBy: ['ISSUER'] };
  await vi.waitFor(() => expect(heard).toMatchObject([{ triggeredBy: 'ISSUER', data }]), { timeout: 60_000 });
  expect(reports).not.toContainEqual(expect.objectContaining({ outcome: 'REFUSED' }));

  await register([]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('a payment service provider registers merchants, pays for one, and removes it', async () => {
  const key = { clientId: 'kit-provider', consumerKey: 'kit-provider!key' };
  const frame = 'https://pay.provider.example';
  const own = { ...TEST_MERCHANT, ...key, provider: true, merchantOrigins: [frame], merchantNames: [] };
  const client = await at.network.addClient(own);
  const { publicUrl } = at.network;
  const callbackOrigins = [`https://${own.callbackDomains[0]}`];
  const kit = createMerchant({
    ...kitOptions(at.network, client),
    callbackOrigins,
    network: { url: publicUrl, audience: publicUrl },
    store: createMemoryMerchantStore(),
  });
  const books = { name: 'Corner Books', origin: 'https://books.example', country: 'US', category: '5942' };
  const registered = await kit.merchants.register(books);
  expect(registered).toEqual({ ...books, frame: false, merchantId: expect.stringMatching(/^[\w-]{22}$/) });
  expect(await kit.merchants.register(books)).toEqual(registered);
  const { merchantId } = registered;
  const framed = { ...registered, frame: true };
  expect(await kit.merchants.replace(framed)).toEqual(framed);
  const toys = await kit.merchants.register({ ...books, name: 'Toys', origin: 'https://toys.example' });
  await expect(kit.merchants.replace({ ...toys, origin: books.origin })).rejects.toMatchObject({
    refusal: { status: 409, reason: 'MERCHANT_ORIGIN_USED', source: '/origin' },
  });
  const ids = [merchantId, toys.merchantId].toSorted();
  const first = await kit.merchants.list({ limit: 1 });
  expect(first).toMatchObject({ merchants: [{ merchantId: ids[0] }], next: ids[0] });
  expect(await kit.merchants.list({ after: first.next ?? '' })).toMatchObject({ merchants: [{ merchantId: ids[1] }] });

  const { pan } = await enrolCardholder(at);
  const card = { primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' };
  const order = {
    ...{ orderId: 'books-1', amount: '18.00', currency: 'USD' },
    ...{ merchantName: books.name, merchantOrigin: books.origin },
  };
  const start = {
    merchant: merchantId,
    order,
    card,
    shopperId: 'guest',
    callbackUri: `${callbackOrigins[0]}/callback`,
  };
  expect(await kit.startPayment(start)).toMatchObject({ nextStep: 'AUTHENTICATE' });
  expect(await kit.merchants.remove({ merchantId })).toEqual(framed);
  expect(await kit.merchants.remove({ merchantId })).toBeUndefined();
  expect(await kit.merchants.list()).toMatchObject({ merchants: [{ merchantId: toys.merchantId }] });
  await expect(kit.startPayment({ ...start, order: { ...order, orderId: 'books-2' } })).rejects.toMatchObject({
    code: 'NETWORK_REFUSED',
    refusal: { reason: 'MERCHANT_NOT_FOUND' },
  });
  await kit.close();
});

test('a payment service provider by OAuth 2.0 registers, replaces and removes a merchant', async () => {
  const key = newP256();
  const own = { ...TEST_MERCHANT, clientId: 'newer-kit-provider', consumerKey: 'newer-kit-provider!key' };
  const pages = { provider: true, merchantOrigins: ['https://pay.provider.example'], merchantNames: [] };
  const client = await at.network.addClient({ ...own, ...pages, oauth2Keys: [pemOf(key)] });
  const { consumerKey: _, signingKey: _key, ...options } = kitOptions(at.network, client);
  const { publicUrl } = at.network;
  const kit = createMerchant({
    ...options,
    auth: { scheme: 'OAUTH2', key: key.privateKey, scope: 'merchants' },
    callbackOrigins: [`https://${own.callbackDomains[0]}`],
    network: { url: publicUrl, audience: publicUrl },
    store: createMemoryMerchantStore(),
  });
  const books = { name: 'Corner Books', origin: 'https://books.example', country: 'US', category: '5942' };
  const { merchantId } = await kit.merchants.register(books);
  expect(await kit.merchants.replace({ ...books, merchantId, country: 'CA' })).toMatchObject({ country: 'CA' });
  expect(await kit.merchants.list()).toMatchObject({ merchants: [{ merchantId, country: 'CA' }] });
  expect(await kit.merchants.remove({ merchantId })).toMatchObject({ merchantId });
  await kit.close();
});

test('a shop that is no provider registers no merchants', async () => {
  const given = { name: 'Books', origin: 'https://books.example', country: 'US', category: '5942' };
  const refusal = { code: 'NETWORK_REFUSED', refusal: { status: 403, reason: 'PROVIDER_ONLY' } };
  await expect(merchant.merchants.register(given)).rejects.toMatchObject(refusal);
  await expect(merchant.merchants.list()).rejects.toMatchObject(refusal);
});

test("another client's session is not found", async () => {
  const { body } = await at.network.client.startSession();
  const { authenticationSessionId } = body;
  expect(await issuer.sessions.read({ authenticationSessionId })).toMatchObject({ state: 'created' });
  await expect(merchant.sessions.read({ authenticationSessionId })).rejects.toMatchObject({
    refusal: { status: 404, reason: 'SESSION_NOT_FOUND' },
  });
});
