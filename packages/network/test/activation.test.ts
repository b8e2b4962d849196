/** A binding that is made at a shop waits until the card's issuer activates it (contract §14, `activation: "BY_ISSUER"`). */
import { readPaymentClaims } from '@payment-passkeys/protocol';
import { startPayment, TEST_MERCHANT, type TestBrowser, type TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { act, findBindings, ofPan, replaceCard, replacementOf } from './lifecycle.ts';
import {
  addCardAtShop,
  bindAtShop,
  claimsOf,
  enrolAtBank,
  freshPan,
  paymentBy,
  paymentOf,
  payOnPage,
  startTestShop,
  type TestShop,
  verifyAtShop,
} from './shop.ts';
import { summarise, takeEvents } from './stored-events.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let otherShop: TestClient;
beforeAll(async () => {
  at = await startTestShop();
  otherShop = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'other-shop', consumerKey: 'other-shop!key' });
  await setActivation('BY_ISSUER');
});
afterAll(() => at.network.stop());
beforeEach(async () => {
  at.network.now = START;
  await takeEvents(at.network);
});

const bank = () => at.network.client;
const take = async () => summarise(await takeEvents(at.network));
const start = async (info: unknown, shop = at.shop) => (await startPayment(shop, info)).body;
const nextStep = async (info: unknown, shop = at.shop) => (await start(info, shop)).nextStep;
const statusOf = async (bindingId: string) => (await findBindings(at.shop, { bindingId }))[0]?.status;

async function setActivation(activation: 'AT_ONCE' | 'BY_ISSUER'): Promise<void> {
  const registration = { ...bank().registration, verification: at.issuer.verification, activation };
  await saveClient(at.network.database.pool, readRegistration(registration), bySetUp(START));
}

/** A payment by card number, until its passkey is created or used. Answers the session's address. */
async function register(pan: string, browser: TestBrowser, shop = at.shop): Promise<string> {
  const { uri } = await start(paymentOf(pan), shop);
  await browser.open(uri);
  const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
  await browser.visit(await at.issuer.answer(claims.jti));
  const opened = await browser.open(uri);
  expect((await browser.result(browser.answer(opened.body))).body).toEqual({ reopen: true });
  return uri;
}

async function approve(uri: string, browser: TestBrowser) {
  const opened = await browser.open(uri);
  return browser.result(browser.answer(opened.body));
}

async function payAndRegister(pan: string, browser: TestBrowser): Promise<string> {
  const { redirect } = (await approve(await register(pan, browser), browser)).body;
  const { bindingId } = readPaymentClaims(await claimsOf(at, redirect)) ?? {};
  if (bindingId === undefined) throw new Error('The payment was approved.');
  return bindingId;
}

/** Adds a card at the shop. Its binding then waits for the activation. */
async function addCard(pan = freshPan(), browser = at.network.browser()) {
  return { pan, browser, bindingId: await addCardAtShop(at, pan, browser) };
}

describe('what waits', () => {
  test('the binding of a payment that registers on the way: that payment is approved, and no other', async () => {
    const [pan, browser] = [freshPan(), at.network.browser()];
    const bindingId = await payAndRegister(pan, browser);
    const created = (await takeEvents(at.network)).filter(({ type }) => type === 'binding.created');
    expect(created.map(({ to, data }) => [to, data.bindingId, data.status])).toEqual([
      ['test-bank', bindingId, 'PENDING_ACTIVATION'],
      ['test-shop', bindingId, 'PENDING_ACTIVATION'],
    ]);
    for (const client of [bank(), at.shop]) {
      expect(await findBindings(client, { bindingId })).toMatchObject([
        { status: 'PENDING_ACTIVATION', suspendedBy: [] },
      ]);
    }
    const byBinding = await start(paymentBy(bindingId));
    expect(byBinding).toMatchObject({ nextStep: 'STEP_UP', bindingStatus: 'PENDING_ACTIVATION' });
    expect(byBinding).not.toHaveProperty('uri');
    for (const shop of [at.shop, otherShop]) {
      const byNumber = await start(paymentOf(pan), shop);
      expect(byNumber.nextStep).toBe('REGISTER');
      expect(byNumber).not.toHaveProperty('bindingStatus');
    }
    // A second payment with the issuer's verification has the same binding, which still waits.
    expect(await payAndRegister(pan, browser)).toBe(bindingId);
    expect(await statusOf(bindingId)).toBe('PENDING_ACTIVATION');
  });

  test('the binding of a saved card; the bank’s own does not, nor one that an open binding has approved', async () => {
    const { pan, browser, bindingId } = await addCard();
    expect(await statusOf(bindingId)).toBe('PENDING_ACTIVATION');
    expect(await addCardAtShop(at, pan, browser)).toBe(bindingId);
    await enrolAtBank(at, pan, browser);
    const atBank = (await findBindings(bank(), { account: ofPan(pan) })).find(({ heldBy }) => heldBy.role === 'issuer');
    expect(atBank?.status).toBe('ACTIVE');
    // This shop's own binding still waits, so its payment registers again. Another shop's payment uses the bank's binding.
    expect(await nextStep(paymentOf(pan))).toBe('REGISTER');
    const { result } = await payOnPage({ shop: otherShop }, browser, paymentOf(pan));
    expect(result.body.redirect).toContain('status=AUTHENTICATED');
    expect(await findBindings(otherShop, { account: ofPan(pan) })).toMatchObject([{ status: 'ACTIVE' }]);
  });

  test('the report of a session says so, until the issuer activates: of an added card, and of a payment that registered on the way', async () => {
    const [pan, browser] = [freshPan(), at.network.browser()];
    const added = await verifyAtShop(at, pan, browser);
    const sessions = [added.session.authenticationSessionId];
    const reports = () =>
      Promise.all(sessions.map(async (id) => (await at.shop.read(`/authentication/sessions/${id}`)).body));
    expect((await reports())[0]).not.toHaveProperty('bindingStatus');
    const bindingId = await bindAtShop(at, added);
    const uri = await register(pan, browser);
    sessions.push(new URL(uri).searchParams.get('authenticationSessionId') ?? '');
    await approve(uri, browser);
    const waiting = { bindingId, bindingStatus: 'PENDING_ACTIVATION' };
    expect(await reports()).toMatchObject([
      { state: 'bound', ...waiting },
      { state: 'approved', ...waiting },
    ]);
    await act(at.shop, 'SUSPEND', { bindingId });
    expect(await reports()).toMatchObject([waiting, waiting]);
    await act(bank(), 'ACTIVATE', { bindingId });
    for (const report of await reports()) {
      expect(report).toMatchObject({ bindingId });
      expect(report).not.toHaveProperty('bindingStatus');
    }
  });

  test('another passkey of the card pays, and Secure Payment Confirmation is offered for that one only', async () => {
    const { pan } = await addCard();
    const known = await enrolAtBank(at, pan);
    const { nextStep, securePaymentConfirmation } = await start(paymentOf(pan));
    const ids = known.authenticator.credentials.map(({ credentialId }) => credentialId.toString('base64url'));
    expect([nextStep, securePaymentConfirmation.credentialIds]).toEqual(['AUTHENTICATE', ids]);
  });

  test('a change of the setting changes no binding', async () => {
    const { bindingId } = await addCard();
    await setActivation('AT_ONCE');
    try {
      expect(await statusOf(bindingId)).toBe('PENDING_ACTIVATION');
      expect(await statusOf((await addCard()).bindingId)).toBe('ACTIVE');
    } finally {
      await setActivation('BY_ISSUER');
    }
  });
});

describe('the issuer', () => {
  test('activates: the same call again is answered alike, the shop hears of it once, and the next payment is approved', async () => {
    const { pan, browser, bindingId } = await addCard();
    await take();
    for (let time = 0; time < 2; time++) {
      const { status, body } = await act(bank(), 'ACTIVATE', { bindingId }, 'CARDHOLDER_REQUEST');
      expect([status, body.bindings]).toEqual([200, [{ bindingId, status: 'ACTIVE', suspendedBy: [] }]]);
    }
    const told = await takeEvents(at.network);
    expect(summarise(told)).toEqual(['binding.activated to test-shop by ISSUER']);
    expect(told[0]?.data).toMatchObject({ bindingId, status: 'ACTIVE', reasonCode: 'CARDHOLDER_REQUEST' });
    expect(await nextStep(paymentOf(pan))).toBe('AUTHENTICATE');
    expect((await payOnPage(at, browser, paymentBy(bindingId))).result.status).toBe(200);
    expect(await addCardAtShop(at, pan, browser)).toBe(bindingId);
    expect(await statusOf(bindingId)).toBe('ACTIVE');
  });

  test('activates all bindings of a card at once, and 16 calls at once are one activation', async () => {
    const { pan, bindingId } = await addCard();
    const second = await addCard(pan);
    await take();
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => act(bank(), 'ACTIVATE', { account: ofPan(pan) })),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.bindings).toEqual(
        [bindingId, second.bindingId].toSorted().map((id) => ({ bindingId: id, status: 'ACTIVE', suspendedBy: [] })),
      );
    }
    expect(await take()).toEqual(Array.from({ length: 2 }, () => 'binding.activated to test-shop by ISSUER'));
  });

  test('alone may activate, and only what is there', async () => {
    const { bindingId } = await addCard();
    const otherBank = await at.network.addClient({
      ...{ clientId: 'other-bank', consumerKey: 'other-bank!key', accountRanges: ['400000'] },
    });
    const refusal = async (client: TestClient) => {
      const { status, body } = await act(client, 'ACTIVATE', { bindingId });
      return [status, body.errordetail?.[0]?.reason, body.errordetail?.[0]?.source];
    };
    expect(await refusal(at.shop)).toEqual([403, 'ACTION_NOT_ALLOWED', '/action']);
    expect(await refusal(otherShop)).toEqual([403, 'ACTION_NOT_ALLOWED', '/action']);
    expect(await refusal(otherBank)).toEqual([404, 'BINDING_NOT_FOUND', '/bindingId']);
    expect(await statusOf(bindingId)).toBe('PENDING_ACTIVATION');
    await act(at.shop, 'DELETE', { bindingId });
    expect(await refusal(bank())).toEqual([409, 'BINDING_DELETED', '/bindingId']);
  });

  test('refuses by DELETE: the shop hears of it, and the card can be added again', async () => {
    const { pan, browser, bindingId } = await addCard();
    await take();
    const { body } = await act(bank(), 'DELETE', { bindingId }, 'FRAUD_SUSPECTED');
    expect(body.bindings).toEqual([{ bindingId, status: 'DELETED', suspendedBy: [] }]);
    expect(await take()).toEqual(['binding.deleted to test-shop by ISSUER']);
    const again = await addCardAtShop(at, pan, browser);
    expect([again === bindingId, await statusOf(again)]).toEqual([false, 'PENDING_ACTIVATION']);
  });

  test('RESUME activates nothing, and ACTIVATE ends no suspension', async () => {
    const { browser, bindingId } = await addCard();
    await take();
    const said: unknown[] = [];
    for (const action of ['SUSPEND', 'RESUME', 'SUSPEND', 'ACTIVATE', 'RESUME'] as const) {
      const { status, suspendedBy } = (await act(bank(), action, { bindingId })).body.bindings[0];
      const [event] = await takeEvents(at.network);
      expect(event?.data.status).toBe(status);
      said.push([event?.type, status, ...suspendedBy]);
    }
    expect(said).toEqual([
      ['binding.suspended', 'PENDING_ACTIVATION', 'ISSUER'],
      ['binding.resumed', 'PENDING_ACTIVATION'],
      ['binding.suspended', 'PENDING_ACTIVATION', 'ISSUER'],
      ['binding.activated', 'SUSPENDED', 'ISSUER'],
      ['binding.resumed', 'ACTIVE'],
    ]);
    expect((await payOnPage(at, browser, paymentBy(bindingId))).result.status).toBe(200);
  });

  test.each(['ACTIVATE', 'SUSPEND', 'DELETE'] as const)(
    '%s while the payment that registered on the way waits for its approval',
    async (action) => {
      const [pan, browser] = [freshPan(), at.network.browser()];
      const uri = await register(pan, browser);
      expect((await act(bank(), action, { account: ofPan(pan) })).status).toBe(200);
      if (action === 'ACTIVATE') {
        expect((await approve(uri, browser)).body.redirect).toContain('status=AUTHENTICATED');
      } else {
        const { status, body } = await browser.open(uri);
        expect([status, body.reason]).toEqual([401, 'PERMISSION_DENIED']);
      }
    },
  );
});

describe('a replaced card', () => {
  test('its binding still waits, and is activated by the new number', async () => {
    const { pan, bindingId } = await addCard();
    const to = freshPan();
    await take();
    expect((await replaceCard(bank(), replacementOf(pan, to))).body).toEqual({ bindings: 1 });
    const updated = (await takeEvents(at.network)).filter(({ to: client }) => client === 'test-shop');
    expect(updated).toMatchObject([{ type: 'binding.updated', data: { status: 'PENDING_ACTIVATION' } }]);
    const { body } = await act(bank(), 'ACTIVATE', { account: ofPan(to) });
    expect(body.bindings).toEqual([{ bindingId, status: 'ACTIVE', suspendedBy: [] }]);
  });

  test.each(['the old card’s', 'the new card’s'])(
    'of two bindings that become one, %s was activated: it is active',
    async (which) => {
      const { pan, browser, bindingId } = await addCard();
      const to = freshPan();
      const twin = await addCardAtShop(at, to, browser);
      await act(bank(), 'ACTIVATE', { bindingId: which === 'the old card’s' ? bindingId : twin });
      expect((await replaceCard(bank(), replacementOf(pan, to))).body).toEqual({ bindings: 1 });
      expect(await statusOf(bindingId)).toBe('ACTIVE');
    },
  );

  test('of two bindings that both wait, the one that is left waits', async () => {
    const { pan, browser, bindingId } = await addCard();
    const to = freshPan();
    await addCardAtShop(at, to, browser);
    await replaceCard(bank(), replacementOf(pan, to));
    expect(await statusOf(bindingId)).toBe('PENDING_ACTIVATION');
  });
});
