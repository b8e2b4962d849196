/** Malformed input gets a page that says so, and never 500. apps/web has the tests of overload, files and the sign-in. */
import { headingOf, openBrowser, plainTextOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { useShop } from './shop.fixture.ts';

const fixture = useShop();

describe('what nobody would type', () => {
  test.each([
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
    for (const path of ['/payments/callback?state=%00', '/cards/callback?state=%00']) {
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
  ])('%s: 404, as a page', async (path) => {
    const page = await (await fixture.signedIn()).get(path);
    expect(page.statusCode).toBe(404);
    expect(plainTextOf(page)).toContain('There is nothing at this address.');
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
