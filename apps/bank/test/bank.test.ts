/** The reference bank as a whole (contract §8): its pages over HTTP, on a real PostgreSQL, with the real issuer kit. */
import { readFile } from 'node:fs/promises';
import { CONSENT_MIGRATION } from '@payment-passkeys/issuer/consent';
import {
  createIssuer,
  ENROLMENT_MIGRATION,
  ENROLMENT_TRACE_MIGRATION,
  ourNetwork,
} from '@payment-passkeys/issuer/server';
import { refuse } from '@payment-passkeys/issuer/testing';
import { headingOf, openBrowser, textOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { BANK_ACCOUNT_RANGES, BANK_MIGRATIONS, DEMO_SIGN_IN, provisionDemoCustomers } from '../src/index.ts';
import { NOW, useBank } from './bank.fixture.ts';

const { username, password } = DEMO_SIGN_IN;

const fixture = useBank();

test("the bank's migrations include the issuer kit's tables, word for word", async () => {
  const file = await readFile(new URL('0002-payment-passkey-enrolment.sql', BANK_MIGRATIONS), 'utf8');
  expect(file).toBe(ENROLMENT_MIGRATION);
  const trace = await readFile(new URL('0006-payment-passkey-trace.sql', BANK_MIGRATIONS), 'utf8');
  expect(trace).toBe(ENROLMENT_TRACE_MIGRATION);
  const receipts = await readFile(new URL('0003-payment-passkey-consent.sql', BANK_MIGRATIONS), 'utf8');
  expect(receipts).toBe(CONSENT_MIGRATION);
});

test('provisioning again changes nothing', async () => {
  await provisionDemoCustomers({ pool: fixture.database.pool, now: NOW });
  const { rows } = await fixture.database.pool.query('SELECT pan FROM bank_card ORDER BY position');
  expect(rows.map(({ pan }) => pan)).toEqual(['5555555555554444', '5105105105105100']);
  for (const { pan } of rows) expect(BANK_ACCOUNT_RANGES.some((range) => pan.startsWith(range))).toBe(true);
});

describe('sign-in', () => {
  test('has the fields and the button of the contract, and the password in demo mode alone', async () => {
    const page = await openBrowser(fixture.bank).get('/sign-in');
    expect(page.body).toMatch(/<label for="username">Username<\/label>/);
    expect(page.body).toMatch(/<label for="password">Password<\/label>/);
    expect(page.body).toMatch(/<button[^>]*>Sign in<\/button>/);
    expect(textOf(page)).toContain('passkey-demo');
    const real = await fixture.open({ demo: false });
    expect(textOf(await openBrowser(real).get('/sign-in'))).not.toContain('passkey-demo');
  });

  test.each([
    'https://elsewhere.example/',
    '//elsewhere.example/',
    '/\\elsewhere.example',
    '/passkeys/new/../../x',
    '/passkeys/callback?a\nb',
  ])('next=%s is not followed', async (next) => {
    const browser = openBrowser(fixture.bank);
    const page = await browser.get('/sign-in');
    const answer = await browser.submit(page, '/sign-in', { username, password, next });
    expect(answer.headers.location).toBe('/');
  });
});

describe('every POST', () => {
  test.each([
    '/sign-in',
    '/sign-out',
    '/passkeys',
    '/passkeys/lost',
    '/passkeys/of/x/block',
    '/passkeys/notices/x',
    '/cards/1/replace',
  ])('%s without a token is refused', async (path) => {
    const browser = await fixture.signedIn();
    const page = await browser.get('/');
    const calls = fixture.network.calls.length;
    const fields = { username, password, country: 'US', language: 'en', lastFour: '4444' };
    const without = await browser.post(path, fields);
    expect([without.statusCode, headingOf(without)]).toEqual([403, 'This page is no longer current']);
    expect(page.statusCode).toBe(200);
    expect((await browser.post(path, { ...fields, _csrf: 'made-up' })).statusCode).toBe(403);
    expect(fixture.network.calls.length).toBe(calls);
  });
});

describe('the overview', () => {
  test('shows the cards masked and always offers to set up a payment passkey', async () => {
    const page = await (await fixture.signedIn()).get('/');
    expect(textOf(page)).toContain('•••• 4444');
    expect(textOf(page)).toContain('•••• 5100');
    expect(page.body).not.toMatch(/5555555555554444|5105105105105100/);
    expect(page.body).toMatch(/<a [^>]*href="\/passkeys\/new"[^>]*>Set up a payment passkey<\/a>/);
  });

  test('a name is text, whatever it holds', async () => {
    const name = `<img src=x onerror=alert(1)> "'&`;
    await fixture.database.pool.query('UPDATE bank_customer SET display_name = $1', [name]);
    try {
      for (const path of ['/', '/passkeys/new', '/passkeys/callback?x']) {
        const page = await (await fixture.signedIn()).get(path);
        expect(page.body).not.toContain('<img');
        expect(page.body).toContain('&#60;img');
      }
    } finally {
      await fixture.database.pool.query("UPDATE bank_customer SET display_name = 'Avery Lindqvist'");
    }
  });
});

test('the examples for developers are there in demo mode alone', async () => {
  expect((await openBrowser(fixture.bank).get('/examples/registration')).statusCode).toBe(200);
  const real = await fixture.open({ demo: false });
  expect((await openBrowser(real).get('/examples/registration')).statusCode).toBe(404);
});

describe('what goes wrong', () => {
  test('an unknown address: a page, 404', async () => {
    const page = await openBrowser(fixture.bank).get('/nowhere');
    expect([page.statusCode, headingOf(page)]).toEqual([404, 'There is nothing here']);
  });

  test('a fault of ours: a page with a request id and nothing of the machinery, the reason in the log', async () => {
    const browser = await fixture.signedIn();
    await fixture.database.pool.query('ALTER TABLE bank_card RENAME TO bank_card_gone');
    const page = await browser.get('/');
    await fixture.database.pool.query('ALTER TABLE bank_card_gone RENAME TO bank_card');
    expect([page.statusCode, headingOf(page)]).toEqual([500, 'Something went wrong here']);
    expect(page.body).not.toMatch(/bank_card|relation|at .*\.ts|Fastify|postgres/i);
    expect(fixture.lines.join('')).toContain('bank_card');
  });

  test('a body of more than 16 KiB: a page, 400', async () => {
    const page = await openBrowser(fixture.bank).post('/sign-in', { username: 'x'.repeat(17_000) });
    expect([page.statusCode, headingOf(page)]).toEqual([400, 'We could not read that']);
  });

  test('no proof, cookie, password, card number or address of a person is in the log', async () => {
    const browser = await fixture.signedIn();
    await openBrowser(fixture.bank).signIn(username, 'a-wrong-password');
    await openBrowser(fixture.bank).signIn(username, password);
    await fixture.leave(browser);
    const callback = await fixture.success();
    fixture.network.answerWith('/authentication/authenticators', refuse('UNAVAILABLE'));
    await browser.get(callback);
    fixture.network.answerWith('/authentication/authenticators', undefined);
    await browser.get(callback);
    const log = fixture.lines.join('');
    expect(log).toContain('"path":"/passkeys/callback"');
    const proof = new URLSearchParams(callback.slice(callback.indexOf('?'))).get('proofOfAuthentication') ?? '';
    expect(proof).not.toBe('');
    const secrets = [proof.slice(0, 40), password, 'a-wrong-password', '5555555555554444', 'avery', '5555550100'];
    for (const secret of [...secrets, ...browser.cookies.values()]) expect(log).not.toContain(secret);
  });
});

test('the kit refuses a bank whose address is not one to come back to', () => {
  expect(() =>
    createIssuer({
      ...fixture.network.client,
      network: ourNetwork({
        url: fixture.network.url,
        proof: { verify: 'ISSUER', audience: fixture.network.audience },
      }),
      callbackOrigins: ['http://bank.example'],
      store: {} as never,
    }),
  ).toThrow('INVALID_OPTIONS');
});
