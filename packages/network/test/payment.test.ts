/** Seamless checkout by redirect (contract §9), over HTTP on a real PostgreSQL. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { readPaymentClaims } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startPayment,
  TEST_MERCHANT,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordApproval } from '../src/domain/payments/store.ts';
import { proofOf } from './running-network.ts';
import { storedState } from './session-steps.ts';
import {
  cardOf,
  claimsOf,
  enrolAtBank,
  freshPan,
  paymentOf,
  payOnPage,
  reason,
  startTestShop,
  suspendPasskeys,
  type TestShop,
} from './shop.ts';

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
    const claims = await claimsOf(at, callback.href);
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
    const claims = await claimsOf(at, result.body.redirect);
    const { rows } = await pool().query('SELECT FROM device_passkey WHERE device_id = $1', [claims.appInstanceId]);
    expect(rows).toHaveLength(1);
  });

  test('by bindingId: no card number travels, and the proof names that very binding', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const first = await payOnPage(at, browser, paymentOf(pan));
    const { bindingId } = readPaymentClaims(await claimsOf(at, first.result.body.redirect)) ?? {};
    const { accountReferences: _, ...info } = buildPaymentInfo();
    const { session, opened, result } = await payOnPage(at, browser, { ...info, bindingId });
    expect(session.nextStep).toBe('AUTHENTICATE');
    expect(opened.display.accounts).toEqual([
      { kind: 'CARD', masked: `•••• ${pan.slice(-4)}`, brand: 'Mastercard', issuerName: 'Test Bank' },
    ]);
    const payment = readPaymentClaims(await claimsOf(at, result.body.redirect));
    expect(payment).toMatchObject({ bindingId, panLastFour: pan.slice(-4) });
  });

  test('two cards and one passkey: a binding for each, because a binding stands for a card at the shop', async () => {
    const [one, other] = [freshPan(), freshPan()];
    const browser = await enrolAtBank(at, one);
    await enrolAtBank(at, other, browser);
    const bindings = [];
    for (const pan of [one, other, one]) {
      const { result } = await payOnPage(at, browser, paymentOf(pan));
      bindings.push(readPaymentClaims(await claimsOf(at, result.body.redirect)));
    }
    expect(bindings.map((payment) => payment?.panLastFour)).toEqual([one.slice(-4), other.slice(-4), one.slice(-4)]);
    expect(bindings[0]?.bindingId).toBe(bindings[2]?.bindingId);
    expect(bindings[0]?.bindingId).not.toBe(bindings[1]?.bindingId);
  });

  test('another merchant has another bindingId, and cannot use this one’s', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const mine = readPaymentClaims(
      await claimsOf(at, (await payOnPage(at, browser, paymentOf(pan))).result.body.redirect),
    );
    const consumerKey = `other!${randomUUID()}`;
    const other = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'other-shop', consumerKey });
    const theirs = await payOnPage({ ...at, shop: other }, browser, paymentOf(pan));
    const payment = readPaymentClaims(await claimsOf(at, theirs.result.body.redirect));
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
    // The passkey still approves nothing after the card has got its own passkey.
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
    await suspendPasskeys(at, pan);
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
    // The proof goes to the shop with the cardholder's browser, which the shop does not know. The attacker's browser gets no proof.
    expect(body.redirect).toContain('AUTHENTICATED');
    for (const path of [session.uri, session.uri.split('#')[0]]) {
      const denied = await attacker.open(path);
      expect(denied.status).toBe(401);
      expect(JSON.stringify(denied.body)).not.toContain('proofOfAuthentication');
    }
    expect((await attacker.end('USER_CANCELLATION')).status).toBe(401);
  });
});

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
    signed: undefined,
    proof: { keyId: 'key', hash: randomBytes(32), expiresAt: new Date(START.getTime() + 900_000) },
    binding: {
      bindingId: randomUUID(),
      isNew: true as const,
      card: { kind: 'CARD' as const, index, keyVersion: 1 },
      ways: [rows[0].way],
    },
    registered: false,
    step: { at: START.getTime(), step: 'RESULT' as const },
    now: START,
  };
  await suspendPasskeys(at, pan);
  expect(await recordApproval(pool(), approval)).toBe('UNUSABLE');
  expect(await stateOf(sessionId)).toBe('opened');
  await pool().query(`UPDATE passkey SET status = 'active' WHERE passkey_id = $1`, [approval.passkeyId]);
  expect(await recordApproval(pool(), { ...approval, challenge: randomBytes(32) })).toBe('SESSION_CHANGED');
  expect(await recordApproval(pool(), { ...approval, now: new Date(START.getTime() + 900_000) })).toBe(
    'SESSION_CHANGED',
  );
  expect(await recordApproval(pool(), { ...approval, device: undefined })).toBe('SESSION_CHANGED'); // so the cardholder stays on the page
  expect(await recordApproval(pool(), approval)).toBe('APPROVED');
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
