/** How the suspension or deletion of a binding, passkey or device affects payments, running sessions and events (contract §12 to §14). */
import { randomUUID } from 'node:crypto';
import { confirmPayment } from '@payment-passkeys/authenticator';
import { reportAssertion, startPayment, TEST_MERCHANT, type TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { deletePasskey, forgetDevice } from '../src/domain/bindings/passkey-deletion.ts';
import { act, CARDHOLDER, enrolCardholder, findBindings, ofPan, refusalOf } from './lifecycle.ts';
import { ofRequests } from './running-network.ts';
import {
  addCardAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  paymentBy,
  paymentOf,
  startTestShop,
  type TestShop,
  verifyAtShop,
} from './shop.ts';
import { summarise, takeEvents } from './stored-events.ts';

const START = new Date('2026-11-24T12:00:00Z');
const ORIGIN = 'http://shop.localhost:4002';
let at: TestShop;
let otherShop: TestClient;
beforeAll(async () => {
  at = await startTestShop();
  otherShop = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'other-shop', consumerKey: 'other-shop!key' });
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const pool = () => at.network.database.pool;
const bank = () => at.network.client;
const nextStep = async (info: unknown, shop = at.shop) => (await startPayment(shop, info)).body.nextStep;
const stateOf = async (sessionId: string) =>
  (await pool().query('SELECT state, end_reason FROM session WHERE session_id = $1', [sessionId])).rows[0];

describe('a payment with a suspended binding', () => {
  test('is answered as for an unknown account: the same shape and the same statements', async () => {
    const { pan } = await enrolCardholder(at);
    const mine = await enrolCardholder(at);
    await act(bank(), 'SUSPEND', { account: ofPan(pan) });
    await act(at.shop, 'SUSPEND', { bindingId: mine.atShop.bindingId });
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (number: string) => {
      const before = query.mock.calls.length;
      const { status, body } = await startPayment(at.shop, paymentOf(number));
      const statements = ofRequests(query.mock.calls.slice(before)).map(
        ([statement]) => (statement as { name?: string }).name,
      );
      const shape = Object.entries(body).map(([name, value]) => [name, typeof value, String(value).length]);
      return { status, nextStep: body.nextStep, shape, statements };
    };
    const [unknown, byBank, byShop] = [await watch(freshPan()), await watch(pan), await watch(mine.pan)];
    query.mockRestore();
    expect(unknown.nextStep).toBe('REGISTER');
    expect(byBank).toEqual(unknown);
    expect(byShop).toEqual(unknown);
  });

  test('one shop’s word is for that shop: another one is paid', async () => {
    const { pan, atShop, browser } = await enrolCardholder(at);
    await act(at.shop, 'SUSPEND', { bindingId: atShop.bindingId });
    expect(await nextStep(paymentOf(pan))).toBe('REGISTER');
    const { body: session } = await startPayment(otherShop, paymentOf(pan));
    expect(session.nextStep).toBe('AUTHENTICATE');
    const opened = await browser.open(session.uri);
    expect((await browser.result(browser.answer(opened.body))).status).toBe(200);
  });

  test('a passkey that is registered again on the way to a payment stays suspended, and the payment ends with PERMISSION_DENIED', async () => {
    const { pan, atShop, browser } = await enrolCardholder(at);
    await act(at.shop, 'SUSPEND', { bindingId: atShop.bindingId });
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    await browser.open(session.uri);
    const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
    await browser.visit(await at.issuer.answer(claims.jti));
    const opened = await browser.open(session.uri);
    expect(opened.body.scenario).toBe('USE');
    expect((await browser.result(browser.answer(opened.body))).body).toEqual({ reopen: true });
    const again = await browser.open(session.uri);
    expect([again.status, again.body.reason]).toEqual([401, 'PERMISSION_DENIED']);
    expect(again.body.returnTo).toContain('http://shop.localhost:4002/');
  });

  test('a passkey that is used again at the shop stays suspended; after a deletion it has a new binding', async () => {
    const { pan, atShop, browser } = await enrolCardholder(at);
    const on = { bindingId: atShop.bindingId };
    await act(bank(), 'SUSPEND', on);
    expect(await addCardAtShop(at, pan, browser)).toBe(atShop.bindingId);
    expect(await findBindings(at.shop, on)).toMatchObject([{ status: 'SUSPENDED', suspendedBy: ['ISSUER'] }]);
    await act(bank(), 'DELETE', on);
    const again = await addCardAtShop(at, pan, browser);
    expect(again).not.toBe(atShop.bindingId);
    expect(await findBindings(at.shop, { bindingId: again })).toMatchObject([{ status: 'ACTIVE' }]);
  });
});

describe('what is under way', () => {
  test.each(['SUSPEND', 'DELETE'] as const)(
    '%s ends an opened payment, and its page goes back with PERMISSION_DENIED',
    async (action) => {
      const { pan, browser } = await enrolCardholder(at);
      const { body: session } = await startPayment(at.shop, paymentOf(pan));
      const opened = await browser.open(session.uri);
      await act(bank(), action, { account: ofPan(pan) });
      expect(await stateOf(session.authenticationSessionId)).toEqual({
        state: 'failed',
        end_reason: 'PERMISSION_DENIED',
      });
      expect((await browser.result(browser.answer(opened.body))).status).toBe(401);
      const { body } = await browser.end('UNKNOWN_ERROR');
      expect(new URL(body.redirect).searchParams.get('reason')).toBe('PERMISSION_DENIED');
    },
  );

  test.each(['SUSPEND', 'DELETE'] as const)('%s refuses a confirmation that was handed out', async (action) => {
    const { pan, browser, atShop } = await enrolCardholder(at);
    const { body: session } = await startPayment(at.shop, paymentBy(atShop.bindingId));
    const offer = session.securePaymentConfirmation;
    const credential = confirmPayment({ authenticator: browser.authenticator, offer, origin: ORIGIN });
    await act(at.shop, action, { bindingId: atShop.bindingId });
    const answer = await reportAssertion(at.shop, session.authenticationSessionId, { outcome: 'ACCEPTED', credential });
    expect(refusalOf(answer).slice(0, 2)).toEqual([409, 'SESSION_OVER']);
    expect(pan).toHaveLength(16);
  });

  test('an enrolment of the passkey at a shop ends: its proof binds nothing', async () => {
    const { pan, browser, atShop } = await enrolCardholder(at);
    const { session, proof } = await verifyAtShop(at, pan, browser);
    await act(bank(), 'SUSPEND', { bindingId: atShop.bindingId });
    const answer = await at.shop.bind({
      authenticationSessionId: session.authenticationSessionId,
      proofOfAuthentication: proof,
    });
    expect(refusalOf(answer).slice(0, 2)).toEqual([409, 'SESSION_NOT_ENROLLED']);
  });

  test('a payment that another passkey of the card can approve goes on, and only with that one', async () => {
    const { pan, browser, atBank } = await enrolCardholder(at);
    const second = await enrolAtBank(at, pan);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const opened = await second.open(session.uri);
    await act(bank(), 'SUSPEND', { account: ofPan(pan), credentialId: atBank.credentialId });
    expect(await stateOf(session.authenticationSessionId)).toMatchObject({ state: 'opened' });
    const first = browser.answer(opened.body);
    expect((await second.result(first)).status).toBe(400);
    const again = await second.open(session.uri);
    expect((await second.result(second.answer(again.body))).status).toBe(200);
  });

  test('a shop’s own session with another card goes on', async () => {
    const { browser, atShop } = await enrolCardholder(at);
    const other = freshPan();
    await enrolAtBank(at, other, browser);
    const { body: session } = await startPayment(at.shop, paymentOf(other));
    await act(at.shop, 'DELETE', { bindingId: atShop.bindingId });
    expect(await stateOf(session.authenticationSessionId)).toMatchObject({ state: 'created' });
  });
});

describe('events', () => {
  const take = async () => summarise(await takeEvents(at.network));

  test('a change is told to the binding’s client and to the card’s issuer, but not to who made it; no change, no event', async () => {
    const { atShop } = await enrolCardholder(at);
    const on = { bindingId: atShop.bindingId };
    await take();
    const told = async (client: TestClient, action: 'SUSPEND' | 'RESUME' | 'DELETE') => {
      await act(client, action, on);
      await act(client, action, on);
      return take();
    };
    expect(await told(bank(), 'SUSPEND')).toEqual(['binding.suspended to test-shop by ISSUER']);
    expect(await told(at.shop, 'SUSPEND')).toEqual(['binding.suspended to test-bank by MERCHANT']);
    expect(await told(bank(), 'RESUME')).toEqual(['binding.resumed to test-shop by ISSUER']);
    expect(await told(at.shop, 'DELETE')).toEqual(['binding.deleted to test-bank by MERCHANT']);
  });

  test('a session that ends is told to its client', async () => {
    const { pan } = await enrolCardholder(at);
    await startPayment(at.shop, paymentOf(pan));
    await take();
    await act(bank(), 'SUSPEND', { account: ofPan(pan) });
    expect(await take()).toEqual(['binding.suspended to test-shop by ISSUER', 'session.ended to test-shop by ISSUER']);
  });
});

describe('the passkey itself', () => {
  test('is deleted with every binding; each client hears of it, what is under way ends, and nothing finds it', async () => {
    const { pan, atBank, atShop, browser } = await enrolCardholder(at);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const enrolment = await at.network.client.startSession({ info: { accountReferences: cardOf(pan) } });
    const opened = await browser.open(enrolment.body.uri);
    await browser.result(browser.answer(opened.body));
    await takeEvents(at.network);
    const deletion = {
      author: CARDHOLDER,
      passkeyId: atBank.credentialId,
      by: 'CARDHOLDER',
      reasonCode: 'DEVICE_LOST',
      now: START,
    } as const;
    const first = await deletePasskey(pool(), deletion);
    expect(first).toMatchObject({ known: true, endedClients: expect.arrayContaining(['test-bank', 'test-shop']) });
    expect(await deletePasskey(pool(), deletion)).toEqual({ known: true, endedClients: [], changedIds: [] });
    expect(await deletePasskey(pool(), { ...deletion, passkeyId: randomUUID() })).toMatchObject({ known: false });
    expect(summarise(await takeEvents(at.network))).toEqual([
      'binding.deleted to test-bank by CARDHOLDER',
      'binding.deleted to test-bank by CARDHOLDER',
      'binding.deleted to test-shop by CARDHOLDER',
      'passkey.deleted to test-bank by CARDHOLDER',
      'passkey.deleted to test-shop by CARDHOLDER',
      'session.ended to test-bank by CARDHOLDER',
      'session.ended to test-shop by CARDHOLDER',
    ]);
    expect(await stateOf(session.authenticationSessionId)).toMatchObject({ state: 'failed' });
    expect(await stateOf(enrolment.body.authenticationSessionId)).toMatchObject({ state: 'failed' });
    expect(await findBindings(bank(), { credentialId: atBank.credentialId })).toMatchObject([
      { status: 'DELETED' },
      { status: 'DELETED' },
    ]);
    expect(await nextStep(paymentOf(pan))).toBe('REGISTER');
    expect(atShop.status).toBe('ACTIVE');
  });

  test('a device is forgotten: the confirmation at the shop names no device, so the page is used', async () => {
    const { atShop, browser } = await enrolCardholder(at);
    const [device] = atShop.devices;
    const one = {
      passkeyId: atShop.credentialId,
      deviceId: device?.appInstanceId ?? '',
      author: CARDHOLDER,
      now: START,
    };
    expect(await forgetDevice(pool(), one)).toBe(true);
    expect(await forgetDevice(pool(), one)).toBe(false);
    const { body: session } = await startPayment(at.shop, paymentBy(atShop.bindingId));
    const offer = session.securePaymentConfirmation;
    const credential = confirmPayment({ authenticator: browser.authenticator, offer, origin: ORIGIN });
    const answer = await reportAssertion(at.shop, session.authenticationSessionId, { outcome: 'ACCEPTED', credential });
    expect(refusalOf(answer).slice(0, 2)).toEqual([409, 'CONFIRMATION_NOT_OFFERED']);
    const opened = await browser.open(session.uri);
    expect((await browser.result(browser.answer(opened.body))).status).toBe(200);
  });
});
