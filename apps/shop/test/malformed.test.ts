/** What a shop that is overloaded, or sent what nobody would type, answers: a page that says so, and never 500. */
import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { DEMO_SHOPPER } from '../src/index.ts';
import { headingOf, openBrowser, textOf } from './browser.ts';
import { useShop } from './shop.fixture.ts';

const fixture = useShop();

describe('overload', () => {
  test('a request that does not arrive whole within 30 seconds is given up, as at the network', () => {
    expect(fixture.shop.server.requestTimeout).toBe(30_000);
  });

  test('more sign-ins at once than may wait: 503 with Retry-After, and an attempt that was not looked at does not count', async () => {
    const browser = openBrowser(await fixture.open({ passwordChecks: { running: 1, waiting: 0 } }));
    const page = await browser.get('/sign-in');
    const fields = { username: 'nobody', password: 'wrong' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => browser.submit(page, '/sign-in', fields)));
    const refused = answers.filter(({ statusCode }) => statusCode === 422);
    const busy = answers.filter(({ statusCode }) => statusCode === 503);
    expect([refused.length + busy.length, busy.length > 0]).toEqual([8, true]);
    for (const answer of busy) expect(answer.headers['retry-after']).toBe('5');
    const { rows } = await fixture.database.pool.query('SELECT DISTINCT attempts FROM shop_sign_in_attempt');
    expect(rows).toEqual([{ attempts: refused.length }]);
  });

  test('an exhausted pool: 503 with Retry-After, and a page', async () => {
    const pool = new Pool({ connectionString: fixture.database.url, max: 1 });
    const browser = await fixture.signedIn('robin', await fixture.open({ pool }));
    const held = await pool.connect();
    pool.options.connectionTimeoutMillis = 1;
    const page = await browser.get('/orders');
    held.release();
    expect([page.statusCode, page.headers['retry-after']]).toEqual([503, '5']);
    expect(textOf(page)).toContain('We are very busy just now.');
    await pool.end();
  });
});

describe('what nobody would type', () => {
  test.each([
    ['/sign-in', { username: 'robin\0', password: 'x' }],
    ['/sign-in', { username: 'robin', password: 'x\0' }],
    ['/sign-in', { ...DEMO_SHOPPER, next: '\0' }],
    ['/language', { language: 'ja\0' }],
    ['/cards', { number: '5555 5555 5555 4444\0', expires: '12/30' }],
    ['/cards/remove', { card: 'binding-1\0' }],
    ['/orders/TW-1/payment', { card: '\0' }],
    ['/cart', { product: 'mug\0' }],
  ])('U+0000 in a field of %s: 422, and a page', async (path, fields) => {
    const browser = await fixture.signedIn();
    const [, token = ''] = /name="_csrf" value="([^"]*)"/.exec((await browser.get('/')).body) ?? [];
    const answer = await browser.post(path, new URLSearchParams({ _csrf: token, ...fields }).toString());
    expect([answer.statusCode, headingOf(answer)]).toEqual([422, 'That did not work']);
  });

  test('U+0000 in a query: 422', async () => {
    const browser = await fixture.signedIn();
    for (const path of ['/sign-in?next=%00', '/payments/callback?state=%00', '/cards/callback?state=%00']) {
      expect((await browser.get(path)).statusCode, path).toBe(422);
    }
  });

  const DASHES = '-'.repeat(32);
  test.each([
    `/orders/${DASHES}`,
    `/orders/${DASHES}----/pay`,
    '/orders/%00',
    '/orders/%00/pay',
    `/orders/${'A'.repeat(200)}`,
    '/assets/',
    '/assets/.',
    '/assets/%00',
    '/assets/shop.css%00',
    '/assets/%2e%2e/package.json',
    '/assets/%5c..%5cpackage.json',
    '/assets/%zz',
    '/%',
    `/assets/${'a'.repeat(5000)}`,
  ])('%s: 404, as a page', async (path) => {
    const page = await (await fixture.signedIn()).get(path);
    expect(page.statusCode).toBe(404);
    expect(textOf(page)).toContain('There is nothing at this address.');
    expect(page.headers['content-security-policy']).toBeDefined();
  });

  test('36 dashes for the id of a payment: ignored, as malformed', async () => {
    const browser = await fixture.signedIn();
    const [, token = ''] = /name="_csrf" value="([^"]*)"/.exec((await browser.get('/')).body) ?? [];
    const path = `/orders/TW-1/payments/${'-'.repeat(36)}/confirmation`;
    const headers = { 'content-type': 'application/json', 'csrf-token': token };
    expect((await browser.post(path, '{"outcome":"ABORTED"}', headers)).statusCode).toBe(404);
  });

  test('the files that are there are served', async () => {
    for (const file of ['shop.css', 'pay.js', 'icon.svg']) {
      expect((await openBrowser(fixture.shop).get(`/assets/${file}`)).statusCode, file).toBe(200);
    }
  });
});
