/** An order is approved once (contract §9), and is shown with the names that the merchant gave. */
import { readPaymentClaims } from '@payment-passkeys/protocol';
import { buildTransaction, startPayment, startSessionOf, TEST_MERCHANT } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storedState } from './session-steps.ts';
import { claimsOf, enrolAtBank, freshPan, paymentOf, payOnPage, reason, startTestShop, type TestShop } from './shop.ts';

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
const stateOf = (sessionId: string) => storedState(at.network, sessionId);

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
    const claims = await Promise.all(results.map(({ body }) => claimsOf(at, body.redirect)));
    const bindings = new Set(claims.map((proof) => readPaymentClaims(proof)?.bindingId));
    expect(bindings.size).toBe(2);
  });
});

test('a name is one in composed and in decomposed form: as registered, as said, as shown, as confirmed at the shop', async () => {
  const [composed, decomposed] = ['Caf\u00e9', 'Cafe\u0301'];
  const merchant = { clientId: 'cafe', consumerKey: 'cafe', merchantNames: [decomposed] };
  const cafe = await at.network.addClient({ ...TEST_MERCHANT, ...merchant });
  // An earlier release stored a merchant like this.
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
