/** Payment service providers: the merchants that they register, and the sessions that name one. */
import type { PaymentClientData } from '@payment-passkeys/authenticator';
import { MERCHANTS_PATH, type MerchantRegistration, merchantPath } from '@payment-passkeys/protocol';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startSessionOf,
  TEST_MERCHANT,
  type TestClient,
} from '@payment-passkeys/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findClient, resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { act, findBindings, ofPan } from './lifecycle.ts';
import { createCaller, newP256, registerCaller } from './oauth2-caller.ts';
import { proofOf } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, reason, startTestShop, type TestShop } from './shop.ts';
import { confirm } from './spc-steps.ts';
import { readTrail } from './stored-audit.ts';

const FRAME = 'https://pay.provider.example';
const { consumerKey: _key, ...SHOP } = { ...TEST_MERCHANT, merchantOrigins: [], merchantNames: [] };
const PROVIDER = { ...SHOP, provider: true, merchantOrigins: [FRAME] };
const BOOKS: MerchantRegistration = {
  name: 'Corner Books',
  origin: 'https://books.example',
  country: 'US',
  category: '5942',
};

let at: TestShop;
let provider: TestClient;
beforeAll(async () => {
  at = await startTestShop({
    MERCHANTS_PER_PROVIDER: '5',
    RATE_LIMIT_PER_MERCHANT: '12',
    RATE_LIMIT_PER_CLIENT: '1000',
  });
  provider = await addProvider('provider');
});
afterAll(() => at.network.stop());

const addProvider = (clientId: string) => at.network.addClient({ ...PROVIDER, clientId, consumerKey: clientId });

const register = (client: TestClient, registration: object) =>
  client.send({ path: MERCHANTS_PATH, body: JSON.stringify(registration) });
const replace = (client: TestClient, merchantId: string, registration: object) =>
  client.send({ path: merchantPath(merchantId), body: JSON.stringify(registration), method: 'PUT' });
const remove = (client: TestClient, merchantId: string) =>
  client.send({ path: merchantPath(merchantId), body: '', method: 'DELETE' });

/** A new provider with one merchant. */
async function startProvider(clientId: string, changes: Partial<MerchantRegistration> = {}) {
  const client = await addProvider(clientId);
  const { body } = await register(client, { ...BOOKS, ...changes });
  return { client, merchantId: body.merchantId as string };
}

/** A payment without the merchant's name and origin, which the registration has. `transaction` may set them. */
function pay(client: TestClient, pan: string, call: { readonly merchantId?: string; readonly transaction?: object }) {
  const { merchantName: _name, merchantOrigin: _origin, ...rest } = buildPaymentInfo().transaction;
  const transaction = { ...rest, ...call.transaction };
  const info = { ...buildPaymentInfo({ accountReferences: cardOf(pan) }), transaction };
  const request = call.merchantId === undefined ? {} : { merchantId: call.merchantId };
  return startSessionOf(client, 'TRANSACTION_AUTHENTICATION', { info, request });
}

/** A payment with a saved card. */
function payWith(client: TestClient, saved: { readonly bindingId: string }, merchantId: string) {
  const { accountReferences: _, transaction, ...rest } = buildPaymentInfo({ transaction: buildTransaction() });
  const { merchantName: _name, merchantOrigin: _origin, ...order } = transaction;
  const info = { ...rest, ...saved, transaction: order };
  return startSessionOf(client, 'TRANSACTION_AUTHENTICATION', { info, request: { merchantId } });
}

const faults = ({ body }: { readonly body: { errordetail: { reason: string; source: string }[] } }) =>
  body.errordetail.map(({ reason: code, source }) => `${code} ${source}`);

const trail = async (merchantId: string) =>
  (await readTrail(at.network.database.pool)).flatMap(({ action, actor, before, after, subject_id }) =>
    subject_id === merchantId ? [{ action, actor, before, after }] : [],
  );

test('a merchant is registered, changed, listed and deleted, and each change is in the audit trail', async () => {
  const client = await addProvider('registering');
  const registered = await register(client, { ...BOOKS, name: 'Cafe\u0301' });
  expect(registered.status).toBe(201);
  const { merchantId } = registered.body;
  const stored = { merchantId, ...BOOKS, name: 'Caf\u00e9', frame: false };
  expect(registered.body).toEqual(stored);
  const changed = { ...BOOKS, country: 'CA', frame: true };
  expect(await replace(client, merchantId, changed)).toMatchObject({ status: 200, body: { merchantId, ...changed } });
  await replace(client, merchantId, changed);
  expect((await client.read(MERCHANTS_PATH)).body).toEqual({ merchants: [{ merchantId, ...changed }] });
  expect(await remove(client, merchantId)).toMatchObject({ status: 200, body: { merchantId, ...changed } });
  expect((await client.read(MERCHANTS_PATH)).body).toEqual({ merchants: [] });
  const actor = { kind: 'CLIENT', id: 'registering' };
  const { merchantId: _id, ...first } = stored;
  expect(await trail(merchantId)).toEqual(
    expect.arrayContaining([
      { action: 'merchant.registered', actor, before: null, after: first },
      { action: 'merchant.changed', actor, before: first, after: changed },
      { action: 'merchant.deleted', actor, before: changed, after: null },
    ]),
  );
  expect(await trail(merchantId)).toHaveLength(3); // the same change again changes nothing
});

test.each([
  ['no name', { name: undefined }, 'MISSING_FIELD /name'],
  ['an origin with a path', { origin: 'https://books.example/pay' }, 'INVALID_FIELD /origin'],
  ['an origin without TLS', { origin: 'http://books.example' }, 'INVALID_FIELD /origin'],
  ['an origin with its default port', { origin: 'https://books.example:443' }, 'INVALID_FIELD /origin'],
  ['a country of three letters', { country: 'USA' }, 'INVALID_FIELD /country'],
  ['a category of three digits', { category: '594' }, 'INVALID_FIELD /category'],
  ['a frame that is no boolean', { frame: 'yes' }, 'INVALID_FIELD /frame'],
])('%s is refused', async (_, changes, fault) => {
  expect(faults(await register(provider, { ...BOOKS, ...changes }))).toEqual([fault]);
});

test('only a provider registers merchants, and each only its own', async () => {
  expect(reason(await register(at.shop, BOOKS))).toBe('PROVIDER_ONLY');
  expect(reason(await at.shop.read(MERCHANTS_PATH))).toBe('PROVIDER_ONLY');
  const { merchantId } = await startProvider('owner');
  expect(reason(await replace(provider, merchantId, BOOKS))).toBe('MERCHANT_NOT_FOUND');
  expect(reason(await remove(provider, merchantId))).toBe('MERCHANT_NOT_FOUND');
  expect((await provider.read(MERCHANTS_PATH)).body.merchants).not.toContainEqual(
    expect.objectContaining({ merchantId }),
  );
});

test('an origin belongs to one merchant of a provider, and to merchants of other providers too', async () => {
  const { client } = await startProvider('one-origin');
  expect(faults(await register(client, { ...BOOKS, name: 'Books' }))).toEqual(['MERCHANT_ORIGIN_USED /origin']);
  const other = (await register(client, { ...BOOKS, origin: 'https://toys.example' })).body.merchantId;
  expect(faults(await replace(client, other, BOOKS))).toEqual(['MERCHANT_ORIGIN_USED /origin']);
  expect((await startProvider('same-origin')).merchantId).toMatch(/^[\w-]{22}$/);
});

test('the same registration again, also many times at once, is answered with the same merchant, and is one entry of the audit trail', async () => {
  const client = await addProvider('repeating');
  const answers = await Promise.all(Array.from({ length: 8 }, () => register(client, BOOKS)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
  const [first] = answers;
  for (const { body } of answers) expect(body).toEqual(first?.body);
  expect((await client.read(MERCHANTS_PATH)).body.merchants).toEqual([first?.body]);
  expect(await trail(first?.body.merchantId)).toHaveLength(1);
  expect(reason(await register(client, { ...BOOKS, frame: true }))).toBe('MERCHANT_ORIGIN_USED');
});

test('a provider has at most so many merchants, also if it registers them at once; the list comes in pages', async () => {
  const client = await addProvider('limited');
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) => register(client, { ...BOOKS, origin: `https://shop-${n}.example` })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  expect(answers.filter((answer) => answer.status === 409 && reason(answer) === 'TOO_MANY_MERCHANTS')).toHaveLength(7);
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const { body } = await client.read(`${MERCHANTS_PATH}?limit=2${after && `&after=${after}`}`);
    ids.push(...body.merchants.map(({ merchantId }: { merchantId: string }) => merchantId));
    if (body.next === undefined) break;
    after = body.next;
  }
  expect(ids).toEqual(answers.flatMap(({ body }) => body.merchantId ?? []).toSorted());
});

test('an access token needs the scope `merchants`, which only a provider is granted', async () => {
  const key = newP256();
  await registerCaller(at.network, [key], { ...PROVIDER, clientId: 'newer-provider' });
  const caller = createCaller(at.network, { clientId: 'newer-provider', key });
  const token = await caller.takeToken('merchants');
  expect((await caller.call({ method: 'GET', path: MERCHANTS_PATH, token })).body).toEqual({ merchants: [] });
  const otherToken = await caller.takeToken('sessions');
  expect((await caller.call({ method: 'GET', path: MERCHANTS_PATH, token: otherToken })).status).toBe(403);
  const shopKey = newP256();
  await registerCaller(at.network, [shopKey], { ...SHOP, clientId: 'newer-shop' });
  const shop = createCaller(at.network, { clientId: 'newer-shop', key: shopKey });
  await shop.takeToken();
  expect((await shop.requestToken({ form: { scope: 'merchants' } })).body.error).toBe('invalid_scope');
});

test('a payment takes name, origin, country and category from the registration', async () => {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  const { client, merchantId } = await startProvider('taking');
  const started = await pay(client, pan, { merchantId });
  expect(started.status).toBe(201);
  expect(started.body.securePaymentConfirmation).toMatchObject({ payeeName: BOOKS.name, payeeOrigin: BOOKS.origin });
  const { rows } = await at.network.database.pool.query('SELECT payment FROM session WHERE session_id = $1', [
    started.body.authenticationSessionId,
  ]);
  expect(rows[0].payment).toMatchObject({
    ...{ merchantName: BOOKS.name, merchantOrigin: BOOKS.origin },
    ...{ merchantCountryCode: 'US', merchantCategoryCode: '5942', amount: '12.34' },
  });
  const opened = (await browser.open(started.body.uri)).body;
  expect(opened.display.payment).toMatchObject({ merchantName: BOOKS.name, merchantOrigin: BOOKS.origin });
  const same = { merchantName: BOOKS.name, merchantOrigin: BOOKS.origin, merchantCountryCode: 'US' };
  expect((await pay(client, pan, { merchantId, transaction: same })).status).toBe(201);
});

test('values that differ from the registration are refused, each named; a wrong merchant too', async () => {
  const { client, merchantId } = await startProvider('differing');
  const transaction = { merchantName: 'Corner Toys', merchantOrigin: BOOKS.origin, merchantCategoryCode: '5945' };
  expect(faults(await pay(client, freshPan(), { merchantId, transaction }))).toEqual([
    'MERCHANT_DIFFERS /srcSessionInitiationRequestInfo/transaction/merchantName',
    'MERCHANT_DIFFERS /srcSessionInitiationRequestInfo/transaction/merchantCategoryCode',
  ]);
  expect(faults(await pay(client, freshPan(), {}))).toEqual(['MISSING_FIELD /merchantId']);
  expect(faults(await pay(provider, freshPan(), { merchantId }))).toEqual(['MERCHANT_NOT_FOUND /merchantId']);
  const named = buildPaymentInfo().transaction;
  expect(faults(await pay(at.shop, freshPan(), { merchantId, transaction: named }))).toEqual([
    'MERCHANT_ID_NOT_ALLOWED /merchantId',
  ]);
  expect(faults(await pay(at.shop, freshPan(), {}))).toEqual([
    'MISSING_FIELD /srcSessionInitiationRequestInfo/transaction/merchantName',
    'MISSING_FIELD /srcSessionInitiationRequestInfo/transaction/merchantOrigin',
  ]);
});

test('an order is one within a merchant, and the same number at another merchant is another order', async () => {
  const pan = freshPan();
  const { client, merchantId } = await startProvider('ordering');
  const { body: toys } = await register(client, { ...BOOKS, name: 'Toys', origin: 'https://toys.example' });
  const order = { orderId: '1001' };
  const first = (await pay(client, pan, { merchantId, transaction: order })).body.authenticationSessionId;
  await pay(client, pan, { merchantId: toys.merchantId, transaction: order });
  const stateOf = async (id: string) => (await client.read(`/authentication/sessions/${id}`)).body.state;
  expect(await stateOf(first)).toBe('created');
  await pay(client, pan, { merchantId, transaction: order });
  expect(await stateOf(first)).toBe('superseded');
});

test('a passkey that is made at a shop: the page names the shop', async () => {
  const { client, merchantId } = await startProvider('adding');
  const info = buildInstrumentInfo({ accountReferences: cardOf(freshPan()) });
  const { body } = await startSessionOf(client, 'ENROL_FINANCIAL_INSTRUMENT', { info, request: { merchantId } });
  expect((await at.network.browser().open(body.uri)).body.display.clientName).toBe(BOOKS.name);
});

/** Confirms a payment in a dialog that runs at `place`. */
async function confirmIn(
  client: TestClient,
  merchantId: string,
  place: Partial<Record<'origin' | 'topOrigin', string>> & { crossOrigin: boolean },
) {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  const session = (await pay(client, pan, { merchantId })).body;
  const info = buildPaymentInfo();
  const credential = confirm(
    { browser, pan, info, session, id: session.authenticationSessionId },
    {
      lie: ({ payment, ...honest }: PaymentClientData) => ({
        ...honest,
        crossOrigin: place.crossOrigin,
        origin: place.origin ?? BOOKS.origin,
        payment: { ...payment, topOrigin: place.topOrigin ?? BOOKS.origin },
      }),
    },
  );
  return reportAssertion(client, session.authenticationSessionId, { outcome: 'ACCEPTED', credential });
}

test('Secure Payment Confirmation runs in the frame of a provider on the page of a merchant that allows it, and nowhere else', async () => {
  const { client, merchantId } = await startProvider('framing', { frame: true });
  const framed = { origin: FRAME, crossOrigin: true };
  expect((await confirmIn(client, merchantId, framed)).status).toBe(200);
  expect((await confirmIn(client, merchantId, { crossOrigin: false })).status).toBe(200);
  const lying = { ...framed, topOrigin: 'https://other.example' };
  expect(reason(await confirmIn(client, merchantId, lying))).toBe('PAYMENT_ORIGIN_MISMATCH');
  await replace(client, merchantId, BOOKS);
  expect(reason(await confirmIn(client, merchantId, framed))).toBe('PAYMENT_ORIGIN_MISMATCH');
});

test('sessions of a deleted merchant are refused, at the page and at the shop', async () => {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  const { client, merchantId } = await startProvider('deleting');
  const opened = (await pay(client, pan, { merchantId })).body;
  const ceremony = (await browser.open(opened.uri)).body;
  const created = (await pay(client, pan, { merchantId })).body;
  await remove(client, merchantId);
  expect(reason(await browser.open(created.uri))).toBe('CLIENT_SUSPENDED');
  const credential = confirm({
    browser,
    pan,
    info: buildPaymentInfo(),
    session: created,
    id: created.authenticationSessionId,
  });
  const { authenticationSessionId } = created;
  expect(reason(await reportAssertion(client, authenticationSessionId, { outcome: 'ACCEPTED', credential }))).toBe(
    'CLIENT_SUSPENDED',
  );
  expect(reason(await browser.result(browser.answer(ceremony)))).toBe('CLIENT_SUSPENDED');
  expect(reason(await pay(client, pan, { merchantId }))).toBe('MERCHANT_NOT_FOUND');
});

test('a saved card stays after its merchant was deleted: it pays at another merchant of the provider, and the provider deletes it', async () => {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  const { client, merchantId } = await startProvider('keeping');
  const toys = (await register(client, { ...BOOKS, name: 'Toys', origin: 'https://toys.example' })).body.merchantId;
  const approve = async (session: { readonly uri: string }) => {
    const opened = (await browser.open(session.uri)).body;
    const { redirect } = (await browser.result(browser.answer(opened))).body;
    return decodeJwt(proofOf(redirect));
  };
  const { bindingId } = await approve((await pay(client, pan, { merchantId })).body);
  expect(bindingId).toEqual(expect.any(String));
  const saved = { bindingId: String(bindingId) };
  await remove(client, merchantId);

  const held = { ...saved, status: 'ACTIVE', suspendedBy: [], panLastFour: pan.slice(-4) };
  expect(await findBindings(client, saved)).toMatchObject([held]);
  expect(await findBindings(at.network.client, { account: ofPan(pan) })).toContainEqual(expect.objectContaining(held));
  expect(reason(await payWith(client, saved, merchantId))).toBe('MERCHANT_NOT_FOUND');
  const started = await payWith(client, saved, toys);
  expect(started.body.nextStep).toBe('AUTHENTICATE');
  expect(await approve(started.body)).toMatchObject({ ...saved, merchantOrigin: 'https://toys.example' });
  expect(reason(await payWith(provider, saved, (await startProvider('stranger')).merchantId))).toBe(
    'MERCHANT_NOT_FOUND',
  );

  expect((await act(client, 'DELETE', saved)).body.bindings).toMatchObject([{ status: 'DELETED' }]);
  expect((await payWith(client, saved, toys)).body.nextStep).not.toBe('AUTHENTICATE');
});

test('a card that was enrolled at a merchant before its deletion is bound after it', async () => {
  const pan = freshPan();
  const { client, merchantId } = await startProvider('binding-late');
  const info = buildInstrumentInfo({ accountReferences: cardOf(pan) });
  const { body } = await startSessionOf(client, 'ENROL_FINANCIAL_INSTRUMENT', { info, request: { merchantId } });
  const browser = at.network.browser();
  await browser.open(body.uri);
  const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
  const { headers } = await browser.visit(await at.issuer.answer(claims.jti));
  const opened = await browser.open(new URL(headers.get('location') ?? '', at.network.publicUrl).href);
  const { redirect } = (await browser.result(browser.answer(opened.body))).body;
  await remove(client, merchantId);
  const { authenticationSessionId } = body;
  const bound = await client.bind({ authenticationSessionId, proofOfAuthentication: proofOf(redirect) });
  expect(bound.status).toBe(201);
  expect(await findBindings(client, { bindingId: bound.body.bindingId })).toMatchObject([{ status: 'ACTIVE' }]);
});

test('a suspended provider can do nothing, and nor can its merchants', async () => {
  const { client, merchantId } = await startProvider('suspended');
  const { uri } = (await pay(client, freshPan(), { merchantId })).body;
  const { pool } = at.network.database;
  await suspendClient(pool, 'suspended', bySetUp(at.network.now));
  expect((await register(client, BOOKS)).status).toBe(403);
  expect((await pay(client, freshPan(), { merchantId })).status).toBe(403);
  if (uri !== undefined) expect(reason(await at.network.browser().open(uri))).toBe('CLIENT_SUSPENDED');
  await resumeClient(pool, 'suspended', bySetUp(at.network.now));
  expect(await findClient(pool, 'suspended')).toMatchObject({ provider: true, suspended: false });
});

test('what one merchant sends beyond its limit is 429, and does not count against the provider', async () => {
  const { client, merchantId } = await startProvider('busy');
  const { body: toys } = await register(client, { ...BOOKS, origin: 'https://toys.example' });
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    vi.setSystemTime(Date.now() + 2000);
    const answers = await Promise.all(Array.from({ length: 14 }, () => pay(client, freshPan(), { merchantId })));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2);
    expect((await pay(client, freshPan(), { merchantId: toys.merchantId })).status).toBe(201);
  } finally {
    vi.useRealTimers();
  }
});
