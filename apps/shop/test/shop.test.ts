/** The reference shop: its pages over HTTP, on a real PostgreSQL, with the real merchant kit and a network that signs. */

import { readFile } from 'node:fs/promises';
import {
  EVENT_MIGRATION,
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
} from '@payment-passkeys/merchant/server';
import { refuse } from '@payment-passkeys/merchant/testing';
import { sessionCookieName } from '@payment-passkeys/web';
import { headingOf, hiddenFieldsOf, openBrowser, plainTextOf } from '@payment-passkeys/web/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEMO_SHOPPER, SHOP_MIGRATIONS } from '../src/index.ts';
import { SITE } from '../src/site.ts';
import { leave, NOW, order, PUBLIC_URL, pathOf, type ShopFixture, TYPED, useShop } from './shop.fixture.ts';

const MINUTE = 60_000;
const KIT_COOKIE = '__Host-payment-passkey';

const fixture = useShop();
const { success } = fixture;
const signedIn = (username?: string) => fixture.signedIn(username);
let database: ShopFixture['database'];
let network: ShopFixture['network'];
let shop: ShopFixture['shop'];
beforeAll(() => {
  ({ database, network, shop } = fixture);
});

describe('paying', () => {
  test('the order’s own amount goes to the network, and the browser after it, with the kit’s cookie', async () => {
    const browser = await signedIn();
    const { orderId, answer } = await leave(browser);
    expect(answer.statusCode).toBe(303);
    expect(new URL(String(answer.headers.location)).origin).toBe(network.url);
    expect(browser.cookies.get(KIT_COOKIE)).toMatch(/^[\w-]{43}$/);
    expect(network.sessions.at(-1)?.info.transaction).toEqual({
      transactionAmount: { transactionAmount: '55.00', transactionCurrencyCode: 'USD' },
      merchantName: 'Tidewick',
      merchantOrigin: PUBLIC_URL,
      orderId,
    });
  });

  test('the callback leads to a page of its own, which says what was paid with what', async () => {
    const browser = await signedIn();
    const { orderId } = await leave(browser);
    const callback = await success();
    const answer = await browser.get(callback);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/orders/${orderId}`]);
    const receipt = await browser.get(`/orders/${orderId}`);
    expect(headingOf(receipt)).toBe('Thank you, your order is paid');
    expect(plainTextOf(receipt)).toContain('You approved $55.00 with your passkey, on Mastercard ending in 4444.');
    // The same callback again: the same page, and one payment.
    expect((await browser.get(callback)).headers.location).toBe(`/orders/${orderId}`);
  });

  test('the card is saved where the shopper asked for it, by its id, and pays the next order', async () => {
    const browser = await signedIn();
    await leave(browser, { ...TYPED, save: '1' });
    await browser.get(await success());
    const { rows } = await database.pool.query('SELECT binding_id, brand, last_four FROM shop_saved_card');
    expect(rows).toEqual([{ binding_id: 'binding-1', brand: 'MASTERCARD', last_four: '4444' }]);
    await leave(browser, { card: 'binding-1' });
    expect(network.sessions.at(-1)?.info).toMatchObject({ bindingId: 'binding-1' });
  });

  test('without the wish nothing is saved', async () => {
    const browser = await signedIn();
    await leave(browser);
    await browser.get(await success());
    expect((await database.pool.query('SELECT 1 FROM shop_saved_card')).rows).toEqual([]);
  });

  test('a card number is in no table, no log line and no page', async () => {
    const browser = await signedIn();
    const { orderId, page } = await leave(browser, { ...TYPED, save: '1' });
    await browser.get(await success());
    const wrong = await browser.submit(page, `/orders/${orderId}/payment`, { ...TYPED, number: '5555 5555 5555 4445' });
    const tables = await database.pool.query(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    for (const { table_name: table } of tables.rows) {
      const { rows } = await database.pool.query(`SELECT row_to_json(t)::text AS text FROM "${table}" AS t`);
      expect(JSON.stringify(rows)).not.toMatch(/5555[ ]?5555[ ]?5555[ ]?4444/);
    }
    expect(fixture.lines.join()).not.toMatch(/5555[ ]?5555/);
    expect(wrong.body).not.toContain('5555 5555 5555 4445');
  });

  test('another shopper’s order and saved card are not there', async () => {
    const robin = await signedIn();
    const { orderId } = await leave(robin, { ...TYPED, save: '1' });
    await robin.get(await success());
    const sasha = await signedIn('sasha');
    for (const path of [`/orders/${orderId}`, `/orders/${orderId}/pay`]) {
      expect((await sasha.get(path)).statusCode).toBe(404);
    }
    const { answer } = await leave(sasha, { card: 'binding-1' });
    expect(answer.statusCode).toBe(422);
  });

  test('a callback in another browser, though signed in as the same shopper, pays nothing', async () => {
    const { orderId } = await leave(await signedIn());
    const other = await signedIn();
    const answer = await other.get(await success());
    expect(plainTextOf(answer)).toContain('OTHER_BROWSER');
    expect(headingOf(await other.get(`/orders/${orderId}`))).toBe('This order is not paid yet');
  });

  test('a shopper who was signed out in the meantime signs in and ends where they were going', async () => {
    const browser = await signedIn();
    const { orderId } = await leave(browser);
    browser.cookies.delete(sessionCookieName(SITE));
    const callback = await success();
    const form = await browser.get(callback);
    expect(headingOf(form)).toBe('Sign in');
    const answer = await browser.submit(form, '/sign-in', DEMO_SHOPPER);
    expect(answer.headers.location).toBe(callback);
    expect((await browser.get(callback)).headers.location).toBe(`/orders/${orderId}`);
  });

  test.each([
    ['CANCELLED', 'USER_CANCELLATION'],
    ['ERROR', 'CREDENTIALS_NOT_VERIFIED'],
    ['ERROR', 'PERMISSION_DENIED'],
    ['ERROR', 'SERVICE_UNAVAILABLE'],
  ])('%s %s is told in plain words with its code, and the order can be paid again', async (status, reason) => {
    const browser = await signedIn();
    const { orderId } = await leave(browser);
    const page = await browser.get(pathOf(network.callback({ status, reason })));
    expect(headingOf(page)).toBe('Nothing was paid');
    expect(plainTextOf(page)).toContain(reason);
    expect(page.body).toContain(`/orders/${orderId}/pay`);
  });

  test('STEP_UP says that another step is needed, and charges nothing', async () => {
    network.nextStep = 'STEP_UP';
    const browser = await signedIn();
    const { orderId, answer } = await leave(browser);
    expect(answer.headers.location).toBe(`/orders/${orderId}/step-up`);
  });

  test.each([
    ['a mistyped number', { ...TYPED, number: '5555 5555 5555 4445' }],
    ['a date that is none', { ...TYPED, expires: '13/30' }],
    ['a card that has expired', { ...TYPED, expires: '10/26' }],
    ['no card', { card: 'new' }],
    ['a saved card that is not there', { card: 'binding-9' }],
  ])('%s is told on the page, and the network is not asked', async (_title, fields) => {
    const before = network.sessions.length;
    const { answer } = await leave(await signedIn(), fields);
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('role="alert"');
    expect(network.sessions.length).toBe(before);
  });

  describe('an order that the network knows as approved', () => {
    /** A payment that the network has approved, but whose return has not reached the shop. */
    async function leaveAndLose() {
      const browser = await signedIn();
      const left = await leave(browser);
      const callback = await success();
      network.approvedOrders.add(left.orderId);
      const payAgain = async () => {
        const again = await signedIn();
        browser.cookies.set(sessionCookieName(SITE), again.cookies.get(sessionCookieName(SITE)) ?? '');
        const page = await browser.get(`/orders/${left.orderId}/pay`);
        return browser.submit(page, `/orders/${left.orderId}/payment`, TYPED);
      };
      return { ...left, browser, callback, payAgain };
    }

    test('is waited for while its answer may come, and the shopper told for how long; then it comes', async () => {
      const { browser, orderId, callback, payAgain } = await leaveAndLose();
      fixture.now = new Date(NOW.getTime() + 10 * MINUTE);
      const answer = await payAgain();
      expect(answer.statusCode).toBe(409);
      expect(plainTextOf(answer)).toContain('you can pay again in 25 minutes.');
      expect((await browser.get(callback)).headers.location).toBe(`/orders/${orderId}`);
    });

    test('is paid under a number of its own once the answer is lost for good, and then paid once', async () => {
      const { browser, orderId, callback, payAgain } = await leaveAndLose();
      fixture.now = new Date(NOW.getTime() + 35 * MINUTE);
      expect((await payAgain()).statusCode).toBe(303);
      expect(network.sessions.at(-1)?.info.transaction?.orderId).toBe(`${orderId}.2`);
      expect(plainTextOf(await browser.get(callback))).toContain('EXPIRED');
      expect((await browser.get(await success())).headers.location).toBe(`/orders/${orderId}`);
      expect(headingOf(await browser.get(`/orders/${orderId}`))).toBe('Thank you, your order is paid');
    });

    test('keeps the number that it was given, whoever asks for one at the same time', async () => {
      const { orderId, payAgain } = await leaveAndLose();
      fixture.now = new Date(NOW.getTime() + 35 * MINUTE);
      await Promise.all([payAgain(), payAgain(), payAgain()]);
      await payAgain();
      expect(network.sessions.at(-1)?.info.transaction?.orderId).toBe(`${orderId}.2`);
    });

    test('and whose answer was had here is for the shop to look into', async () => {
      const { browser, orderId, callback, payAgain } = await leaveAndLose();
      await browser.get(callback);
      await database.pool.query('UPDATE shop_order SET brand = NULL, last_four = NULL, paid_at = NULL');
      const answer = await payAgain();
      expect(answer.statusCode).toBe(409);
      expect(plainTextOf(answer)).toContain('Please write to us before you pay again.');
      expect(network.sessions.at(-1)?.info.transaction?.orderId).toBe(orderId);
    });
  });
});

describe('by the page’s script', () => {
  const asScript = { accept: 'application/json' };

  test('the same payment as JSON, and the report with its outcome', async () => {
    const browser = await signedIn();
    const { orderId, page } = await order(browser);
    const started = await browser.submit(page, `/orders/${orderId}/payment`, TYPED, asScript);
    const { payment, reportTo } = started.json();
    expect(new URL(payment.redirect).origin).toBe(network.url);
    const token = hiddenFieldsOf(page.body, `/orders/${orderId}/payment`)._csrf ?? '';
    const credential = {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
    };
    const report = JSON.stringify({ outcome: 'ACCEPTED', credential });
    const headers = { 'content-type': 'application/json', 'csrf-token': token };
    const answer = await browser.post(reportTo, report, headers);
    expect(answer.json()).toEqual({ status: 'AUTHENTICATED', go: `/orders/${orderId}` });
    expect(headingOf(await browser.get(`/orders/${orderId}`))).toBe('Thank you, your order is paid');
  });

  test('a refused confirmation is told by its code, logged, and pays nothing', async () => {
    const browser = await signedIn();
    const { orderId, page } = await order(browser);
    const { reportTo } = (await browser.submit(page, `/orders/${orderId}/payment`, TYPED, asScript)).json();
    network.answerWith('/assertion', refuse('PAYMENT_TOTAL_MISMATCH'));
    const token = hiddenFieldsOf(page.body, `/orders/${orderId}/payment`)._csrf ?? '';
    const headers = { 'content-type': 'application/json', 'csrf-token': token };
    const answer = await browser.post(reportTo, JSON.stringify({ outcome: 'ABORTED' }), headers);
    expect(answer.json()).toMatchObject({ status: 'REFUSED', go: expect.stringContaining('PAYMENT_TOTAL_MISMATCH') });
    expect(fixture.lines.join()).toContain('PAYMENT_TOTAL_MISMATCH');
  });

  test('a problem with the card is text for the page', async () => {
    const browser = await signedIn();
    const { orderId, page } = await order(browser);
    const answer = await browser.submit(page, `/orders/${orderId}/payment`, { card: 'new' }, asScript);
    expect([answer.statusCode, answer.json()]).toEqual([
      422,
      { problem: 'Please check the card number and the date.' },
    ]);
  });
});

describe('adding a card', () => {
  test('to the network and back: the card is saved by its id', async () => {
    const browser = await signedIn();
    const { number, expires } = TYPED;
    const answer = await browser.submit(await browser.get('/cards/new'), '/cards', { number, expires });
    expect(new URL(String(answer.headers.location)).origin).toBe(network.url);
    expect(network.sessions.at(-1)?.reason).toBe('ENROL_FINANCIAL_INSTRUMENT');
    expect((await browser.get(await success())).headers.location).toBe('/cards?added=1');
    const page = await browser.get('/cards?added=1');
    expect(plainTextOf(page)).toContain('Mastercard ending in 4444');
    await browser.submit(page, '/cards/remove');
    expect(plainTextOf(await browser.get('/cards'))).toContain('You have no saved card yet.');
  });

  test('a range that no issuer takes part with is told as that', async () => {
    network.answerWith('/sessions', refuse('ACCOUNT_NOT_ELIGIBLE'));
    const browser = await signedIn();
    const fields = { number: '4111 1111 1111 1111', expires: '12/30' };
    const answer = await browser.submit(await browser.get('/cards/new'), '/cards', fields);
    expect(answer.statusCode).toBe(422);
    expect(plainTextOf(answer)).toContain('This card cannot be paid with by passkey here.');
  });
});

describe('every request', () => {
  test.each([
    '/cart',
    '/cart/quantity',
    '/orders',
    '/sign-in',
    '/sign-out',
    '/language',
    '/cards',
    '/cards/remove',
    '/orders/TW-1/payment',
  ])('POST %s without this browser’s token is refused', async (path) => {
    const browser = await signedIn();
    expect(
      (await browser.post(path, 'product=mug&quantity=1&username=robin&password=x&language=es&card=new')).statusCode,
    ).toBe(403);
  });

  test('names what may be loaded, framed and posted to', async () => {
    const { headers } = await openBrowser(shop).get('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain(`form-action 'self' ${network.url}`);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['permissions-policy']).toContain('payment=(self)');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  test('orders and cards are for who is signed in', async () => {
    const browser = openBrowser(shop);
    for (const path of ['/orders', '/cards', '/cards/new', '/orders/TW-1', '/orders/TW-1/pay']) {
      const answer = await browser.get(path);
      expect([answer.statusCode, answer.headers.location]).toEqual([303, `/sign-in?next=${encodeURIComponent(path)}`]);
    }
  });

  test.each(['https://elsewhere.example/', '//elsewhere.example', '/payments/callback', '/orders/../x'])(
    'a sign-in does not go on to %s',
    async (next) => {
      const browser = openBrowser(shop);
      const answer = await browser.submit(await browser.get('/sign-in'), '/sign-in', { ...DEMO_SHOPPER, next });
      expect(answer.headers.location).toBe('/');
    },
  );

  test('a cart from elsewhere is read with care: unknown products and counts are left out', async () => {
    const browser = openBrowser(shop);
    browser.cookies.set('__Host-shop_cart', 'mug.2~yacht.1~tray.99~tray.-1~candle.0~throw');
    expect(plainTextOf(await browser.get('/cart'))).toContain('Total $36.00');
  });

  test.each([
    ['es', 'ltr', 'Cosas buenas para mañanas tranquilas.'],
    ['ar', 'rtl', 'أشياء جميلة لصباحات هادئة.'],
    ['fr', 'ltr', 'De belles choses pour des matins tranquilles.'],
    ['qaa', 'ltr', 'Good things for slow mornings.'],
  ])('a browser that asks for %s reads %s', async (tag, direction, heading) => {
    const page = await openBrowser(shop).get('/', { 'accept-language': `${tag},en;q=0.5` });
    expect(headingOf(page)).toBe(heading);
    expect(page.body).toContain(`dir="${direction}"`);
  });
});

test.each([
  ['0002-payment-passkey-merchant.sql', MERCHANT_MIGRATION],
  ['0003-payment-passkey-order.sql', MERCHANT_ORDER_MIGRATION],
  ['0005-payment-passkey-trace.sql', MERCHANT_TRACE_MIGRATION],
  ['0007-payment-passkey-event.sql', EVENT_MIGRATION],
])('the migration %s is the merchant kit’s own text', async (file, text) => {
  expect(await readFile(new URL(file, SHOP_MIGRATIONS), 'utf8')).toBe(text);
});
