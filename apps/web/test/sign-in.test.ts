/** The sign-in of every site: the session, the throttle, the CSRF tokens of forms. */
import { describe, expect, test } from 'vitest';
import { headingOf, openBrowser, textOf } from '../src/testing/index.ts';
import { USER, useSite } from './site.fixture.ts';

const COOKIE = '__Host-site_session';
const { username, password } = USER;
const fixture = useSite();

describe('sign-in', () => {
  test('the session cookie is a fresh secret, bound to the host, and only its hash is kept', async () => {
    const browser = openBrowser(fixture.site);
    const answer = await browser.signIn(' AVERY ', password);
    expect(answer.cookies).toContainEqual(
      expect.objectContaining({
        name: COOKIE,
        value: expect.stringMatching(/^[\w-]{43}$/),
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      }),
    );
    const { rows } = await fixture.database.pool.query('SELECT * FROM site_session');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(browser.cookies.get(COOKIE));
  });

  test('a wrong password and an unknown username get the same page', async () => {
    const wrong = await openBrowser(fixture.site).signIn(username, 'wrong');
    const unknown = await openBrowser(fixture.site, '192.0.2.2').signIn('nobody', 'wrong');
    expect([wrong.statusCode, unknown.statusCode]).toEqual([422, 422]);
    expect(textOf(wrong)).toBe(textOf(unknown));
    expect(wrong.cookies.some(({ name }) => name === COOKIE)).toBe(false);
  });

  test('signing in again ends the session before', async () => {
    const browser = await fixture.signedIn();
    const before = browser.cookies.get(COOKIE) ?? '';
    await browser.submit(await browser.get('/sign-in'), '/sign-in', { username, password });
    expect(browser.cookies.get(COOKIE)).not.toBe(before);
    browser.cookies.set(COOKIE, before);
    expect((await browser.get('/')).headers.location).toBe('/sign-in');
  });

  test('after ten wrong passwords the right one is not looked at for five minutes, from that address', async () => {
    const browser = openBrowser(fixture.site);
    for (let i = 0; i < 10; i++) expect((await browser.signIn(username, 'wrong')).statusCode).toBe(422);
    const refused = await browser.signIn(username, password);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await openBrowser(fixture.site, '192.0.2.9').signIn(username, password)).statusCode).toBe(303);
    fixture.later(301);
    expect((await browser.signIn(username, password)).statusCode).toBe(303);
  });

  test('twenty guesses at once are not twenty guesses: ten passwords are looked at', async () => {
    const browser = openBrowser(fixture.site);
    const page = await browser.get('/sign-in');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.submit(page, '/sign-in', { username, password: 'wrong' })),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(10);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(10);
  });

  test('successes are not counted', async () => {
    for (let i = 0; i < 15; i++) {
      expect((await openBrowser(fixture.site).signIn(username, password)).statusCode).toBe(303);
    }
  });

  test.each([
    'https://elsewhere.example/',
    '//elsewhere.example/',
    '/\\elsewhere.example',
    '/inside/../x',
    '/inside?a\nb',
  ])('next=%s is not followed', async (next) => {
    const browser = openBrowser(fixture.site);
    const answer = await browser.submit(await browser.get('/sign-in'), '/sign-in', { username, password, next });
    expect(answer.headers.location).toBe('/');
  });

  test('a session ends after twenty idle minutes, and after eight hours whatever happens', async () => {
    const idle = await fixture.signedIn();
    fixture.later(20 * 60 - 1);
    expect((await idle.get('/')).statusCode).toBe(200);
    fixture.later(20 * 60);
    expect((await idle.get('/')).headers.location).toBe('/sign-in');
    const busy = await fixture.signedIn();
    for (let i = 0; i < 31; i++) {
      fixture.later(15 * 60);
      expect((await busy.get('/')).statusCode).toBe(200);
    }
    fixture.later(15 * 60);
    expect((await busy.get('/')).headers.location).toBe('/sign-in');
  });

  test('sign out ends the session at the site, not in the browser alone', async () => {
    const browser = await fixture.signedIn();
    const token = browser.cookies.get(COOKIE) ?? '';
    const answer = await browser.submit(await browser.get('/'), '/sign-out');
    expect(answer.headers.location).toBe('/sign-in');
    expect(browser.cookies.has(COOKIE)).toBe(false);
    browser.cookies.set(COOKIE, token);
    expect((await browser.get('/')).headers.location).toBe('/sign-in');
  });
});

describe('every POST', () => {
  test.each(['/sign-in', '/sign-out', '/language'])('%s without a token is refused', async (path) => {
    const browser = await fixture.signedIn();
    const fields = { username, password, language: 'ja' };
    const without = await browser.post(path, fields);
    expect([without.statusCode, headingOf(without)]).toEqual([403, 'Problem 403']);
    await browser.get('/');
    expect((await browser.post(path, { ...fields, _csrf: 'made-up' })).statusCode).toBe(403);
  });

  test("with another browser's token is refused", async () => {
    const page = await openBrowser(fixture.site).get('/sign-in');
    const browser = await fixture.signedIn();
    await browser.get('/');
    expect((await browser.submit(page, '/sign-in', { username, password })).statusCode).toBe(403);
  });

  test('from a page of before the sign-in is refused', async () => {
    const browser = openBrowser(fixture.site);
    const before = await browser.get('/sign-in');
    await browser.submit(before, '/sign-in', { username, password });
    await browser.get('/');
    expect((await browser.submit(before, '/sign-in', { username, password })).statusCode).toBe(403);
  });
});
