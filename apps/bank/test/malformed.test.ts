/** Malformed input gets a page that says so, and never 500. apps/web has the tests of overload, files and the sign-in. */
import { headingOf, openBrowser } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { useBank } from './bank.fixture.ts';

const fixture = useBank();

describe('what nobody would type', () => {
  test.each([
    ['/passkeys', { account: 'card-1\0' }],
    ['/passkeys', { consent: '\0' }],
  ])('U+0000 in a field of %s: 422', async (path, fields) => {
    const browser = await fixture.signedIn();
    const page = await browser.get('/');
    const [, token = ''] = /name="_csrf" value="([^"]*)"/.exec(page.body) ?? [];
    expect((await browser.post(path, { _csrf: token, ...fields })).statusCode).toBe(422);
  });

  test('U+0000 in a query: 422', async () => {
    const browser = await fixture.signedIn();
    for (const path of ['/passkeys/new?country=%00', '/passkeys/callback?state=%00']) {
      expect((await browser.get(path)).statusCode, path).toBe(422);
    }
  });

  const DASHES = '-'.repeat(36);
  test.each([
    `/passkeys/enrolments/${DASHES}`,
    `/passkeys/consents/${DASHES}`,
    `/passkeys/enrolments/%00`,
    `/passkeys/consents/${'%2d'.repeat(36)}`,
    `/passkeys/enrolments/${'a'.repeat(200)}`,
    '/passkeys/catalogue/%00.json',
  ])('%s: 404, as a page', async (path) => {
    const page = await (await fixture.signedIn()).get(path);
    expect([page.statusCode, headingOf(page)]).toEqual([404, 'There is nothing here']);
    expect(page.headers['content-security-policy']).toBeDefined();
  });

  test('the files that are there are served', async () => {
    expect((await openBrowser(fixture.bank).get('/assets/bank.css')).statusCode).toBe(200);
  });
});
