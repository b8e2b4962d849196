/** The search of sessions and one session at the console (contract §18, screen 2). */
import { randomUUID } from 'node:crypto';
import { addSeconds, compileSchema } from '@payment-passkeys/protocol';
import { OPERATOR_ROLES, SESSION_SEARCH_PATH, SessionPage, SessionView } from '@payment-passkeys/protocol/console';
import { buildPaymentInfo, buildTransaction, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runRetention } from '../src/domain/retention/pass.ts';
import { openTestConsole, type TestOperator } from './console-caller.ts';
import { findBindings, ofPan } from './lifecycle.ts';
import {
  addCardAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  makeAccountIndexKey,
  payOnPage,
  startTestShop,
  type TestShop,
} from './shop.ts';
import { readTrail } from './stored-audit.ts';

const START = new Date('2026-11-24T12:00:00Z');
const logLines: string[] = [];

let at: TestShop;
let openedConsole: Awaited<ReturnType<typeof openTestConsole>>;
let support: TestOperator;
beforeAll(async () => {
  const logStream = { write: (line: string) => void logLines.push(line) };
  at = await startTestShop({ LOG_LEVEL: 'info' }, { logStream });
  openedConsole = await openTestConsole(at.network, { approvals: false, logStream });
  const operator = await openedConsole.operator('SUPPORT');
  // Each call has a new console session, because the tests move the clock.
  support = { ...operator, call: async (...args) => (await operator.again()).call(...args) };
});
afterAll(async () => {
  await openedConsole.close();
  await at.network.stop();
});

const pool = () => at.network.database.pool;
const page = compileSchema(SessionPage);
const view = compileSchema(SessionView);

async function search(body: object): Promise<SessionPage> {
  const answer = await support.call('POST', SESSION_SEARCH_PATH, body);
  expect(answer.status).toBe(200);
  expect(page.violations(answer.body)).toEqual([]);
  return answer.body;
}
const ids = async (body: object) => (await search(body)).items.map((row) => row.authenticationSessionId);

/** A cardholder with a passkey at the bank and a card at the shop, and one approved payment. */
async function live(mail: string) {
  const pan = freshPan();
  const browser = at.network.browser();
  const info = { accountReferences: { ...cardOf(pan), emailAddresses: [mail], mobileNumbers: [MOBILE] } };
  const session = (await at.network.client.startSession({ info })).body;
  await browser.result(browser.answer((await browser.open(session.uri)).body));
  await enrolAtBank(at, pan, browser);
  await addCardAtShop(at, pan, browser);
  const paid = buildPaymentInfo({
    accountReferences: cardOf(pan),
    transaction: buildTransaction({ orderId: randomUUID(), ...ACQUIRER }),
  });
  const { session: payment } = await payOnPage(at, browser, paid);
  return { pan, session, payment, orderId: paid.transaction.orderId };
}
const ACQUIRER = { acquirerMerchantId: 'SRC3DS', merchantCategoryCode: '5942', merchantCountryCode: 'AU' };
const MOBILE = { countryCode: '44', phoneNumber: '07700900123' };

describe('a session is found by', () => {
  let it: Awaited<ReturnType<typeof live>>;
  let seen: SessionView;
  beforeAll(async () => {
    it = await live('river@mail.example');
    seen = (await support.call('GET', `/api/sessions/${it.payment.authenticationSessionId}`)).body;
  });
  const payment = () => it.payment.authenticationSessionId;

  test('its ids, in any case where they are UUIDs, and its order number', async () => {
    expect(view.violations(seen)).toEqual([]);
    const { clientSessionId, srcCorrelationId } = seen;
    for (const id of [payment(), clientSessionId, clientSessionId.toUpperCase(), srcCorrelationId, it.orderId]) {
      expect(await ids({ id })).toEqual([payment()]);
    }
  });

  test('and shows what was to be paid, with the acquirer data that the shop gave', () => {
    expect(seen.payment).toEqual({
      merchantName: 'Test Shop',
      merchantOrigin: 'http://shop.localhost:4002',
      orderId: it.orderId,
      amount: '12.34',
      currency: 'USD',
      ...ACQUIRER,
    });
  });

  test('the passkey that it used, with every other session of that passkey; and the binding', async () => {
    const [atShop] = await findBindings(at.shop, { bindingId: seen.bindingId ?? '' });
    const ofPasskey = await ids({ id: seen.credentialId });
    expect(ofPasskey).toContain(payment());
    expect(ofPasskey.length).toBeGreaterThanOrEqual(3);
    const ofBinding = await ids({ id: atShop?.bindingId });
    expect(ofBinding).toContain(payment());
    expect(ofBinding).toHaveLength(2); // the session that added the card, and the payment
  });

  test('the same while it has not ended', async () => {
    const pan = freshPan();
    await enrolAtBank(at, pan);
    const orderId = randomUUID();
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction({ orderId }) });
    const { body } = await startPayment(at.shop, info);
    expect(await ids({ id: orderId })).toEqual([body.authenticationSessionId]);
    expect(await ids({ id: body.srcCorrelationId })).toEqual([body.authenticationSessionId]);
    expect((await search({ id: orderId })).items[0]).toMatchObject({ outcome: 'OPEN', state: 'created' });
  });

  test('the card, the e-mail address and the mobile number that the client sent, in another spelling too', async () => {
    expect(await ids({ account: { primaryAccountNumber: it.pan } })).toContain(payment());
    expect(await ids({ account: { primaryAccountNumber: it.pan } })).toHaveLength(4);
    expect(await ids({ account: { emailAddress: ' River@MAIL.example' } })).toEqual([
      it.session.authenticationSessionId,
    ]);
    const mobileNumber = { countryCode: '44', phoneNumber: '7700900123' };
    expect(await ids({ account: { mobileNumber } })).toContain(it.session.authenticationSessionId);
    expect(await ids({ account: { emailAddress: 'nobody@mail.example' } })).toEqual([]);
  });

  test('an account after the index key was rotated, and after the rows were moved to the new key', async () => {
    const found = await ids({ account: { primaryAccountNumber: it.pan } });
    at.network.now = await makeAccountIndexKey(at.network);
    expect(await ids({ account: { primaryAccountNumber: it.pan } })).toEqual(found);
    await at.network.client.startSession({ info: { accountReferences: cardOf(it.pan) } });
    expect((await ids({ account: { primaryAccountNumber: it.pan } })).slice(1)).toEqual(found);
    at.network.now = START;
  });
});

describe('filters', () => {
  test('client, kind, outcome, reason, browser family, step and time, all at once', async () => {
    const browser = at.network.browser();
    const session = (await at.network.client.startSession()).body;
    await browser.open(session.uri);
    await browser.end('DUPLICATE_CREDENTIALS');
    const all = {
      clientId: at.network.client.registration.clientId,
      kind: 'ENROLMENT',
      outcome: 'FAILED',
      reason: 'DUPLICATE_CREDENTIALS',
      browserFamily: 'Other desktop',
      step: 'CEREMONY',
      from: START.toISOString(),
      to: addSeconds(START, 1).toISOString(),
    };
    const id = session.authenticationSessionId;
    expect(await ids(all)).toEqual([id]);
    const others = {
      clientId: at.shop.registration.clientId,
      kind: 'PAYMENT',
      outcome: 'CANCELLED',
      reason: 'USER_CANCELLATION',
      browserFamily: 'Unknown',
      step: 'RESULT',
      from: addSeconds(START, 1).toISOString(),
      to: START.toISOString(),
    };
    for (const [member, other] of Object.entries(others)) expect(await ids({ ...all, [member]: other })).toEqual([]);
  });

  test('pages: each session once, the newest first, ended or not', async () => {
    for (let second = 0; second < 66; second++) {
      at.network.now = addSeconds(START, 3600 + Math.floor(second / 3));
      const { uri } = (await at.network.client.startSession()).body;
      if (second % 2 === 0) continue;
      const browser = at.network.browser();
      await browser.open(uri);
      await browser.end('USER_CANCELLATION');
    }
    const from = addSeconds(START, 3600).toISOString();
    const seen: string[] = [];
    const times: string[] = [];
    for (let cursor: string | undefined, pages = 0; pages < 5; pages++) {
      const { items, next } = await search({ from, ...(cursor && { cursor }) });
      seen.push(...items.map((row) => row.authenticationSessionId));
      times.push(...items.map((row) => row.createdAt));
      cursor = next;
      if (next === undefined) break;
    }
    expect(seen).toHaveLength(66);
    expect(new Set(seen).size).toBe(66);
    expect(times).toEqual(times.toSorted().toReversed());
    at.network.now = START;
  });
});

describe('who may, and what is refused', () => {
  test('every role reads', async () => {
    const [first] = await ids({});
    for (const role of OPERATOR_ROLES) {
      const operator = await openedConsole.operator(role);
      expect((await operator.call('POST', SESSION_SEARCH_PATH, {})).status).toBe(200);
      expect((await operator.call('GET', `/api/sessions/${first}`)).status).toBe(200);
    }
  });

  test.each([
    ['an account and an id', { id: 'x', account: ofPan('5555555555554444') }, 'FIELD_NOT_ALLOWED'],
    ['two accounts', { account: { ...ofPan('5555555555554444'), emailAddress: 'a@b.example' } }, 'FIELD_NOT_ALLOWED'],
    ['no account in it', { account: {} }, 'MISSING_FIELD'],
    ['a number that is no card’s', { account: ofPan('5555555555554445') }, 'INVALID_FIELD'],
    ['an unknown outcome', { outcome: 'LOST' }, 'INVALID_FIELD'],
    ['a time that is none', { from: 'noon' }, 'INVALID_FIELD'],
    ['a cursor that is none', { cursor: 'AAAA' }, 'INVALID_FIELD'],
    ['a cursor with SQL in it', { cursor: Buffer.from(`[1,"' OR true"]`).toString('base64url') }, 'INVALID_FIELD'],
  ])('%s', async (_, body, code) => {
    const { status, body: answer } = await support.call('POST', SESSION_SEARCH_PATH, body);
    expect([status, answer.errordetail[0].reason]).toEqual([400, code]);
    expect(JSON.stringify(answer)).not.toContain('555555555555444');
  });

  test('a session that does not exist, or whose id cannot be one', async () => {
    expect((await support.call('GET', `/api/sessions/${'A'.repeat(32)}`)).status).toBe(404);
    expect((await support.call('GET', '/api/sessions/short')).status).toBe(400);
  });
});

test('an account that was looked up is in no log line and in no table; the audit trail says who looked up what kind', async () => {
  const account = { emailAddress: 'wren.lookup@mail.example' };
  await search({ account });
  await search({ account: ofPan('4000000000000002') });
  expect(await readTrail(pool())).toContainEqual(
    expect.objectContaining({
      action: 'passkeys.searched',
      actor: expect.objectContaining({ kind: 'OPERATOR' }),
      after: { accountType: 'CARD', sessions: [] },
    }),
  );
  const { rows: tables } = await pool().query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const stored = [];
  for (const { name } of tables) stored.push(JSON.stringify((await pool().query(`SELECT * FROM ${name}`)).rows));
  for (const place of [...stored, ...logLines]) {
    expect(place).not.toMatch(/wren\.lookup/i);
    expect(place).not.toContain('4000000000000002');
  }
});

test('the accounts that find a session are deleted after it', async () => {
  const { session } = await live('plover@mail.example');
  const count = async () =>
    (
      await pool().query('SELECT count(*)::int AS rows FROM session_account WHERE session_id = $1', [
        session.authenticationSessionId,
      ])
    ).rows[0].rows;
  expect(await count()).toBe(3);
  await pool().query('DELETE FROM session WHERE session_id = $1', [session.authenticationSessionId]);
  const pass = { pool: pool(), clock: () => at.network.now, holder: 'test', dueSince: at.network.now };
  await runRetention({ ...pass, pause: async () => {}, onProgress: () => {} });
  expect(await count()).toBe(0);
});
