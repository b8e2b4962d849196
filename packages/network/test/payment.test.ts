/** Seamless checkout by redirect (contract §9), over HTTP on a real PostgreSQL. */
import { randomBytes, randomUUID } from 'node:crypto';
import { verifyProof } from '@payment-passkeys/channel';
import { readPaymentClaims, SESSIONS_PATH } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildSessionInfo,
  buildTransaction,
  createSoftwareAuthenticator,
  reportAssertion,
  startInstrument,
  startPayment,
  startSessionOf,
  TEST_MERCHANT,
  TEST_PAN,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { publishedSigningKeys } from '../src/domain/keys/key-ring.ts';
import { recordApproval } from '../src/domain/payments/store.ts';
import { proofOf } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const pool = () => at.network.database.pool;
const paymentOf = (pan: string, transaction = buildTransaction()) =>
  buildPaymentInfo({ accountReferences: cardOf(pan), transaction });
const reason = ({ body }: { readonly body: { errordetail?: { reason: string }[] } }) => body.errordetail?.[0]?.reason;

async function stateOf(sessionId: string): Promise<string> {
  return (await pool().query('SELECT state FROM session WHERE session_id = $1', [sessionId])).rows[0].state;
}

/** The claims of the proof on a callback, verified as in the merchant kit. */
async function claimsOf(redirect: string) {
  const { config, keys } = at.network.running.network;
  const verdict = await verifyProof({
    proof: proofOf(redirect),
    keys: publishedSigningKeys(keys.current(), at.network.now),
    issuer: config.publicUrl,
    audience: config.audience,
    now: at.network.now,
  });
  if (!verdict.ok) throw new Error(verdict.code);
  return verdict.claims;
}

describe('a payment with a passkey that is there', () => {
  test('the page shows merchant, amount and masked card, and the proof is of this payment with this card', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const transaction = buildTransaction();
    const { session, opened, result } = await payOnPage(at, browser, paymentOf(pan, transaction));
    expect(session).toMatchObject({ nextStep: 'AUTHENTICATE', clientSessionId: expect.any(String) });
    expect(opened).toMatchObject({
      scenario: 'PAY',
      display: {
        clientName: 'Test Shop',
        accounts: [{ kind: 'CARD', masked: `•••• ${pan.slice(-4)}`, brand: 'Mastercard', issuerName: 'Test Bank' }],
        locale: 'en-US',
        payment: {
          merchantName: 'Test Shop',
          merchantOrigin: 'http://shop.localhost:4002',
          orderId: transaction.orderId,
          amount: '12.34',
          currency: 'USD',
        },
      },
    });
    expect(opened).not.toHaveProperty('alternative');
    const callback = new URL(result.body.redirect);
    expect(callback.searchParams.get('status')).toBe('AUTHENTICATED');
    expect(callback.searchParams.get('state')).toBe('abc');
    expect(callback.href.length).toBeLessThan(2000);
    const claims = await claimsOf(callback.href);
    expect(claims).toMatchObject({
      clientSessionId: session.clientSessionId,
      authenticationReasons: ['TRANSACTION_AUTHENTICATION'],
      isChallengePerformed: true,
    });
    expect(claims.exp - claims.iat).toBe(900);
    expect(readPaymentClaims(claims)).toEqual({
      transactionAmount: '12.34',
      transactionCurrencyCode: 'USD',
      merchantOrigin: transaction.merchantOrigin,
      orderId: transaction.orderId,
      bindingId: expect.any(String),
      panLastFour: pan.slice(-4),
    });
    expect(await stateOf(session.authenticationSessionId)).toBe('approved');
  });

  test('on a device that was never seen before, with a passkey that is synced', async () => {
    const pan = freshPan();
    const { authenticator } = await enrolAtBank(at, pan);
    const newDevice = at.network.browser(authenticator);
    const { opened, result } = await payOnPage(at, newDevice, paymentOf(pan));
    expect(opened.scenario).toBe('PAY');
    expect(result.status).toBe(200);
    const claims = await claimsOf(result.body.redirect);
    const { rows } = await pool().query('SELECT FROM device_passkey WHERE device_id = $1', [claims.appInstanceId]);
    expect(rows).toHaveLength(1);
  });

  test('by bindingId: no card number travels, and the proof names that very binding', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const first = await payOnPage(at, browser, paymentOf(pan));
    const { bindingId } = readPaymentClaims(await claimsOf(first.result.body.redirect)) ?? {};
    const { accountReferences: _, ...info } = buildPaymentInfo();
    const { session, opened, result } = await payOnPage(at, browser, { ...info, bindingId });
    expect(session.nextStep).toBe('AUTHENTICATE');
    expect(opened.display.accounts).toEqual([
      { kind: 'CARD', masked: `•••• ${pan.slice(-4)}`, brand: 'Mastercard', issuerName: 'Test Bank' },
    ]);
    const payment = readPaymentClaims(await claimsOf(result.body.redirect));
    expect(payment).toMatchObject({ bindingId, panLastFour: pan.slice(-4) });
  });

  test('two cards and one passkey: a binding for each, because a binding stands for a card at the shop', async () => {
    const [one, other] = [freshPan(), freshPan()];
    const browser = await enrolAtBank(at, one);
    await enrolAtBank(at, other, browser);
    const bindings = [];
    for (const pan of [one, other, one]) {
      const { result } = await payOnPage(at, browser, paymentOf(pan));
      bindings.push(readPaymentClaims(await claimsOf(result.body.redirect)));
    }
    expect(bindings.map((payment) => payment?.panLastFour)).toEqual([one.slice(-4), other.slice(-4), one.slice(-4)]);
    expect(bindings[0]?.bindingId).toBe(bindings[2]?.bindingId);
    expect(bindings[0]?.bindingId).not.toBe(bindings[1]?.bindingId);
  });

  test('another merchant has another bindingId, and cannot use this one’s', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const mine = readPaymentClaims(await claimsOf((await payOnPage(at, browser, paymentOf(pan))).result.body.redirect));
    const consumerKey = `other!${randomUUID()}`;
    const other = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'other-shop', consumerKey });
    const theirs = await payOnPage({ ...at, shop: other }, browser, paymentOf(pan));
    const payment = readPaymentClaims(await claimsOf(theirs.result.body.redirect));
    expect(payment?.bindingId).not.toBe(mine?.bindingId);
    const { accountReferences: _, ...info } = buildPaymentInfo();
    const refused = await startPayment(other, { ...info, bindingId: mine?.bindingId });
    expect([refused.status, reason(refused)]).toEqual([404, 'BINDING_NOT_FOUND']);
  });

  test('a passkey that shares no more than an e-mail address with the card approves nothing', async () => {
    const mine = freshPan();
    await enrolAtBank(at, mine);
    const theirs = freshPan();
    const info = buildPaymentInfo({ accountReferences: { ...cardOf(theirs), emailAddresses: ['avery@mail.example'] } });
    expect((await startPayment(at.shop, info)).body.nextStep).toBe('REGISTER');
    // It does not do so either when the card has a passkey of its own.
    const browser = await enrolAtBank(at, theirs);
    const { body } = await startPayment(at.shop, { ...info, transaction: buildTransaction() });
    const { options } = (await browser.open(body.uri)).body;
    const own = browser.authenticator.credentials.map(({ credentialId }) => credentialId.toString('base64url'));
    expect(options.allowCredentials.map(({ id }: { id: string }) => id)).toEqual(own);
    expect(body.securePaymentConfirmation.credentialIds).toEqual(own);
  });
});

describe('the page of a payment', () => {
  test('"Not now": CANCELLED / USER_CANCELLATION, and the order can still be paid', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const transaction = buildTransaction();
    const started = await startPayment(at.shop, paymentOf(pan, transaction));
    await browser.open(started.body.uri);
    const { body } = await browser.end('USER_CANCELLATION');
    expect(body.redirect).toMatch(/&status=CANCELLED&reason=USER_CANCELLATION$/);
    expect((await payOnPage(at, browser, paymentOf(pan, transaction))).result.status).toBe(200);
  });

  test('a failed assertion ends with CREDENTIALS_NOT_VERIFIED', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    await browser.open((await startPayment(at.shop, paymentOf(pan))).body.uri);
    expect((await browser.end('CREDENTIALS_NOT_VERIFIED')).body.redirect).toMatch(
      /status=ERROR&reason=CREDENTIALS_NOT_VERIFIED$/,
    );
  });

  test('a passkey of another cardholder, and a new passkey, are refused', async () => {
    const [pan, otherPan] = [freshPan(), freshPan()];
    const browser = await enrolAtBank(at, pan);
    const thief = await enrolAtBank(at, otherPan);
    const open = async () => (await browser.open((await startPayment(at.shop, paymentOf(pan))).body.uri)).body;
    const { options } = await open();
    const [stolen] = thief.authenticator.credentials;
    const credential = thief.authenticator.use({
      options,
      origin: at.network.publicUrl,
      credentialId: stolen?.credentialId,
    });
    expect(reason(await browser.result(credential))).toBe('CREDENTIAL_REFUSED');

    const again = await open();
    const enrolment = await at.network.client.startSession({ info: { accountReferences: cardOf(freshPan()) } });
    const creation = (await at.network.browser().open(enrolment.body.uri)).body.options;
    const made = createSoftwareAuthenticator().create({
      options: { ...creation, challenge: again.options.challenge },
      origin: at.network.publicUrl,
    });
    expect(reason(await browser.result(made))).toBe('CREDENTIAL_REFUSED');
  });

  test('a passkey that is suspended between the call and the page: PERMISSION_DENIED', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const { body } = await startPayment(at.shop, paymentOf(pan));
    await suspendPasskeys(pan);
    const opened = await browser.open(body.uri);
    expect([opened.status, opened.body.returnTo]).toEqual([
      401,
      'http://shop.localhost:4002/payments/callback?state=abc',
    ]);
  });

  test('the way back was lost: the same browser is sent there once more, with the same proof, and no other', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const { session, result } = await payOnPage(at, browser, paymentOf(pan));
    const again = await browser.open(session.uri);
    expect(again.body).toEqual({ redirect: result.body.redirect });
    expect((await at.network.browser().open(session.uri)).status).toBe(401);
    at.network.now = new Date(START.getTime() + 900_000);
    expect((await browser.open(session.uri)).status).toBe(401);
  });

  test('a payment’s proof binds nothing at the Authenticators API', async () => {
    const pan = freshPan();
    const { session, result } = await payOnPage(at, await enrolAtBank(at, pan), paymentOf(pan));
    const bound = await at.shop.bind({ ...session, proofOfAuthentication: proofOf(result.body.redirect) });
    expect([bound.status, reason(bound)]).toEqual([409, 'SESSION_NOT_ENROLLED']);
  });

  test('someone sends their payment’s launch URL to the cardholder: what comes of it is worth nothing in their browser', async () => {
    const pan = freshPan();
    const cardholder = await enrolAtBank(at, pan);
    const attacker = at.network.browser();
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const opened = await cardholder.open(session.uri);
    const { body } = await cardholder.result(cardholder.answer(opened.body));
    // The proof is in the cardholder's browser, which went to the shop; the shop does not know this browser. The attacker gets no part of it.
    expect(body.redirect).toContain('AUTHENTICATED');
    for (const path of [session.uri, session.uri.split('#')[0]]) {
      const denied = await attacker.open(path);
      expect(denied.status).toBe(401);
      expect(JSON.stringify(denied.body)).not.toContain('proofOfAuthentication');
    }
    expect((await attacker.end('USER_CANCELLATION')).status).toBe(401);
  });
});

async function suspendPasskeys(pan: string): Promise<void> {
  await pool().query(
    `UPDATE passkey SET status = 'suspended' WHERE passkey_id IN
       (SELECT passkey_id FROM binding JOIN binding_account USING (binding_id) WHERE account_index = ANY ($1))`,
    [at.indexesOf(pan)],
  );
}

test('a passkey that is suspended between its assertion and the approval approves nothing', async () => {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  const { body: session } = await startPayment(at.shop, paymentOf(pan));
  const { authenticationSessionId: sessionId } = session;
  await browser.open(session.uri);
  const { rows } = await pool().query(
    'SELECT challenge, binding.passkey_id, binding.binding_id AS way FROM session, binding JOIN binding_account USING (binding_id) WHERE session_id = $1 AND account_index = ANY ($2)',
    [sessionId, at.indexesOf(pan)],
  );
  const [index = Buffer.alloc(0)] = at.indexesOf(pan);
  const approval = {
    sessionId,
    clientId: 'test-shop',
    challenge: rows[0].challenge,
    credentialHash: randomBytes(32),
    passkeyId: rows[0].passkey_id,
    seenSignCount: 0,
    assertion: { signCount: 1, userVerified: true, backedUp: false, backupEligible: false, counterRegressed: false },
    deviceId: 'device',
    device: { deviceId: 'device', cookieHash: randomBytes(32) },
    proof: { keyId: 'key', hash: randomBytes(32), expiresAt: new Date(START.getTime() + 900_000) },
    binding: {
      bindingId: randomUUID(),
      isNew: true as const,
      card: { kind: 'CARD' as const, index, keyVersion: 1 },
      ways: [rows[0].way],
    },
    now: START,
  };
  await suspendPasskeys(pan);
  expect(await recordApproval(pool(), approval)).toBe('UNUSABLE');
  expect(await stateOf(sessionId)).toBe('opened');
  await pool().query(`UPDATE passkey SET status = 'active' WHERE passkey_id = $1`, [approval.passkeyId]);
  expect(await recordApproval(pool(), { ...approval, challenge: randomBytes(32) })).toBe('SESSION_CHANGED');
  expect(await recordApproval(pool(), { ...approval, now: new Date(START.getTime() + 900_000) })).toBe(
    'SESSION_CHANGED',
  );
  expect(await recordApproval(pool(), { ...approval, device: undefined })).toBe('SESSION_CHANGED'); // it stays on the page
  expect(await recordApproval(pool(), approval)).toBe('APPROVED');
});

describe('nextStep', () => {
  const next = async (pan: string) => (await startPayment(at.shop, paymentOf(pan))).body;

  test('AUTHENTICATE, REGISTER and STEP_UP', async () => {
    const pan = freshPan();
    await enrolAtBank(at, pan);
    expect(await next(pan)).toMatchObject({ nextStep: 'AUTHENTICATE', uri: expect.any(String) });
    expect(await next(freshPan())).toMatchObject({ nextStep: 'REGISTER', uri: expect.any(String) });
    const outside = await next('4111111111111111');
    expect(outside).toMatchObject({ nextStep: 'STEP_UP', authenticationSessionId: expect.any(String) });
    expect(outside).not.toHaveProperty('uri');
    expect(outside).not.toHaveProperty('securePaymentConfirmation');
  });

  test('STEP_UP keeps no account, and its session cannot be opened', async () => {
    const { authenticationSessionId } = await next('4111111111111111');
    const { rows } = await pool().query('SELECT accounts FROM session WHERE session_id = $1', [
      authenticationSessionId,
    ]);
    expect(rows).toEqual([{ accounts: null }]);
  });

  test('an unknown and a suspended account in a participating range: the same shape and the same statements', async () => {
    const [unknown, suspended] = [freshPan(), freshPan()];
    await enrolAtBank(at, suspended);
    await suspendPasskeys(suspended);
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (pan: string) => {
      const before = query.mock.calls.length;
      const { status, headers, body } = await startPayment(at.shop, paymentOf(pan));
      const statements = query.mock.calls.slice(before).map(([statement]) => {
        const { name, values = [] } = statement as unknown as { name: string; values?: unknown[] };
        return [
          name,
          values.length,
          values.map((value) => (value === null || value === undefined ? 'none' : typeof value)),
        ];
      });
      const shape = Object.entries(body).map(([name, value]) => [name, typeof value, String(value).length]);
      const names = [...headers.keys()].filter((name) => name !== 'x-request-id');
      return { status, shape, length: JSON.stringify(body).length, names, statements };
    };
    const [a, b] = [await watch(unknown), await watch(suspended)];
    query.mockRestore();
    expect(a.statements.length).toBeGreaterThan(2);
    expect(b).toEqual(a);
    expect(a.shape).toContainEqual(['nextStep', 'string', 'REGISTER'.length]);
  });

  test('and on the page as well: nothing tells the two apart before the issuer has confirmed', async () => {
    const [unknown, suspended] = [freshPan(), freshPan()];
    await enrolAtBank(at, suspended);
    await suspendPasskeys(suspended);
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (pan: string) => {
      const transaction = buildTransaction();
      const { body: session } = await startPayment(at.shop, paymentOf(pan, transaction));
      const before = query.mock.calls.length;
      const { body } = await at.network.browser().open(session.uri);
      const names = query.mock.calls
        .slice(before)
        .map(([statement]) => (statement as unknown as { name: string }).name);
      return {
        names,
        body: JSON.stringify(body).replaceAll(transaction.orderId, 'order').replaceAll(pan.slice(-4), '----'),
      };
    };
    const [a, b] = [await watch(unknown), await watch(suspended)];
    query.mockRestore();
    expect(b).toEqual(a);
  });

  test('a suspended issuer takes no part: STEP_UP, by number and by binding', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const paid = await payOnPage(at, browser, paymentOf(pan));
    const { bindingId } = readPaymentClaims(await claimsOf(paid.result.body.redirect)) ?? {};
    const { accountReferences: _, ...info } = buildPaymentInfo();
    await suspendClient(pool(), 'test-bank', at.network.now);
    try {
      expect((await next(pan)).nextStep).toBe('STEP_UP');
      const { body } = await startPayment(at.shop, { ...info, bindingId, transaction: buildTransaction() });
      expect(body.nextStep).toBe('STEP_UP');
    } finally {
      await resumeClient(pool(), 'test-bank', at.network.now);
    }
    expect((await next(pan)).nextStep).toBe('AUTHENTICATE');
  });

  test('an issuer without a verification: AUTHENTICATE with a passkey, STEP_UP without one', async () => {
    const range = '545454';
    const bank = await at.network.addClient({
      clientId: 'quiet-bank',
      consumerKey: `quiet!${randomUUID()}`,
      accountRanges: [range],
    });
    const pan = freshPan(range);
    expect((await next(pan)).nextStep).toBe('STEP_UP');
    await enrolAtBank({ ...at, network: { ...at.network, client: bank } }, pan, at.network.browser());
    expect((await next(pan)).nextStep).toBe('AUTHENTICATE');
  });

  test('a binding whose passkey is gone: STEP_UP, as nobody knows the card any more', async () => {
    const pan = freshPan();
    const paid = await payOnPage(at, await enrolAtBank(at, pan), paymentOf(pan));
    const { bindingId } = readPaymentClaims(await claimsOf(paid.result.body.redirect)) ?? {};
    await suspendPasskeys(pan);
    const { accountReferences: _, ...info } = buildPaymentInfo();
    const { body } = await startPayment(at.shop, { ...info, bindingId });
    expect(body.nextStep).toBe('STEP_UP');
    expect(body).not.toHaveProperty('uri');
  });
});

describe('an order', () => {
  test('that is not approved: a new call ends the older session', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const info = paymentOf(pan);
    const older = await startPayment(at.shop, info);
    const opened = await browser.open(older.body.uri);
    const newer = await startPayment(at.shop, info);
    expect(newer.status).toBe(201);
    expect(await stateOf(older.body.authenticationSessionId)).toBe('superseded');
    const late = await browser.result(browser.answer(opened.body));
    expect([late.status, reason(late)]).toEqual([401, 'ACCESS_DENIED']);
    const { status } = await browser.open(newer.body.uri);
    expect(status).toBe(200);
  });

  test('that is approved cannot be approved again: 409, and the approved session stays as it is', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const info = paymentOf(pan);
    const { session } = await payOnPage(at, browser, info);
    const again = await startPayment(at.shop, info);
    expect([again.status, reason(again)]).toEqual([409, 'ORDER_ALREADY_APPROVED']);
    expect(again.body.errordetail[0].source).toBe('/srcSessionInitiationRequestInfo/transaction/orderId');
    expect(await stateOf(session.authenticationSessionId)).toBe('approved');
  });

  test('a used clientSessionId ends nothing of the order', async () => {
    const info = paymentOf(freshPan());
    const { body: first } = await startPayment(at.shop, info);
    const request = { clientSessionId: first.clientSessionId };
    const again = await startSessionOf(at.shop, 'TRANSACTION_AUTHENTICATION', { info, request });
    expect([again.status, reason(again)]).toEqual([409, 'CLIENT_SESSION_ID_USED']);
    expect(await stateOf(first.authenticationSessionId)).toBe('created');
  });

  test('is one for a merchant’s origin: the same number at another shop of the client is another order', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const transaction = buildTransaction();
    expect((await payOnPage(at, browser, paymentOf(pan, transaction))).result.status).toBe(200);
    const elsewhere = { ...transaction, merchantOrigin: 'https://shop.example' };
    expect((await payOnPage(at, browser, paymentOf(pan, elsewhere))).result.status).toBe(200);
  });

  test('32 new calls of one order at once: all are answered, and one session of it is open', async () => {
    const info = paymentOf(freshPan());
    const answers = await Promise.all(Array.from({ length: 32 }, () => startPayment(at.shop, info)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ids = answers.map(({ body }) => body.authenticationSessionId);
    const { rows } = await pool().query(
      `SELECT state, count(*)::integer AS count FROM session WHERE session_id = ANY ($1) GROUP BY state ORDER BY state`,
      [ids],
    );
    expect(rows).toEqual([
      { state: 'created', count: 1 },
      { state: 'superseded', count: 31 },
    ]);
  });

  test('one order, many completions and new calls at once: one approval at most, and every proof is of it', async () => {
    for (let round = 0; round < 4; round++) {
      const pan = freshPan();
      const browser = await enrolAtBank(at, pan);
      const info = paymentOf(pan);
      const { body: session } = await startPayment(at.shop, info);
      const opened = await browser.open(session.uri);
      const credential = browser.answer(opened.body);
      const [results, calls] = await Promise.all([
        Promise.all(Array.from({ length: 16 }, () => browser.result(credential))),
        Promise.all(Array.from({ length: 4 }, () => startPayment(at.shop, info))),
      ]);
      const { rows } = await pool().query(
        `SELECT count(*)::integer AS count FROM session WHERE payment ->> 'orderId' = $1 AND state = 'approved'`,
        [info.transaction.orderId],
      );
      const approved = results.filter(({ status }) => status === 200);
      expect(rows[0].count).toBe(approved.length > 0 ? 1 : 0);
      expect(new Set(approved.map(({ body }) => body.redirect)).size).toBe(approved.length > 0 ? 1 : 0);
      const allowed = approved.length > 0 ? [409, 201] : [201];
      for (const { status } of calls) expect(allowed).toContain(status);
    }
  });

  test('two passkeys of the card at once, a merchant’s first payments: each has its binding, nothing fails', async () => {
    const pan = freshPan();
    const browsers = [await enrolAtBank(at, pan), await enrolAtBank(at, pan)];
    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const browser = at.network.browser(browsers[n % 2]?.authenticator);
        return (await payOnPage(at, browser, paymentOf(pan))).result;
      }),
    );
    expect(results.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const claims = await Promise.all(results.map(({ body }) => claimsOf(body.redirect)));
    const bindings = new Set(claims.map((proof) => readPaymentClaims(proof)?.bindingId));
    expect(bindings.size).toBe(2);
  });
});

test('a name is one in composed and in decomposed form: as registered, as said, as shown, as confirmed at the shop', async () => {
  const [composed, decomposed] = ['Caf\u00e9', 'Cafe\u0301'];
  const merchant = { clientId: 'cafe', consumerKey: 'cafe', merchantNames: [decomposed] };
  const cafe = await at.network.addClient({ ...TEST_MERCHANT, ...merchant });
  // Stored as by an earlier release.
  await pool().query('UPDATE client SET merchant_names = ARRAY[$1], version = version + 1 WHERE client_id = $2', [
    decomposed,
    'cafe',
  ]);
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  for (const merchantName of [composed, decomposed]) {
    const { status, body } = await startPayment(cafe, paymentOf(pan, { ...buildTransaction(), merchantName }));
    expect([status, body.securePaymentConfirmation.payeeName]).toEqual([201, composed]);
    expect((await browser.open(body.uri)).body.display.payment.merchantName).toBe(composed);
  }
});

describe('what a Sessions call of a merchant is refused for', () => {
  const payment = (changes: object) => startPayment(at.shop, { ...buildPaymentInfo(), ...changes });
  const transaction = (changes: object) => payment({ transaction: { ...buildTransaction(), ...changes } });
  const amount = (transactionAmount: string, transactionCurrencyCode: string) =>
    transaction({ transactionAmount: { transactionAmount, transactionCurrencyCode } });

  test.each([
    ['too few digits', () => amount('12.3', 'USD'), 'AMOUNT_INVALID'],
    ['digits of a currency without', () => amount('12.00', 'JPY'), 'AMOUNT_INVALID'],
    ['a currency that is none', () => amount('12.34', 'XXX'), 'AMOUNT_INVALID'],
    ['a negative amount', () => amount('-1.00', 'USD'), 'INVALID_FIELD'],
    ['a name that is not registered', () => transaction({ merchantName: 'Another Shop' }), 'MERCHANT_NOT_ALLOWED'],
    [
      'an origin that is not registered',
      () => transaction({ merchantOrigin: 'https://other.example' }),
      'MERCHANT_NOT_ALLOWED',
    ],
    ['no order', () => transaction({ orderId: undefined }), 'MISSING_FIELD'],
    ['no transaction', () => payment({ transaction: undefined }), 'MISSING_FIELD'],
    [
      'two cards',
      () => payment({ accountReferences: { cards: [...cardOf(TEST_PAN).cards, ...cardOf(TEST_PAN).cards] } }),
      'INVALID_FIELD',
    ],
    ['a number that fails Luhn', () => payment({ accountReferences: cardOf('5555555555554445') }), 'INVALID_FIELD'],
    ['a card by number and by binding', () => payment({ bindingId: 'b' }), 'FIELD_NOT_ALLOWED'],
    ['neither a card nor a binding', () => payment({ accountReferences: {} }), 'MISSING_FIELD'],
    ['a binding that is unknown', () => payment({ accountReferences: undefined, bindingId: 'b' }), 'BINDING_NOT_FOUND'],
    [
      'cardholderVerification',
      () => payment({ cardholderVerification: { method: 'OTP', verifiedAt: START.toISOString() } }),
      'FIELD_NOT_ALLOWED',
    ],
    [
      'a security code',
      () => payment({ accountReferences: { cards: [{ ...cardOf(TEST_PAN).cards[0], cvc: '123' }] } }),
      'SECURITY_CODE_REFUSED',
    ],
    ['a callback over http elsewhere', () => payment({ callbackUri: 'http://shop.example/cb' }), 'CALLBACK_INVALID'],
  ])('%s: a payment', async (_, call, code) => {
    const answer = await call();
    expect(answer.status).toBe(code === 'MERCHANT_NOT_ALLOWED' ? 403 : code === 'BINDING_NOT_FOUND' ? 404 : 400);
    expect(reason(answer)).toBe(code);
    expect(JSON.stringify(answer.body)).not.toContain('5555');
  });

  test.each([
    ['a transaction', { transaction: buildTransaction() }, 400, 'FIELD_NOT_ALLOWED'],
    ['cardholderVerification', { cardholderVerification: {} }, 400, 'FIELD_NOT_ALLOWED'],
    [
      'a card whose range takes no part',
      { accountReferences: cardOf('4111111111111111') },
      403,
      'ACCOUNT_NOT_ELIGIBLE',
    ],
  ])('%s: a card to add', async (_, changes, status, code) => {
    const answer = await startInstrument(at.shop, { ...buildPaymentInfo(), transaction: undefined, ...changes });
    expect([answer.status, reason(answer)]).toEqual([status, code]);
  });

  test('a reason of the other role: REASON_NOT_ALLOWED', async () => {
    for (const [client, wrong] of [
      [at.shop, 'ACCOUNT_LOGIN'],
      [at.network.client, 'TRANSACTION_AUTHENTICATION'],
      [at.network.client, 'ENROL_FINANCIAL_INSTRUMENT'],
    ] as const) {
      const answer = await startSessionOf(client, wrong, { info: buildPaymentInfo() });
      expect([answer.status, reason(answer)]).toEqual([403, 'REASON_NOT_ALLOWED']);
    }
    const encryptedData = await at.shop.encrypt(buildPaymentInfo());
    const body = JSON.stringify({ srcSessionInitiationRequestInfo: { encryptedData } });
    expect(reason(await at.shop.send({ path: SESSIONS_PATH, body }))).toBe('REASON_NOT_ALLOWED');
  });

  test('a transaction or a binding in an issuer’s session: FIELD_NOT_ALLOWED', async () => {
    for (const extra of [{ transaction: buildTransaction() }, { bindingId: 'b' }]) {
      const answer = await at.network.client.sendInfo({ ...buildSessionInfo(START), ...extra });
      expect(reason(answer)).toBe('FIELD_NOT_ALLOWED');
    }
  });
});

test('what the database holds of a payment when it is over: no account, no challenge, no token', async () => {
  const pan = freshPan();
  const { session } = await payOnPage(at, await enrolAtBank(at, pan), paymentOf(pan));
  const { rows } = await pool().query('SELECT row_to_json(session)::text AS row FROM session WHERE session_id = $1', [
    session.authenticationSessionId,
  ]);
  const row = JSON.parse(rows[0].row);
  expect(row).toMatchObject({
    accounts: null,
    challenge: null,
    confirmation_challenge: null,
    verification: null,
    consent: null,
  });
  expect(rows[0].row).not.toContain(pan);
  expect((await reportAssertion(at.shop, session.authenticationSessionId, { outcome: 'ABORTED' })).status).toBe(409);
});
