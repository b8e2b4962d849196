/** The reference bank as its customers meet it (contract §8): its pages over HTTP, on a real PostgreSQL, with the real issuer kit. */
import { readFile } from 'node:fs/promises';
import { CONSENT_MIGRATION, createConsents, createPostgresConsentStore } from '@payment-passkeys/issuer/consent';
import {
  createIssuer,
  ENROLMENT_MIGRATION,
  ENROLMENT_TRACE_MIGRATION,
  ourNetwork,
} from '@payment-passkeys/issuer/server';
import { type NetworkDouble, refuse, startNetworkDouble } from '@payment-passkeys/issuer/testing';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { createSessionStore, sessionCookieName } from '@payment-passkeys/web';
import type { FastifyInstance } from 'fastify';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BANK_ACCOUNT_RANGES,
  BANK_MIGRATIONS,
  BANK_MIGRATIONS_TABLE,
  BANK_NAME,
  DEMO_SIGN_IN,
  openBank,
  provisionDemoCustomers,
} from '../src/index.ts';
import { openBankCatalogue } from '../src/passkeys/catalogue.ts';
import { nameDevice } from '../src/passkeys/device-name.ts';
import { SITE } from '../src/site.ts';
import { useCheapPassword } from './bank.fixture.ts';
import { type Browser, headingOf, openBrowser, textOf } from './browser.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const PUBLIC_URL = 'http://bank.localhost:4001';
const { username, password } = DEMO_SIGN_IN;
const READY = 'Your payment passkey is ready';
const DEVICE = { browser: 'Chrome', platform: 'Linux' };

let now = START;
const clock = () => now;
const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};
let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
let bank: FastifyInstance;
let lines: string[] = [];

function bankWith(
  changes: { readonly demo?: boolean; readonly publicUrl?: string; readonly pool?: Pool } = {},
): Promise<FastifyInstance> {
  return openBank({
    pool: database.pool,
    clock,
    publicUrl: PUBLIC_URL,
    network: { url: network.url, audience: network.audience },
    client: network.client,
    demo: true,
    trustProxy: false,
    log: { level: 'trace', stream: { write: (line) => void lines.push(line) } },
    ...changes,
  });
}

/** A browser with a session of Avery's, as the sign-in would have opened it (its own tests go through the form). */
async function signedIn(): Promise<Browser> {
  const browser = openBrowser(bank);
  const { rows } = await database.pool.query('SELECT customer_id FROM bank_customer WHERE username = $1', [username]);
  const sessions = createSessionStore({ site: SITE, pool: database.pool, clock });
  browser.cookies.set(sessionCookieName(SITE), await sessions.openSession(rows[0].customer_id));
  return browser;
}

/** From the overview to the network's address, as a person does it. */
async function leave(browser: Browser): Promise<void> {
  const answer = await browser.submit(await browser.get('/passkeys/new'), '/passkeys');
  expect(answer.statusCode).toBe(303);
  expect(new URL(String(answer.headers.location)).origin).toBe(network.url);
}

function pathOf(callback: string): string {
  const { pathname, search } = new URL(callback);
  return pathname + search;
}

const success = async () => pathOf(network.callback({ proof: await network.issueProof() }));
const failure = (status: string, reason: string) => pathOf(network.callback({ status, reason }));

/** The bank's own receipts, as an auditor reads them. */
const consents = () =>
  createConsents({
    catalogue: openBankCatalogue(PUBLIC_URL),
    store: createPostgresConsentStore(database.pool),
    bank: BANK_NAME,
    clock,
  });

/** What the element would send. */
async function acceptedNow(place: { readonly country: string; readonly language: string }) {
  const { textHash } = await consents().show(place);
  return { ...place, textHash, catalogueVersion: openBankCatalogue(PUBLIC_URL).index.version };
}

async function passkeyCount(): Promise<number> {
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM bank_payment_passkey');
  return rows[0].n;
}

beforeAll(async () => {
  database = await createThrowawayDatabase({ migrations: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });
  network = await startNetworkDouble({ clock });
  await provisionDemoCustomers({ pool: database.pool, now });
  await useCheapPassword(database.pool);
});

afterAll(async () => {
  await network.stop();
  await database.close();
});

beforeEach(async () => {
  now = START;
  lines = [];
  await database.pool.query(
    'TRUNCATE bank_session, bank_sign_in_attempt, bank_enrolment, bank_payment_passkey, payment_passkey_enrolment',
  );
  bank = await bankWith();
  return () => bank.close();
});

test("the bank's migrations include the issuer kit's tables, word for word", async () => {
  const file = await readFile(new URL('0002-payment-passkey-enrolment.sql', BANK_MIGRATIONS), 'utf8');
  expect(file).toBe(ENROLMENT_MIGRATION);
  const trace = await readFile(new URL('0006-payment-passkey-trace.sql', BANK_MIGRATIONS), 'utf8');
  expect(trace).toBe(ENROLMENT_TRACE_MIGRATION);
  const receipts = await readFile(new URL('0003-payment-passkey-consent.sql', BANK_MIGRATIONS), 'utf8');
  expect(receipts).toBe(CONSENT_MIGRATION);
});

test('provisioning again changes nothing', async () => {
  await provisionDemoCustomers({ pool: database.pool, now });
  const { rows } = await database.pool.query('SELECT pan FROM bank_card ORDER BY position');
  expect(rows.map(({ pan }) => pan)).toEqual(['5555555555554444', '5105105105105100']);
  for (const { pan } of rows) expect(BANK_ACCOUNT_RANGES.some((range) => pan.startsWith(range))).toBe(true);
});

describe('sign-in', () => {
  test('has the fields and the button of the contract, and the password in demo mode alone', async () => {
    const page = await openBrowser(bank).get('/sign-in');
    expect(page.body).toMatch(/<label for="username">Username<\/label>/);
    expect(page.body).toMatch(/<label for="password">Password<\/label>/);
    expect(page.body).toMatch(/<button[^>]*>Sign in<\/button>/);
    expect(textOf(page)).toContain('passkey-demo');
    const real = await bankWith({ demo: false });
    expect(textOf(await openBrowser(real).get('/sign-in'))).not.toContain('passkey-demo');
    await real.close();
  });

  test('the session cookie is a fresh secret, bound to the host, and only its hash is kept', async () => {
    const browser = openBrowser(bank);
    const answer = await browser.signIn(' AVERY ', password);
    expect(answer.cookies).toContainEqual(
      expect.objectContaining({
        name: '__Host-bank_session',
        value: expect.stringMatching(/^[\w-]{43}$/),
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      }),
    );
    const { rows } = await database.pool.query('SELECT * FROM bank_session');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(browser.cookies.get('__Host-bank_session'));
  });

  test('a wrong password and an unknown username get the same page', async () => {
    const wrong = await openBrowser(bank).signIn(username, 'wrong');
    const unknown = await openBrowser(bank, '192.0.2.2').signIn('nobody', 'wrong');
    expect([wrong.statusCode, unknown.statusCode]).toEqual([422, 422]);
    expect(textOf(wrong)).toBe(textOf(unknown));
    expect(wrong.cookies.some(({ name }) => name === '__Host-bank_session')).toBe(false);
  });

  test('signing in again ends the session before', async () => {
    const browser = await signedIn();
    const before = browser.cookies.get('__Host-bank_session') ?? '';
    await browser.submit(await browser.get('/sign-in?next=/passkeys/new'), '/sign-in', { username, password });
    expect(browser.cookies.get('__Host-bank_session')).not.toBe(before);
    browser.cookies.set('__Host-bank_session', before);
    expect((await browser.get('/')).headers.location).toBe('/sign-in');
  });

  test('after ten wrong passwords the right one is not looked at for five minutes, from that address', async () => {
    const browser = openBrowser(bank);
    for (let i = 0; i < 10; i++) expect((await browser.signIn(username, 'wrong')).statusCode).toBe(422);
    const refused = await browser.signIn(username, password);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await openBrowser(bank, '192.0.2.9').signIn(username, password)).statusCode).toBe(303);
    later(301);
    expect((await browser.signIn(username, password)).statusCode).toBe(303);
  });

  test('twenty guesses at once are not twenty guesses: ten passwords are looked at', async () => {
    const browser = openBrowser(bank);
    const page = await browser.get('/sign-in');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.submit(page, '/sign-in', { username, password: 'wrong' })),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(10);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(10);
  });

  test('successes are not counted', async () => {
    for (let i = 0; i < 15; i++) {
      expect((await openBrowser(bank).signIn(username, password)).statusCode).toBe(303);
    }
  });

  test.each([
    'https://elsewhere.example/',
    '//elsewhere.example/',
    '/\\elsewhere.example',
    '/passkeys/new/../../x',
    '/passkeys/callback?a\nb',
  ])('next=%s is not followed', async (next) => {
    const browser = openBrowser(bank);
    const page = await browser.get('/sign-in');
    const answer = await browser.submit(page, '/sign-in', { username, password, next });
    expect(answer.headers.location).toBe('/');
  });

  test('a session ends after twenty idle minutes, and after eight hours whatever happens', async () => {
    const idle = await signedIn();
    later(20 * 60 - 1);
    expect((await idle.get('/')).statusCode).toBe(200);
    later(20 * 60);
    expect((await idle.get('/')).headers.location).toBe('/sign-in');
    const busy = await signedIn();
    for (let i = 0; i < 31; i++) {
      later(15 * 60);
      expect((await busy.get('/')).statusCode).toBe(200);
    }
    later(15 * 60);
    expect((await busy.get('/')).headers.location).toBe('/sign-in');
  });

  test('sign out ends the session at the bank, not in the browser alone', async () => {
    const browser = await signedIn();
    const token = browser.cookies.get('__Host-bank_session') ?? '';
    const answer = await browser.submit(await browser.get('/'), '/sign-out');
    expect(answer.headers.location).toBe('/sign-in');
    expect(browser.cookies.has('__Host-bank_session')).toBe(false);
    browser.cookies.set('__Host-bank_session', token);
    expect((await browser.get('/')).headers.location).toBe('/sign-in');
  });
});

describe('every POST', () => {
  test.each(['/sign-in', '/sign-out', '/passkeys'])('%s without a token is refused', async (path) => {
    const browser = await signedIn();
    const calls = network.calls.length;
    const fields = { username, password, country: 'US', language: 'en' };
    const without = await browser.post(path, fields);
    expect([without.statusCode, headingOf(without)]).toEqual([403, 'This page is no longer current']);
    await browser.get('/');
    expect((await browser.post(path, { ...fields, _csrf: 'made-up' })).statusCode).toBe(403);
    expect(network.calls.length).toBe(calls);
  });

  test("with another browser's token is refused", async () => {
    const page = await openBrowser(bank).get('/sign-in');
    const browser = await signedIn();
    await browser.get('/');
    expect((await browser.submit(page, '/sign-in', { username, password })).statusCode).toBe(403);
  });

  test('from a page of before the sign-in is refused', async () => {
    const browser = openBrowser(bank);
    const before = await browser.get('/sign-in');
    await browser.submit(before, '/sign-in', { username, password });
    await browser.get('/');
    expect((await browser.submit(before, '/sign-in', { username, password })).statusCode).toBe(403);
  });
});

describe('the overview', () => {
  test('shows the cards masked and always offers to set up a payment passkey', async () => {
    const page = await (await signedIn()).get('/');
    expect(textOf(page)).toContain('•••• 4444');
    expect(textOf(page)).toContain('•••• 5100');
    expect(page.body).not.toMatch(/5555555555554444|5105105105105100/);
    expect(page.body).toMatch(/<a [^>]*href="\/passkeys\/new"[^>]*>Set up a payment passkey<\/a>/);
  });

  test('a name is text, whatever it holds', async () => {
    const name = `<img src=x onerror=alert(1)> "'&`;
    await database.pool.query('UPDATE bank_customer SET display_name = $1', [name]);
    try {
      for (const path of ['/', '/passkeys/new', '/passkeys/callback?x']) {
        const page = await (await signedIn()).get(path);
        expect(page.body).not.toContain('<img');
        expect(page.body).toContain('&#60;img');
      }
    } finally {
      await database.pool.query("UPDATE bank_customer SET display_name = 'Avery Lindqvist'");
    }
  });
});

describe('the registration screen', () => {
  test('has the selects, links and buttons of the contract', async () => {
    const page = await (await signedIn()).get('/passkeys/new');
    expect(page.body).toMatch(/<label for="country">Country<\/label>\s*<select id="country"/);
    expect(page.body).toMatch(/<label for="language">Language<\/label>\s*<select id="language"/);
    expect(page.body).toMatch(/<a [^>]*href="http:\/\/bank\.localhost:4001\/legal\/terms[^"]*"[^>]*>Terms of Use<\/a>/);
    expect(page.body).toMatch(
      /<a [^>]*href="http:\/\/bank\.localhost:4001\/legal\/privacy[^"]*"[^>]*>Privacy Notice<\/a>/,
    );
    expect(page.body).toMatch(/<button[^>]*>Agree and continue<\/button>/);
    expect(page.body).toMatch(/<button[^>]*>Not now<\/button>/);
    expect(textOf(page)).toContain('a•••@l•••.example');
  });

  test('follows country and language, and its links open', async () => {
    const browser = await signedIn();
    const page = await browser.get('/passkeys/new?country=MX&language=es');
    expect(page.body).toContain('<html lang="es"');
    expect(textOf(page)).toContain('Aceptar y continuar');
    const links = [...page.body.matchAll(/href="http:\/\/bank\.localhost:4001(\/legal\/[^"]+)"/g)].map(
      ([, path = '']) => path.replaceAll('&#38;', '&').replaceAll('&#61;', '='),
    );
    expect(links).toHaveLength(2);
    for (const path of links) expect(textOf(await openBrowser(bank).get(path))).toContain('México');
  });

  test('a country or language that is not served is refused', async () => {
    const browser = await signedIn();
    expect((await browser.get('/passkeys/new?country=ZZ')).statusCode).toBe(400);
    expect((await browser.get('/passkeys/new?language=xx')).statusCode).toBe(400);
  });

  test('what was agreed to is what the network and the records get', async () => {
    const browser = await signedIn();
    later(60);
    const page = await browser.get('/passkeys/new?country=CA&language=fr');
    expect((await browser.submit(page, '/passkeys')).statusCode).toBe(303);
    const { info, clientSessionId } = network.sessions.at(-1) ?? {};
    expect(info).toMatchObject({
      accountReferences: {
        cards: [{ primaryAccountNumber: '5555555555554444' }, { primaryAccountNumber: '5105105105105100' }],
        emailAddresses: ['avery@larkmoor.example'],
        mobileNumbers: [{ countryCode: '1', phoneNumber: '5555550100' }],
      },
      cardholderVerification: { method: 'ISSUER_LOGIN', verifiedAt: START.toISOString() },
      consent: { country: 'CA', language: 'fr', acceptedAt: now.toISOString() },
      locale: 'fr-CA',
    });
    expect(info?.complianceSettings?.complianceResources.map(({ uri }) => uri)).toEqual([
      `${PUBLIC_URL}/legal/terms?country=CA&language=fr`,
      `${PUBLIC_URL}/legal/privacy?country=CA&language=fr`,
    ]);
    expect(info?.callbackUri).toMatch(new RegExp(`^${PUBLIC_URL}/passkeys/callback\\?state=`));
    const { rows } = await database.pool.query('SELECT * FROM bank_enrolment');
    expect(rows[0]).toMatchObject({ client_session_id: clientSessionId });
    const receipt = await consents().find({ receiptId: rows[0].receipt_id });
    expect(receipt).toMatchObject({
      channel: 'WEB',
      country: 'CA',
      language: 'fr',
      acceptedAt: now,
      resources: info?.complianceSettings?.complianceResources,
      accounts: ['•••• 4444', '•••• 5100', 'a•••@l•••.example', '••• 00'],
    });
    expect(JSON.stringify([rows, receipt])).not.toMatch(/5555555555554444|5105105105105100|avery@|5555550100/);
  });

  test('signed out, it asks to sign in and goes on from there', async () => {
    const browser = openBrowser(bank);
    const answer = await browser.get('/passkeys/new');
    expect(answer.headers.location).toBe('/sign-in?next=%2Fpasskeys%2Fnew');
    const page = await browser.get(String(answer.headers.location));
    const signed = await browser.submit(page, '/sign-in', { username, password });
    expect(signed.headers.location).toBe('/passkeys/new');
  });

  test('a sign-in too old for the network to take is asked for once more', async () => {
    const browser = await signedIn();
    const page = await browser.get('/passkeys/new');
    later(14 * 60 + 1);
    const calls = network.calls.length;
    const answer = await browser.submit(page, '/passkeys');
    expect(answer.headers.location).toBe('/sign-in?next=%2Fpasskeys%2Fnew');
    expect(network.calls.length).toBe(calls);
    expect(textOf(await browser.get(String(answer.headers.location)))).toContain('sign in once more');
  });

  test("form-action names the network's origin, and nothing may frame or script the page", async () => {
    const page = await (await signedIn()).get('/passkeys/new');
    const policy = String(page.headers['content-security-policy']).split('; ');
    expect(policy).toContain(`form-action 'self' ${network.url}`);
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
    );
    expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(page.headers['strict-transport-security']).toBeUndefined();
  });

  test('over https it asks for https for two years', async () => {
    const secure = await bankWith({ publicUrl: 'https://bank.example' });
    const page = await openBrowser(secure).get('/sign-in');
    expect(page.headers['strict-transport-security']).toContain('max-age=63072000');
    await secure.close();
  });

  test.each([
    ['a refusal', refuse('CARD_EXPIRED'), 502, 'CARD_EXPIRED'],
    ['a 503', refuse('UNAVAILABLE'), 503, 'NETWORK_UNREACHABLE'],
  ])('the network answers %s: plain words with a reason code', async (_title, answer, status, code) => {
    const browser = await signedIn();
    const page = await browser.get('/passkeys/new');
    network.answerWith('/authentication/sessions', answer);
    const stopped = await browser.submit(page, '/passkeys');
    network.answerWith('/authentication/sessions', undefined);
    expect(stopped.statusCode).toBe(status);
    expect(textOf(stopped)).toContain(`Reason code: ${code}`);
    expect(textOf(stopped).includes('Try again')).toBe(status === 503);
  });
});

describe('back from the network', () => {
  test('success: the proof leaves the address bar, the passkey is ready and listed', async () => {
    const browser = await signedIn();
    await leave(browser);
    const answer = await browser.get(await success());
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe(`/passkeys/enrolments/${network.sessions.at(-1)?.clientSessionId}`);
    const page = await browser.get(String(answer.headers.location));
    expect(headingOf(page)).toBe(READY);
    expect(textOf(page)).toContain('•••• 4444 •••• 5100');
    expect(textOf(await browser.get('/'))).toMatch(
      /•••• 4444.* Created November 24, 2026 · Last used with us November 24, 2026 Active/,
    );
  });

  test('a reload of the callback, or of the page, shows the same; the passkey is listed once', async () => {
    const browser = await signedIn();
    await leave(browser);
    const callback = await success();
    const { location } = (await browser.get(callback)).headers;
    expect((await browser.get(callback)).headers.location).toBe(location);
    expect(headingOf(await browser.get(String(location)))).toBe(READY);
    expect(await passkeyCount()).toBe(1);
  });

  test.each([
    ['CANCELLED', 'USER_CANCELLATION', true],
    ['ERROR', 'DUPLICATE_CREDENTIALS', true],
    ['ERROR', 'CREDENTIALS_CREATION_NOT_ALLOWED', true],
    ['ERROR', 'CREDENTIALS_NOT_VERIFIED', true],
    ['ERROR', 'INVALID_QUERY_PARAMS', true],
    ['ERROR', 'INVALID_ARGUMENT', true],
    ['ERROR', 'PERMISSION_DENIED', true],
    ['ERROR', 'FORBIDDEN', false],
    ['ERROR', 'NOT_FOUND', true],
    ['ERROR', 'INVALID_STATE', true],
    ['ERROR', 'SERVICE_UNAVAILABLE', true],
    ['ERROR', 'SERVICE_ERROR', true],
    ['ERROR', 'UNKNOWN_ERROR', true],
  ])('%s %s: plain words with the reason code; "Try again" where it can help: %s', async (status, reason, again) => {
    const browser = await signedIn();
    await leave(browser);
    const page = await browser.get(failure(status, reason));
    expect(page.statusCode).toBe(200);
    expect(headingOf(page)).not.toBe('');
    expect(textOf(page)).toContain(`Reason code: ${reason}`);
    expect(/<a [^>]*href="\/passkeys\/new"[^>]*>Try again<\/a>/.test(page.body)).toBe(again);
    expect(await passkeyCount()).toBe(0);
  });

  test('a failure ends nothing: a success after it is taken, and a failure after that shows the success', async () => {
    const browser = await signedIn();
    await leave(browser);
    const failed = failure('ERROR', 'UNKNOWN_ERROR');
    await browser.get(failed);
    const { location } = (await browser.get(await success())).headers;
    expect(location).toMatch(/^\/passkeys\/enrolments\//);
    expect((await browser.get(failed)).headers.location).toBe(location);
  });

  test("another browser of the same customer: the link doesn't belong to it, and nothing changes", async () => {
    const browser = await signedIn();
    await leave(browser);
    const callback = await success();
    const page = await (await signedIn()).get(callback);
    expect([page.statusCode, headingOf(page)]).toEqual([403, 'This link does not belong to this browser']);
    expect(await passkeyCount()).toBe(0);
    expect((await browser.get(callback)).statusCode).toBe(303);
  });

  test('another customer in the same browser: nothing is shown and nothing is bound', async () => {
    const browser = await signedIn();
    await leave(browser);
    const callback = await success();
    await database.pool.query(
      `INSERT INTO bank_customer SELECT gen_random_uuid(), 'robin', password_hash, 'Robin', email_address, mobile_country_code, mobile_number
       FROM bank_customer WHERE username = 'avery' ON CONFLICT DO NOTHING`,
    );
    await browser.submit(await browser.get('/'), '/sign-out');
    await browser.signIn('robin', password);
    const bindings = network.bindings.length;
    expect((await browser.get(callback)).statusCode).toBe(403);
    expect(network.bindings.length).toBe(bindings);
    await browser.submit(await browser.get('/'), '/sign-out');
    await browser.signIn(username, password);
    const { location } = (await browser.get(callback)).headers;
    await browser.submit(await browser.get('/'), '/sign-out');
    await browser.signIn('robin', password);
    expect((await browser.get(String(location))).statusCode).toBe(404);
  });

  test('signed out in the meantime: sign in, and the same callback goes on', async () => {
    const browser = await signedIn();
    await leave(browser);
    browser.cookies.delete('__Host-bank_session');
    const callback = await success();
    const bindings = network.bindings.length;
    const page = await browser.get(callback);
    expect(headingOf(page)).toBe('Sign in');
    expect(network.bindings.length).toBe(bindings);
    const answer = await browser.submit(page, '/sign-in', { username, password });
    expect(answer.headers.location).toBe(callback);
    expect((await browser.get(callback)).headers.location).toMatch(/^\/passkeys\/enrolments\//);
  });

  test('the result page is for its own customer, signed in', async () => {
    const browser = await signedIn();
    await leave(browser);
    const location = String((await browser.get(await success())).headers.location);
    const stranger = await openBrowser(bank).get(location);
    expect(stranger.headers.location).toBe(`/sign-in?next=${encodeURIComponent(location)}`);
  });

  test('an enrolment that is not finished has no result page', async () => {
    const browser = await signedIn();
    await leave(browser);
    const page = await browser.get(`/passkeys/enrolments/${network.sessions.at(-1)?.clientSessionId}`);
    expect(page.statusCode).toBe(404);
  });

  test('too late, not whole, or with a refused proof: explained, and nothing changes', async () => {
    const browser = await signedIn();
    await leave(browser);
    const callback = await success();
    expect((await browser.get('/passkeys/callback')).statusCode).toBe(400);
    const forged = callback.replace(/.{8}$/, 'AAAAAAAA');
    const refused = await browser.get(forged);
    expect([refused.statusCode, headingOf(refused)]).toEqual([403, 'We could not confirm your passkey']);
    later(35 * 60);
    await browser.signIn(username, password);
    const expired = await browser.get(callback);
    expect([expired.statusCode, headingOf(expired)]).toEqual([410, 'That took too long']);
    expect(await passkeyCount()).toBe(0);
  });

  test('the network is down: nothing is lost, and "Try again" finishes', async () => {
    const browser = await signedIn();
    await leave(browser);
    const callback = await success();
    network.answerWith('/authentication/authenticators', refuse('UNAVAILABLE'));
    const page = await browser.get(callback);
    network.answerWith('/authentication/authenticators', undefined);
    expect(page.statusCode).toBe(503);
    const again = /<a [^>]*href="([^"]*)"[^>]*>Try again<\/a>/.exec(page.body)?.[1] ?? '';
    const path = again.replaceAll('&#38;', '&').replaceAll('&#61;', '=');
    expect(path).toBe(callback);
    expect((await browser.get(path)).headers.location).toMatch(/^\/passkeys\/enrolments\//);
  });

  test('HEAD, as link checkers send it, completes nothing', async () => {
    const browser = await signedIn();
    await leave(browser);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await bank.inject({ method: 'HEAD', url: await success(), headers: { cookie } });
    expect(answer.statusCode).toBe(404);
    expect(await passkeyCount()).toBe(0);
  });

  test('the same passkey used again for more accounts is listed once, with all of them', async () => {
    const { createPasskeyRecords } = await import('../src/passkeys/records.ts');
    const records = createPasskeyRecords(database.pool);
    const customerId = (await database.pool.query("SELECT customer_id FROM bank_customer WHERE username = 'avery'"))
      .rows[0].customer_id;
    const { receipt } = await consents().record({
      cardholderId: customerId,
      channel: 'WEB',
      accepted: await acceptedNow({ country: 'US', language: 'en' }),
      accounts: [],
    });
    const agreed = { customerId, receiptId: receipt.receiptId };
    for (const [index, accounts] of [['•••• 1111'], ['•••• 1111', '•••• 2222']].entries()) {
      const clientSessionId = `86bd4a91-0000-4000-8000-00000000000${index}`;
      await records.addEnrolment({ ...agreed, clientSessionId, accounts });
      const completedAt = new Date(START.getTime() + index * 1000);
      const enrolled = { clientSessionId, credentialId: 'one', bindingId: 'b', device: DEVICE, completedAt };
      await records.addPasskey(enrolled);
      await records.addPasskey(enrolled);
    }
    expect(await records.listPasskeys(customerId)).toEqual([
      {
        accounts: ['•••• 1111', '•••• 2222'],
        device: DEVICE,
        createdAt: START,
        lastUsedAt: new Date(START.getTime() + 1000),
      },
    ]);
  });
});

describe('what was agreed to', () => {
  const shownOn = async (browser: Browser, query = '') => browser.get(`/passkeys/new${query}`);

  test('the element and the plain form are told the same text', async () => {
    const page = await shownOn(await signedIn(), '?country=BR&language=pt');
    const { textHash } = await consents().show({ country: 'BR', language: 'pt' });
    expect(page.body).toContain(textHash);
    expect(page.body).toMatch(
      /<payment-passkey-registration name="consent" bank="Larkmoor Bank" country="BR" language="pt"/,
    );
    expect(page.body).toContain('<script type="module" src="/assets/payment-passkey-registration.js"');
  });

  test('a customer reads it later, word for word; another customer does not', async () => {
    later(3600); // the latest of all
    const browser = await signedIn();
    await leave(browser);
    const list = await browser.get('/passkeys/consents');
    const [, path = ''] = /href="(\/passkeys\/consents\/[0-9a-f-]{36})"/.exec(list.body) ?? [];
    const page = await browser.get(path);
    const { text } = await consents().show({ country: 'US', language: 'en' });
    for (const line of text.split('\n')) expect(textOf(page)).toContain(line);
    await database.pool.query(
      `INSERT INTO bank_customer SELECT gen_random_uuid(), 'kim', password_hash, 'Kim', email_address, mobile_country_code, mobile_number
       FROM bank_customer WHERE username = 'avery' ON CONFLICT DO NOTHING`,
    );
    const other = openBrowser(bank);
    await other.signIn('kim', password);
    expect((await other.get(path)).statusCode).toBe(404);
    expect((await openBrowser(bank).get(path)).headers.location).toBe(`/sign-in?next=${encodeURIComponent(path)}`);
  });

  test('only what was chosen is sent and kept', async () => {
    const browser = await signedIn();
    const page = await shownOn(browser);
    const { textHash } = await consents().show({ country: 'US', language: 'en' });
    const consent = {
      ...(await acceptedNow({ country: 'US', language: 'en' })),
      textHash,
      accounts: ['card-2', 'mobile-1'],
    };
    const answer = await browser.submit(page, '/passkeys', { consent: JSON.stringify(consent) });
    expect(answer.statusCode).toBe(303);
    expect(network.sessions.at(-1)?.info.accountReferences).toEqual({
      cards: [expect.objectContaining({ primaryAccountNumber: '5105105105105100' })],
      emailAddresses: [],
      mobileNumbers: [{ countryCode: '1', phoneNumber: '5555550100' }],
    });
  });

  test.each([
    ['no card', { account: 'email-1' }, 'Choose at least one card'],
    ["an account that is nobody's", { account: 'card-9' }, 'Choose at least one card'],
    [
      'another text',
      { shown: (accepted: object) => ({ ...accepted, textHash: '0'.repeat(64) }) },
      'The text has changed',
    ],
    [
      'an older catalogue',
      { shown: (accepted: object) => ({ ...accepted, catalogueVersion: 'x' }) },
      'The text has changed',
    ],
    [
      'a country that is not eligible',
      { shown: (accepted: object) => ({ ...accepted, country: 'DE' }) },
      'cannot have payment passkeys yet',
    ],
    ['a made-up consent', { consent: '{"country":"MX"' }, 'Choose at least one card'],
  ])('%s: the screen again, with why, and nothing is kept or sent', async (_title, change, why) => {
    const browser = await signedIn();
    const page = await shownOn(browser);
    const [calls, before] = [network.calls.length, (await consents().findAll({})).length];
    const { shown, ...fields } = change as { shown?: (accepted: object) => object } & Record<string, string>;
    const accepted = shown && { shown: JSON.stringify(shown(await acceptedNow({ country: 'US', language: 'en' }))) };
    const answer = await browser.submit(page, '/passkeys', { ...fields, ...accepted });
    expect(answer.statusCode).toBe(422);
    expect(textOf(answer)).toContain(why);
    expect([network.calls.length, (await consents().findAll({})).length]).toEqual([calls, before]);
  });

  test('the catalogue is served in files of its own, and only those', async () => {
    const browser = openBrowser(bank);
    const index = (await browser.get('/passkeys/catalogue/index.json')).json();
    expect(index.version).toBe('larkmoor-2026-10-01');
    for (const language of Object.keys(index.languages)) {
      const entries = (await browser.get(`/passkeys/catalogue/${language}.json`)).json();
      expect(entries.consent.terms).toBe(`${PUBLIC_URL}/legal/terms?country={country}&language={language}`);
      for (const document of ['terms', 'privacy']) {
        const page = await browser.get(`/legal/${document}?country=US&language=${language}`);
        expect(headingOf(page)).toBe(entries.words[document]);
      }
    }
    for (const path of ['nl', 'constructor', '__proto__']) {
      expect((await browser.get(`/passkeys/catalogue/${path}.json`)).statusCode).not.toBe(200);
    }
  });

  test('a country that is not eligible says why, without a button to agree', async () => {
    const page = await shownOn(await signedIn(), '?country=DE&language=de');
    expect(textOf(page)).toContain('Europäischen Wirtschaftsraum');
    expect(textOf(page)).not.toContain('Zustimmen und fortfahren');
  });
});

test('the examples for developers are there in demo mode alone', async () => {
  expect((await openBrowser(bank).get('/examples/registration')).statusCode).toBe(200);
  const real = await bankWith({ demo: false });
  expect((await openBrowser(real).get('/examples/registration')).statusCode).toBe(404);
  await real.close();
});

describe('health', () => {
  test('live while it runs, ready while its database answers', async () => {
    const browser = openBrowser(bank);
    expect((await browser.get('/health/live')).json()).toEqual({ status: 'live' });
    expect((await browser.get('/health/ready')).json()).toEqual({ status: 'ready' });
  });

  test('not ready without its database, and it says no more', async () => {
    const pool = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing' });
    const lost = await bankWith({ pool });
    const answer = await openBrowser(lost).get('/health/ready');
    expect([answer.statusCode, answer.json()]).toEqual([503, { status: 'not ready' }]);
    expect((await openBrowser(lost).get('/health/live')).statusCode).toBe(200);
    await lost.close();
    await pool.end();
  });
});

test.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    ['Chrome', 'Linux'],
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
    ['Safari', 'iPhone'],
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
    ['Edge', 'Windows'],
  ],
  [
    'Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
    ['Chrome', 'Android'],
  ],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0', ['Firefox', 'Mac']],
  ['curl/8.0', [undefined, undefined]],
  [undefined, [undefined, undefined]],
])('%s is called %s', (userAgent, [browser, platform]) => {
  expect(nameDevice(userAgent)).toEqual({ browser, platform });
});

describe('what goes wrong', () => {
  test('an unknown address: a page, 404', async () => {
    const page = await openBrowser(bank).get('/nowhere');
    expect([page.statusCode, headingOf(page)]).toEqual([404, 'There is nothing here']);
  });

  test('a fault of ours: a page with a request id and nothing of the machinery, the reason in the log', async () => {
    const browser = await signedIn();
    await database.pool.query('ALTER TABLE bank_card RENAME TO bank_card_gone');
    const page = await browser.get('/');
    await database.pool.query('ALTER TABLE bank_card_gone RENAME TO bank_card');
    expect([page.statusCode, headingOf(page)]).toEqual([500, 'Something went wrong here']);
    expect(page.body).not.toMatch(/bank_card|relation|at .*\.ts|Fastify|postgres/i);
    expect(lines.join('')).toContain('bank_card');
  });

  test('a body of more than 16 KiB: a page, 400', async () => {
    const page = await openBrowser(bank).post('/sign-in', { username: 'x'.repeat(17_000) });
    expect([page.statusCode, headingOf(page)]).toEqual([400, 'We could not read that']);
  });

  test('no proof, cookie, password, card number or address of a person is in the log', async () => {
    const browser = await signedIn();
    await openBrowser(bank).signIn(username, 'a-wrong-password');
    await openBrowser(bank).signIn(username, password);
    await leave(browser);
    const callback = await success();
    network.answerWith('/authentication/authenticators', refuse('UNAVAILABLE'));
    await browser.get(callback);
    network.answerWith('/authentication/authenticators', undefined);
    await browser.get(callback);
    const log = lines.join('');
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
      ...network.client,
      network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
      callbackOrigins: ['http://bank.example'],
      store: {} as never,
    }),
  ).toThrow('INVALID_OPTIONS');
});
