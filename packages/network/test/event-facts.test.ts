/** Each fact has its events (contract §16): their type, their receivers, their actor, and `data` as the schema says. */
import { readPaymentClaims, SESSION_SECONDS } from '@payment-passkeys/protocol';
import { buildPaymentInfo, buildTransaction, reportAssertion, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { announceExpiringKeys } from '../src/domain/events/key-expiry.ts';
import { sweep } from '../src/process/housekeeping.ts';
import {
  addCardAtShop,
  cardOf,
  claimsOf,
  enrolAtBank,
  freshPan,
  payOnPage,
  startTestShop,
  type TestShop,
} from './shop.ts';
import { summarise, takeEvents as takeStored } from './stored-events.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(async () => {
  at.network.now = START;
  await takeEvents();
});

const takeEvents = () => takeStored(at.network);
const bankId = () => at.network.client.registration.clientId;
const shopId = () => at.shop.registration.clientId;

describe('an enrolment', () => {
  test('at a bank: the session ended, and the binding was created, for the bank alone', async () => {
    await enrolAtBank(at, freshPan());
    const events = await takeEvents();
    expect(summarise(events)).toEqual([
      `binding.created to ${bankId()} by ISSUER`,
      `session.ended to ${bankId()} by ISSUER`,
    ]);
    const [created, ended] = events;
    expect(created?.data).toEqual({
      bindingId: expect.any(String),
      credentialId: expect.any(String),
      status: 'ACTIVE',
      accountTypes: ['CARD', 'EMAIL'],
      heldBy: { role: 'issuer', name: at.network.client.registration.name },
      authenticator: expect.objectContaining({ attestation: 'NONE' }),
    });
    expect(ended?.data).toEqual({
      authenticationSessionId: expect.any(String),
      clientSessionId: expect.any(String),
      state: 'bound',
      status: 'ENROLLED',
      credentialId: created?.data.credentialId,
      bindingId: created?.data.bindingId,
    });
    expect(ended?.at).toEqual(START);
  });

  test('with another card: the binding was updated, and has the kinds of all its accounts; without a new account it was not', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    await takeEvents();
    await enrolAtBank(at, pan, browser);
    expect(summarise(await takeEvents())).toEqual([`session.ended to ${bankId()} by ISSUER`]);
    await enrolAtBank(at, freshPan(), browser);
    const [updated] = await takeEvents();
    expect(updated).toMatchObject({ type: 'binding.updated', data: { accountTypes: ['CARD', 'EMAIL'] } });
  });

  test('at a shop: the issuer of the card hears of the binding, and not of the session', async () => {
    const pan = freshPan();
    await addCardAtShop(at, pan, at.network.browser());
    const events = await takeEvents();
    expect(summarise(events)).toEqual([
      `binding.created to ${bankId()} by MERCHANT`,
      `binding.created to ${shopId()} by MERCHANT`,
      `session.ended to ${shopId()} by MERCHANT`,
    ]);
    expect(events[0]?.data).toEqual(events[1]?.data);
    expect(events[0]?.data).toMatchObject({
      panLastFour: pan.slice(-4),
      heldBy: { role: 'merchant', name: at.shop.registration.name },
    });
  });
});

describe('a payment', () => {
  test('the first: approved, the binding created, the session ended; the order is told to the merchant only', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    await takeEvents();
    const transaction = buildTransaction();
    const { session } = await payOnPage(at, browser, buildPaymentInfo({ accountReferences: cardOf(pan), transaction }));
    const events = await takeEvents();
    expect(summarise(events)).toEqual([
      `binding.created to ${bankId()} by CARDHOLDER`,
      `binding.created to ${shopId()} by CARDHOLDER`,
      `payment.approved to ${bankId()} by CARDHOLDER`,
      `payment.approved to ${shopId()} by CARDHOLDER`,
      `session.ended to ${shopId()} by CARDHOLDER`,
    ]);
    const [created, , toIssuer, toMerchant, ended] = events.map(({ data }) => data);
    expect(toIssuer).toEqual({
      authenticationSessionId: session.authenticationSessionId,
      credentialId: created?.credentialId,
      bindingId: created?.bindingId,
      merchantName: transaction.merchantName,
      merchantOrigin: transaction.merchantOrigin,
      amount: transaction.transactionAmount.transactionAmount,
      currency: transaction.transactionAmount.transactionCurrencyCode,
      panLastFour: pan.slice(-4),
      authenticator: expect.anything(),
    });
    expect(toMerchant).toEqual({ ...toIssuer, orderId: transaction.orderId });
    expect(ended).toMatchObject({ state: 'approved', status: 'AUTHENTICATED', bindingId: created?.bindingId });
  });

  test('with the acquirer data that the merchant gave, and with the amount as a text although it came as a number', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    await takeEvents();
    const acquirer = {
      acquirerMerchantId: 'SRC3DS',
      acquirerBIN: '545301',
      merchantCategoryCode: '5942',
      merchantCountryCode: '840',
    };
    const transactionAmount = { transactionAmount: 18.5, transactionCurrencyCode: 'USD' };
    const transaction = buildTransaction({ ...acquirer, transactionAmount });
    const { result } = await payOnPage(at, browser, buildPaymentInfo({ accountReferences: cardOf(pan), transaction }));
    const approved = (await takeEvents()).filter(({ type }) => type === 'payment.approved');
    expect(approved.map(({ data }) => data)).toEqual(
      Array(2).fill(expect.objectContaining({ ...acquirer, amount: '18.50' })),
    );
    expect(readPaymentClaims(await claimsOf(at, result.body.redirect))?.transactionAmount).toBe('18.50');
  });

  test('the second makes no binding', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const pay = () =>
      payOnPage(at, browser, buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() }));
    await pay();
    await takeEvents();
    await pay();
    expect((await takeEvents()).map(({ type }) => type)).toEqual([
      'payment.approved',
      'payment.approved',
      'session.ended',
    ]);
  });

  test('with a passkey that is created on the way: the binding and its authenticator are told when the passkey is created', async () => {
    const pan = freshPan();
    const browser = at.network.browser();
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    await browser.open((await startPayment(at.shop, info)).body.uri);
    const { claims } = await at.issuer.read((await browser.consent()).body.redirect);
    const { headers } = await browser.visit(await at.issuer.answer(claims.jti));
    const offer = (await browser.open(new URL(headers.get('location') ?? '', at.network.publicUrl).href)).body;
    await browser.result(browser.answer(offer));
    const events = await takeEvents();
    expect(summarise(events)).toEqual([
      `binding.created to ${bankId()} by CARDHOLDER`,
      `binding.created to ${shopId()} by CARDHOLDER`,
    ]);
    expect(events[0]?.data.authenticator).toMatchObject({ aaguid: expect.any(String), attestation: 'NONE' });
  });

  test('aborted in the dialog of Secure Payment Confirmation: ended by the cardholder', async () => {
    const pan = freshPan();
    await addCardAtShop(at, pan, at.network.browser());
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { authenticationSessionId } = (await startPayment(at.shop, info)).body;
    await takeEvents();
    await reportAssertion(at.shop, authenticationSessionId, { outcome: 'ABORTED' });
    expect(await takeEvents()).toMatchObject([
      { type: 'session.ended', by: 'CARDHOLDER', data: { state: 'cancelled', reason: 'USER_CANCELLATION' } },
    ]);
  });

  test('replaced by another session of its order: superseded, by the merchant', async () => {
    const pan = freshPan();
    await enrolAtBank(at, pan);
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { authenticationSessionId } = (await startPayment(at.shop, info)).body;
    await takeEvents();
    await startPayment(at.shop, info);
    const [ended, ...others] = await takeEvents();
    expect(ended).toMatchObject({
      to: shopId(),
      by: 'MERCHANT',
      data: { authenticationSessionId, state: 'superseded' },
    });
    expect(ended?.data).not.toHaveProperty('status');
    expect(others).toEqual([]);
  });
});

describe('a session that ends without a result', () => {
  test.each([
    ['USER_CANCELLATION', { state: 'cancelled', status: 'CANCELLED', reason: 'USER_CANCELLATION' }],
    ['CREDENTIALS_NOT_VERIFIED', { state: 'failed', status: 'ERROR', reason: 'CREDENTIALS_NOT_VERIFIED' }],
  ] as const)('by %s: ended once, however often the page says so', async (reason, data) => {
    const browser = at.network.browser();
    await browser.open((await at.network.client.startSession()).body.uri);
    await browser.end(reason);
    await browser.end(reason);
    expect(await takeEvents()).toMatchObject([{ type: 'session.ended', to: bankId(), by: 'CARDHOLDER', data }]);
  });

  test('because its time is up: expired, by the network', async () => {
    const { authenticationSessionId } = (await at.network.client.startSession()).body;
    at.network.now = new Date(START.getTime() + SESSION_SECONDS * 1000);
    await sweep(at.network.running.network);
    const ended = (await takeEvents()).filter(({ data }) => data.authenticationSessionId === authenticationSessionId);
    expect(ended).toMatchObject([{ type: 'session.ended', by: 'NETWORK', data: { state: 'expired' } }]);
    expect(ended[0]?.data).not.toHaveProperty('status');
  });
});

test('a certificate that ends is told 30 and 7 days before, each once; a certificate that is registered late once', async () => {
  const { pool } = at.network.database;
  const key = { clientId: bankId(), fingerprint: 'a'.repeat(64), expiresAt: START };
  for (const noticeDays of [[30], [30], [30, 7], [30, 7]])
    await announceExpiringKeys(pool, [{ ...key, noticeDays }], START);
  const late = { ...key, fingerprint: 'b'.repeat(64), noticeDays: [30, 7] };
  await announceExpiringKeys(pool, [late], START);
  const events = await takeEvents();
  expect(summarise(events)).toEqual(Array(3).fill(`client.key-expiring to ${bankId()} by NETWORK`));
  expect(events.map(({ data }) => data.fingerprint).toSorted()).toEqual(
    [key, key, late].map(({ fingerprint }) => fingerprint),
  );
  expect(events[0]?.data.expiresAt).toBe(START.toISOString());
});
