/** What a bank that is overloaded, or sent what nobody would type, answers: a page that says so, and never 500. */
import type { FastifyInstance } from 'fastify';
import { Pool } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEMO_SIGN_IN } from '../src/index.ts';
import { useBank } from './bank.fixture.ts';
import { headingOf, openBrowser } from './browser.ts';

const fixture = useBank();
let bank: FastifyInstance;
beforeAll(async () => {
  bank = await fixture.openBank();
});

describe('overload', () => {
  test('a request that does not arrive whole within 30 seconds is given up, as at the network', () => {
    expect(bank.server.requestTimeout).toBe(30_000);
  });

  test('more sign-ins at once than may wait: 503 with Retry-After, and an attempt that was not looked at does not count', async () => {
    const small = await fixture.openBank({ passwordChecks: { running: 1, waiting: 0 } });
    const browser = openBrowser(small);
    const page = await browser.get('/sign-in');
    const fields = { username: 'nobody', password: 'wrong' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => browser.submit(page, '/sign-in', fields)));
    const refused = answers.filter(({ statusCode }) => statusCode === 422);
    const busy = answers.filter(({ statusCode }) => statusCode === 503);
    expect([refused.length + busy.length, busy.length > 0]).toEqual([8, true]);
    for (const answer of busy) expect(answer.headers['retry-after']).toBe('5');
    const { rows } = await fixture.database.pool.query('SELECT DISTINCT attempts FROM bank_sign_in_attempt');
    expect(rows).toEqual([{ attempts: refused.length }]);
  });

  test('an exhausted pool: 503 with Retry-After, and a page', async () => {
    const pool = new Pool({ connectionString: fixture.database.url, max: 1 });
    const poor = await fixture.openBank({ pool });
    const browser = await fixture.signedIn(poor);
    const held = await pool.connect();
    pool.options.connectionTimeoutMillis = 1;
    const page = await browser.get('/');
    held.release();
    expect([page.statusCode, page.headers['retry-after']]).toEqual([503, '5']);
    expect(headingOf(page)).toBe('We are very busy just now');
    await pool.end();
  });
});

describe('what nobody would type', () => {
  test.each([
    ['/sign-in', { username: 'avery\0', password: 'x' }],
    ['/sign-in', { username: 'avery', password: 'x\0' }],
    ['/sign-in', { ...DEMO_SIGN_IN, next: '\0' }],
    ['/passkeys', { account: 'card-1\0' }],
    ['/passkeys', { consent: '\0' }],
  ])('U+0000 in a field of %s: 422', async (path, fields) => {
    const browser = await fixture.signedIn(bank);
    const page = await browser.get('/');
    const form = path === '/sign-in' ? await browser.get('/sign-in?next=/passkeys/new') : page;
    const [, token = ''] = /name="_csrf" value="([^"]*)"/.exec(form.body) ?? [];
    expect((await browser.post(path, { _csrf: token, ...fields })).statusCode).toBe(422);
  });

  test('U+0000 in a query: 422', async () => {
    const browser = await fixture.signedIn(bank);
    for (const path of ['/passkeys/new?country=%00', '/passkeys/callback?state=%00', '/sign-in?next=%00']) {
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
    '/assets/',
    '/assets/.',
    '/assets/%00',
    '/assets/bank.css%00',
    '/assets/%2e%2e/package.json',
    '/assets/%5c..%5cpackage.json',
    '/assets/%zz',
    '/%',
    `/assets/${'a'.repeat(5000)}`,
  ])('%s: 404, as a page', async (path) => {
    const page = await (await fixture.signedIn(bank)).get(path);
    expect([page.statusCode, headingOf(page)]).toEqual([404, 'There is nothing here']);
    expect(page.headers['content-security-policy']).toBeDefined();
  });

  test('the files that are there are served', async () => {
    expect((await openBrowser(bank).get('/assets/bank.css')).statusCode).toBe(200);
  });
});
