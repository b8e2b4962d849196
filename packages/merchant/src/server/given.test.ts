/** Callers without types: every option of every public function is left out, of another type, or null. */
import { generateKeyPairSync } from 'node:crypto';
import { buildGivenCases, catchError, changeField, type GivenRow } from '@payment-passkeys/testkit';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { payWithPasskey } from '../browser/index.ts';
import { startNetworkDouble } from '../testing/index.ts';
import { cardRoutes, eventRoute, paymentRoutes } from './fastify.ts';
import {
  createCardHandlers,
  createMerchant,
  createPaymentHandlers,
  createPostgresEventStore,
  createPostgresMerchantStore,
  describeCardNumber,
  toNodeHandler,
} from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const unused = () => Promise.reject(new Error('not called'));

const VALID_MERCHANT = {
  network: { url: 'https://verify.network.example', audience: 'a' },
  clientId: 'shop',
  consumerKey: 'key!1',
  signingKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  callbackOrigins: [SHOP],
  store: {
    addPayment: unused,
    findPayment: unused,
    findPaymentOfOrder: unused,
    spendProof: unused,
    addCardEnrolment: unused,
    findCardEnrolment: unused,
    completeCardEnrolment: unused,
  },
};
const merchant = createMerchant(VALID_MERCHANT);
const TYPED = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2090' };
const VALID_PAYMENT = {
  order: { orderId: 'o-1', amount: '18.00', currency: 'USD', merchantName: 'Tidewick', merchantOrigin: SHOP },
  card: TYPED,
  shopperId: 'shopper-1',
  callbackUri: `${SHOP}/payments/callback`,
};
const VALID_FLOW = { merchant, callbackUri: `${SHOP}/payments/callback`, shopper: unused, payment: unused };
const VALID_CARD_FLOW = {
  merchant,
  callbackUri: `${SHOP}/cards/callback`,
  shopper: unused,
  card: unused,
};
const VALID_EVENTS = {
  store: { findHandled: unused, noteHandled: unused, findCursor: unused, noteCursor: unused },
  on: {},
};
const VALID_ROUTE = { path: '/payments', guard: unused };
const CARD_FIELDS = ['card', 'card.primaryAccountNumber', 'card.panExpirationMonth', 'card.panExpirationYear'];
const START_OPTIONS = ['emailAddress', 'mobileNumber', 'locale', 'browser', 'trace'];

const ROWS: Readonly<Record<string, GivenRow>> = {
  createMerchant: {
    call: createMerchant,
    valid: VALID_MERCHANT,
    required: [
      ...['network', 'network.url', 'network.audience', 'clientId', 'consumerKey', 'signingKey', 'callbackOrigins'],
      ...['store', 'store.spendProof'],
    ],
    optional: ['clock', 'onEvent', 'fetch', 'timers', 'random', 'tracerProvider', 'readAuthenticator', 'eci'],
  },
  startPayment: {
    call: (start) => merchant.startPayment(start),
    valid: VALID_PAYMENT,
    required: [
      ...['order', 'order.orderId', 'order.amount', 'order.currency', 'order.merchantName', 'order.merchantOrigin'],
      ...['shopperId', ...CARD_FIELDS],
    ],
    optional: [...START_OPTIONS, 'acquirer'],
    code: 'INVALID_PAYMENT',
  },
  'startPayment, with a saved card': {
    call: (start) => merchant.startPayment(start),
    valid: { ...VALID_PAYMENT, card: { bindingId: 'b', brand: 'VISA', lastFour: '4444' } },
    required: ['card.bindingId', 'card.brand', 'card.lastFour'],
    code: 'INVALID_PAYMENT',
  },
  'startPayment, its callback': {
    call: (start) => merchant.startPayment(start),
    valid: VALID_PAYMENT,
    required: ['callbackUri'],
    code: 'CALLBACK_NOT_ALLOWED',
  },
  startCardEnrolment: {
    call: (start) => merchant.startCardEnrolment(start),
    valid: { card: TYPED, shopperId: 'shopper-1', callbackUri: `${SHOP}/cards/callback` },
    required: ['shopperId', ...CARD_FIELDS],
    optional: START_OPTIONS,
    code: 'INVALID_CARD',
  },
  completePayment: {
    call: (arrived) => merchant.completePayment(arrived),
    valid: { url: '/callback', browser: undefined },
    required: ['url'],
    optional: ['browser', 'shopperId', 'trace'],
  },
  completeCardEnrolment: {
    call: (arrived) => merchant.completeCardEnrolment(arrived),
    valid: { url: '/callback', browser: undefined },
    required: ['url'],
    optional: ['browser', 'shopperId', 'trace'],
  },
  reportConfirmation: {
    call: (arrived) => merchant.reportConfirmation(arrived),
    valid: { clientSessionId: 'c', report: {}, browser: undefined },
    required: [],
    optional: ['browser', 'shopperId', 'trace'],
  },
  createPaymentHandlers: {
    call: createPaymentHandlers,
    valid: { ...VALID_FLOW, render: unused, renderConfirmation: unused },
    required: ['merchant', 'callbackUri', 'shopper', 'payment', 'render'],
    optional: ['renderConfirmation', 'nextOrderId', 'started', 'trace'],
  },
  paymentRoutes: {
    call: paymentRoutes,
    valid: { ...VALID_FLOW, start: VALID_ROUTE, confirmation: { ...VALID_ROUTE, render: unused }, render: unused },
    required: [
      ...['merchant', 'callbackUri', 'shopper', 'payment', 'start', 'start.path', 'start.guard', 'render'],
      ...['confirmation.path', 'confirmation.guard', 'confirmation.render'],
    ],
    optional: ['nextOrderId', 'started', 'trace', 'start.schema', 'start.answer', 'confirmation', 'confirmation.read'],
  },
  createCardHandlers: {
    call: createCardHandlers,
    valid: { ...VALID_CARD_FLOW, render: unused },
    required: ['merchant', 'callbackUri', 'shopper', 'card', 'render'],
    optional: ['started', 'trace'],
  },
  cardRoutes: {
    call: cardRoutes,
    valid: { ...VALID_CARD_FLOW, start: VALID_ROUTE, render: unused },
    required: ['merchant', 'callbackUri', 'shopper', 'card', 'start', 'start.path', 'start.guard', 'render'],
    optional: ['started', 'trace', 'start.schema'],
  },
  toNodeHandler: {
    call: ({ handler, origin, onError }) => toNodeHandler(handler, { origin, onError }),
    valid: { handler: unused, origin: SHOP },
    required: ['handler', 'origin'],
    optional: ['onError'],
    takenApart: true,
  },
  createPostgresMerchantStore: {
    call: ({ pool }) => createPostgresMerchantStore(pool),
    valid: { pool: { query: unused } },
    required: ['pool'],
    takenApart: true,
  },
  describeCardNumber: {
    call: describeCardNumber,
    valid: TYPED,
    required: ['primaryAccountNumber'],
    code: 'INVALID_CARD',
  },
  'sessions.read': {
    call: (given) => merchant.sessions.read(given),
    valid: { authenticationSessionId: 'a' },
    required: ['authenticationSessionId'],
    optional: ['trace'],
  },
  'bindings.suspend': {
    call: (given) => merchant.bindings.suspend(given),
    valid: { bindingId: 'b', reasonCode: 'DEVICE_LOST' },
    required: ['bindingId', 'reasonCode'],
    optional: ['trace'],
  },
  eventRoute: {
    call: (options) => Fastify().register(eventRoute(options)),
    valid: { ...VALID_EVENTS, merchant, path: '/events' },
    required: ['merchant', 'path', 'store', 'on'],
    optional: ['onDelivery', 'on.otherwise'],
  },
  createPostgresEventStore: {
    call: ({ pool }) => createPostgresEventStore(pool),
    valid: { pool: { query: unused } },
    required: ['pool'],
    takenApart: true,
  },
  startNetworkDouble: { call: startNetworkDouble, valid: { clock: () => NOW }, required: ['clock'] },
};

describe.each(Object.entries(ROWS))('%s', (_name, row) => {
  const { call, valid, code = 'INVALID_OPTIONS', takenApart } = row;

  test.each(buildGivenCases(row))('%s %s is refused, and named', async (path, _how, value) => {
    const error = await catchError(() => call(changeField(valid, path, value) as never));
    expect(error).toMatchObject({ name: 'MerchantError', code });
    expect(String(error)).toContain(path.split('.').at(-1));
  });

  test.each(takenApart ? [] : [undefined, null, 5])('%j in place of all of it is refused', async (given) => {
    expect(await catchError(() => call(given as never))).toMatchObject({ name: 'MerchantError' });
  });
});

describe('an amount and its currency', () => {
  const messageOf = async (changes: object) => {
    const order = { ...VALID_PAYMENT.order, ...changes };
    return String(await catchError(() => merchant.startPayment({ ...VALID_PAYMENT, order })));
  };

  test.each(['usd', 'XXX', '840', ''])('currency %j: the currency is named, not the amount', async (currency) => {
    expect(await messageOf({ currency })).toMatch(/^MerchantError: INVALID_PAYMENT: order\.currency /);
  });

  test.each([
    [{ amount: '18' }, '2 digits'],
    [{ amount: '18.00', currency: 'JPY' }, '0 digits'],
    [{ amount: 18 }, 'text'],
  ])('%j: the amount is named, and what it has to be', async (changes, must) => {
    expect(await messageOf(changes)).toMatch(new RegExp(`^MerchantError: INVALID_PAYMENT: order\\.amount .*${must}`));
  });
});

describe('payWithPasskey', () => {
  const VALID = { payment: { redirect: 'https://verify.network.example/' }, report: unused };
  test.each([
    ['payment', { ...VALID, payment: undefined }],
    ['payment.redirect', { ...VALID, payment: {} }],
    ['report', { ...VALID, report: null }],
    ['payment', undefined],
  ])('without %s it rejects, and names it', async (name, options) => {
    await expect(payWithPasskey(options as never)).rejects.toThrow(name);
  });
});
