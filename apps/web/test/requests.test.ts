/** What holds for every request: headers, overload, malformed input, errors, health, the choice of a language. */
import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { headingOf, openBrowser } from '../src/testing/index.ts';
import { ERRORS, USER, useSite } from './site.fixture.ts';

const fixture = useSite();

describe('overload', () => {
  test('a request that does not arrive whole within 30 seconds is given up, as at the network', () => {
    expect(fixture.site.server.requestTimeout).toBe(30_000);
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
    const { rows } = await fixture.database.pool.query('SELECT DISTINCT attempts FROM site_sign_in_attempt');
    expect(rows).toEqual([{ attempts: refused.length }]);
  });

  test('an exhausted pool: 503 with Retry-After, and a page', async () => {
    const pool = new Pool({ connectionString: fixture.database.url, max: 1 });
    const browser = await fixture.signedIn(await fixture.open({ pool }));
    const held = await pool.connect();
    pool.options.connectionTimeoutMillis = 1;
    const page = await browser.get('/');
    held.release();
    expect([page.statusCode, page.headers['retry-after']]).toEqual([503, '5']);
    expect(headingOf(page)).toBe('Problem 503');
    await pool.end();
  });
});

describe('what nobody would type', () => {
  test.each([
    ['/sign-in', { username: 'avery\0', password: 'x' }],
    ['/sign-in', { username: 'avery', password: 'x\0' }],
    ['/sign-in', { ...USER, next: '\0' }],
    ['/language', { language: 'ja\0' }],
  ])('U+0000 in a field of %s: 422, and a page', async (path, fields) => {
    const browser = await fixture.signedIn();
    const answer = await browser.submit(await browser.get('/'), path, fields);
    expect([answer.statusCode, headingOf(answer)]).toEqual([422, 'Problem 422']);
  });

  test('U+0000 in a query: 422', async () => {
    const browser = await fixture.signedIn();
    for (const path of ['/?a=%00', '/sign-in?next=%00']) expect((await browser.get(path)).statusCode, path).toBe(422);
  });

  test.each([
    '/assets/',
    '/assets/.',
    '/assets/%00',
    '/assets/site.css%00',
    '/assets/%2e%2e/package.json',
    '/assets/%5c..%5cpackage.json',
    '/assets/%zz',
    '/%',
    `/assets/${'a'.repeat(5000)}`,
  ])('%s: 404, as a page', async (path) => {
    const page = await (await fixture.signedIn()).get(path);
    expect([page.statusCode, headingOf(page)]).toEqual([404, 'Problem 404']);
    expect(page.headers['content-security-policy']).toBeDefined();
  });

  test('the files that are there are served', async () => {
    expect((await openBrowser(fixture.site).get('/assets/site.css')).statusCode).toBe(200);
  });
});

describe('what goes wrong', () => {
  test('an unknown address: a page, 404, for a form as well', async () => {
    const browser = openBrowser(fixture.site);
    for (const page of [await browser.get('/nowhere'), await browser.post('/nowhere', {})]) {
      expect([page.statusCode, headingOf(page)]).toEqual([404, 'Problem 404']);
    }
  });

  test.each([
    ['a fault of ours', 'fault', 500],
    ['an error that the site calls temporary', 'temporary', 503],
  ] as const)('%s: a page with nothing of the machinery, the reason in the log', async (_title, name, status) => {
    const message = ERRORS[name];
    const page = await openBrowser(fixture.site).get(`/${name}`);
    expect([page.statusCode, headingOf(page)]).toEqual([status, `Problem ${status}`]);
    expect(page.body).not.toContain(message);
    expect(fixture.lines.join('')).toContain(`"message":"${message}"`);
  });

  test('a body that is too large: a page, 400', async () => {
    const page = await openBrowser(fixture.site).post('/sign-in', { username: 'x'.repeat(2000) });
    expect([page.statusCode, headingOf(page)]).toEqual([400, 'Problem 400']);
  });

  test('HEAD, as link checkers send it, reaches no page', async () => {
    expect((await fixture.site.inject({ method: 'HEAD', url: '/sign-in' })).statusCode).toBe(404);
  });
});

test('over https it asks for https for two years', async () => {
  expect((await openBrowser(fixture.site).get('/sign-in')).headers['strict-transport-security']).toBeUndefined();
  const secure = await fixture.open({ publicUrl: 'https://site.example' });
  const page = await openBrowser(secure).get('/sign-in');
  expect(page.headers['strict-transport-security']).toContain('max-age=63072000');
});

describe('health', () => {
  test('live while it runs, ready while its database answers', async () => {
    const browser = openBrowser(fixture.site);
    expect((await browser.get('/health/live')).json()).toEqual({ status: 'live' });
    expect((await browser.get('/health/ready')).json()).toEqual({ status: 'ready' });
  });

  test('not ready without its database, and it says no more', async () => {
    const pool = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing' });
    const lost = openBrowser(await fixture.open({ pool }));
    const answer = await lost.get('/health/ready');
    expect([answer.statusCode, answer.json()]).toEqual([503, { status: 'not ready' }]);
    expect((await lost.get('/health/live')).statusCode).toBe(200);
    await pool.end();
  });
});

describe('the choice of a language', () => {
  const languageOf = (page: { readonly body: string }) => /<html lang="([^"]*)">/.exec(page.body)?.[1];

  test('leads back to the page, and stays; on a page for a problem as well', async () => {
    for (const path of ['/sign-in?next=/inside', '/nowhere']) {
      const browser = openBrowser(fixture.site);
      const answer = await browser.submit(await browser.get(path), '/language', { language: 'ja' });
      expect([answer.statusCode, answer.headers.location]).toEqual([303, path]);
      expect(answer.cookies).toContainEqual(
        expect.objectContaining({ name: '__Host-site_language', secure: true, httpOnly: true, maxAge: 31_536_000 }),
      );
      for (const next of ['/sign-in', '/nowhere', '/%']) expect(languageOf(await browser.get(next))).toBe('ja');
    }
  });

  test.each(['//elsewhere.example/', '/\\elsewhere.example', 'https://elsewhere.example/', '/\tx'])(
    'does not lead to %j',
    async (next) => {
      const browser = openBrowser(fixture.site);
      const answer = await browser.submit(await browser.get('/sign-in'), '/language', { language: 'ja', next });
      expect(answer.headers.location).toBe('/');
    },
  );

  test('of one that the site does not have changes nothing', async () => {
    const browser = openBrowser(fixture.site);
    await browser.submit(await browser.get('/sign-in'), '/language', { language: 'tlh' });
    expect(languageOf(await browser.get('/sign-in'))).toBe('none');
  });
});
