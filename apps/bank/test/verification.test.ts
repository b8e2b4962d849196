/** The bank's page "Confirm it's you" (contract §11), over HTTP, on a real PostgreSQL. The kit's own tests cover signatures and answers. */
import { createConsents, createPostgresConsentStore } from '@payment-passkeys/issuer/consent';
import { createIssuer, createPostgresEnrolmentStore, ourNetwork } from '@payment-passkeys/issuer/server';
import { type NetworkDouble, startNetworkDouble } from '@payment-passkeys/issuer/testing';
import type { Verification, VerificationAnswer, VerificationQuestion } from '@payment-passkeys/issuer/verification';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { createSessionStore, sessionCookieName } from '@payment-passkeys/web';
import { type Browser, headingOf, openBrowser, textOf } from '@payment-passkeys/web/testing';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  BANK_MIGRATIONS,
  BANK_MIGRATIONS_TABLE,
  BANK_NAME,
  buildBank,
  DEMO_SIGN_IN,
  demoCards,
  provisionDemoCustomers,
} from '../src/index.ts';
import { openBankCatalogue } from '../src/passkeys/catalogue.ts';
import { SITE } from '../src/site.ts';
import { createVerificationStore } from '../src/verification/store.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const PUBLIC_URL = 'http://bank.localhost:4001';
const COOKIE = '__Host-bank_verification';
const CONFIRM = '/verification/confirm';
const [CARD] = demoCards(NOW);
const RETURN = 'http://verify.localhost:4000/auth/verification';

let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
let bank: FastifyInstance;
let answers: { readonly question: VerificationQuestion; readonly given: VerificationAnswer }[] = [];
let codes: string[] = [];
let lines: string[] = [];

/** The network's question in most tests. */
const QUESTION: VerificationQuestion = {
  requestId: 'R'.repeat(43),
  merchantName: 'Tidewick',
  account: {
    primaryAccountNumber: CARD.pan,
    panExpirationMonth: CARD.expirationMonth,
    panExpirationYear: CARD.expirationYear,
  },
  returnUri: RETURN,
  expiresAt: new Date(NOW.getTime() + 300_000),
};
/** What the kit reads from each request. The key is a short text in place of the request's token. */
const QUESTIONS: Readonly<Record<string, Awaited<ReturnType<Verification['receive']>>>> = {
  theirs: { status: 'ASKED', ...QUESTION },
  expiring: { status: 'ASKED', ...QUESTION, account: { ...QUESTION.account, panExpirationMonth: '01' } },
  foreign: { status: 'ASKED', ...QUESTION, account: { ...QUESTION.account, primaryAccountNumber: '4111111111111111' } },
  late: { status: 'REFUSED', because: 'EXPIRED' },
};
const verification: Verification = {
  receive: async (request) => QUESTIONS[request] ?? { status: 'REFUSED', because: 'INVALID' },
  answer: async (question, given) => {
    answers.push({ question, given });
    return `${RETURN}?response=${given.result}`;
  },
  close: async () => {},
};

beforeAll(async () => {
  database = await createThrowawayDatabase({ migrations: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });
  network = await startNetworkDouble({ clock: () => NOW });
  await provisionDemoCustomers({ pool: database.pool, now: NOW });
  const issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [PUBLIC_URL],
    store: createPostgresEnrolmentStore(database.pool),
  });
  const consents = createConsents({
    catalogue: openBankCatalogue(PUBLIC_URL),
    store: createPostgresConsentStore(database.pool),
    bank: BANK_NAME,
    clock: () => NOW,
  });
  bank = await buildBank({
    issuer,
    consents,
    verification: { verification, sendCode: async ({ code }) => void codes.push(code) },
    pool: database.pool,
    clock: () => NOW,
    publicUrl: PUBLIC_URL,
    networkUrl: network.url,
    demo: false,
    trustProxy: false,
    log: { level: 'trace', stream: { write: (line) => void lines.push(line) } },
  });
});

afterAll(async () => {
  await bank.close();
  await network.stop();
  await database.close();
});

beforeEach(async () => {
  [answers, codes, lines] = [[], [], []];
  await database.pool.query('TRUNCATE bank_verification');
});

async function signedIn(): Promise<Browser> {
  const browser = openBrowser(bank);
  const { rows } = await database.pool.query('SELECT customer_id FROM bank_customer WHERE username = $1', [
    DEMO_SIGN_IN.username,
  ]);
  const sessions = createSessionStore({ site: SITE, pool: database.pool, clock: () => NOW });
  browser.cookies.set(sessionCookieName(SITE), await sessions.openSession(rows[0].customer_id));
  return browser;
}

/** From the network's link to the screen. */
async function arrive(browser: Browser, request = 'theirs'): Promise<LightMyRequestResponse> {
  const first = await browser.get(`/verification?request=${request}`);
  expect([first.statusCode, first.headers.location]).toEqual([303, CONFIRM]);
  return browser.get(CONFIRM);
}

const give = (browser: Browser, page: LightMyRequestResponse, code: string) => browser.submit(page, CONFIRM, { code });
const latest = () => codes.at(-1) ?? '';
const wrong = () => (latest() === '000000' ? '000001' : '000000');

test('the right code of a card that is theirs: VERIFIED by OTP, now, and the browser goes to the network', async () => {
  const browser = await signedIn();
  const page = await arrive(browser);
  expect(headingOf(page)).toBe('Confirm it’s you');
  expect(textOf(page)).toMatch(/Tidewick.*•••• 4444/);
  const answer = await give(browser, page, latest());
  expect([answer.statusCode, answer.headers.refresh]).toEqual([200, `0; url=${RETURN}?response=VERIFIED`]);
  expect(answers).toMatchObject([
    { question: QUESTION, given: { result: 'VERIFIED', method: 'OTP', verifiedAt: NOW } },
  ]);
});

test('outside of a demonstration the code is on no page, and no log line holds it, the request or the card', async () => {
  const browser = await signedIn();
  const page = await arrive(browser);
  await give(browser, page, latest());
  expect(page.body).not.toContain(latest());
  expect(lines.join()).not.toMatch(new RegExp(`\\b${latest()}\\b|${CARD.pan}|request=`));
});

test('whoever is not signed in signs in first, and comes back to the screen', async () => {
  const browser = openBrowser(bank);
  const page = await arrive(browser);
  expect(page.headers.location).toBe(`/sign-in?next=${encodeURIComponent(CONFIRM)}`);
  expect(codes).toEqual([]);
  const answer = await browser.submit(await browser.get(String(page.headers.location)), '/sign-in', DEMO_SIGN_IN);
  expect(answer.headers.location).toBe(CONFIRM);
  expect(headingOf(await browser.get(CONFIRM))).toBe('Confirm it’s you');
});

test.each([
  ['another number', 'foreign'],
  ['another expiry date', 'expiring'],
])('a card with %s is not theirs: no code is sent, and all that is left is to refuse', async (_title, request) => {
  const browser = await signedIn();
  const page = await arrive(browser, request);
  expect(page.statusCode).toBe(403);
  expect(codes).toEqual([]);
  const answer = await browser.submit(page, '/verification/cancel');
  expect(answer.headers.refresh).toBe(`0; url=${RETURN}?response=REFUSED`);
});

test('a code or a request with U+0000 is refused (422), and no attempt is counted', async () => {
  const browser = await signedIn();
  const page = await arrive(browser);
  expect((await give(browser, page, '\0')).statusCode).toBe(422);
  expect((await browser.get('/verification?request=%00')).statusCode).toBe(422);
  const { rows } = await database.pool.query('SELECT attempts FROM bank_verification');
  expect(rows).toEqual([{ attempts: 0 }]);
});

test('five wrong codes are REFUSED, and the right one afterwards changes nothing', async () => {
  const browser = await signedIn();
  let page = await arrive(browser);
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    page = await give(browser, page, wrong());
    expect(page.statusCode).toBe(422);
  }
  const right = latest();
  const refused = await give(browser, page, wrong());
  expect(refused.headers.refresh).toBe(`0; url=${RETURN}?response=REFUSED`);
  const late = await give(browser, page, right);
  expect(late.statusCode).toBe(410);
  expect(answers.map(({ given }) => given.result)).toEqual(['REFUSED']);
});

test('many guesses at once count as many, and one answer is given at most', async () => {
  const browser = await signedIn();
  const page = await arrive(browser);
  const guess = wrong();
  await Promise.all(Array.from({ length: 20 }, () => give(browser, page, guess)));
  const { rows } = await database.pool.query('SELECT attempts FROM bank_verification');
  expect(rows).toEqual([{ attempts: 5 }]);
  expect(answers.length).toBeLessThanOrEqual(1);
});

test('of many right answers at once one is given', async () => {
  const store = createVerificationStore({ pool: database.pool, clock: () => NOW });
  const token = await store.addVerification('theirs');
  const taken = await Promise.all(Array.from({ length: 16 }, () => store.consumeVerification(token)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

test('a code belongs to one browser’s verification and to one customer', async () => {
  const store = createVerificationStore({ pool: database.pool, clock: () => NOW });
  const { rows } = await database.pool.query('SELECT customer_id FROM bank_customer');
  const customerId = rows[0].customer_id as string;
  const [one, other] = [await store.addVerification('theirs'), await store.addVerification('theirs')];
  expect(await store.keepCode({ token: one, customerId, code: '123456' })).toBe(true);
  expect(await store.keepCode({ token: other, customerId, code: '654321' })).toBe(true);
  expect(await store.tryCode({ token: other, customerId, code: '123456' })).toBe('WRONG');
  const somebody = '00000000-0000-4000-8000-000000000000';
  expect(await store.keepCode({ token: one, customerId: somebody, code: '111111' })).toBe(false);
  expect(await store.tryCode({ token: one, customerId: somebody, code: '123456' })).toBe('OVER');
  expect(await store.tryCode({ token: one, customerId, code: '123456' })).toBe('RIGHT');
});

test('another browser cannot go on with it, and a post without a token of the form is refused', async () => {
  const browser = await signedIn();
  await arrive(browser);
  const other = await signedIn();
  expect((await other.get(CONFIRM)).statusCode).toBe(410);
  expect((await browser.post(CONFIRM, { code: latest() })).statusCode).toBe(403);
  expect(answers).toEqual([]);
});

test('a link that is not the network’s, and one that is too old, are answered to nobody', async () => {
  const browser = await signedIn();
  const broken = await browser.get('/verification?request=made-up');
  expect([broken.statusCode, headingOf(broken)]).toEqual([400, 'We cannot read this link']);
  const late = await browser.get('/verification?request=late');
  expect([late.statusCode, headingOf(late)]).toEqual([410, 'This took too long']);
  expect(answers).toEqual([]);
});

test('of code and cookie the bank keeps hashes', async () => {
  const browser = await signedIn();
  await arrive(browser);
  const { rows } = await database.pool.query('SELECT * FROM bank_verification');
  const text = JSON.stringify(rows);
  expect(text).not.toContain(browser.cookies.get(COOKIE));
  expect(text).not.toMatch(new RegExp(`"${latest()}"`));
});
