/** A new phone at checkout (contract §9, second round): "Confirm with your bank instead", and each case that must not succeed. */

import { confirmPayment } from '@payment-passkeys/authenticator';
import { readPaymentClaims } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startPayment,
  type TestBrowser,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { proofOf } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
const SHOP = 'http://shop.localhost:4002';
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const pool = () => at.network.database.pool;
const reason = ({ body }: { readonly body: { errordetail?: { reason: string }[] } }) => body.errordetail?.[0]?.reason;
const paymentOf = (pan: string) =>
  buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction({ merchantOrigin: SHOP }) });
const claimsOf = (redirect: string) =>
  JSON.parse(Buffer.from(proofOf(redirect).split('.')[1] ?? '', 'base64url').toString());

async function rowOf(sessionId: string) {
  return (await pool().query('SELECT * FROM session WHERE session_id = $1', [sessionId])).rows[0];
}

interface NewPhone {
  readonly pan: string;
  /** The browser that has the card's passkey. */
  readonly oldPhone: TestBrowser;
  /** The new phone. It has opened the payment, and has no known passkey. */
  readonly phone: TestBrowser;
  readonly session: { readonly authenticationSessionId: string; readonly uri: string } & Record<string, never>;
  readonly id: string;
  readonly offer: Awaited<ReturnType<TestBrowser['open']>>['body'];
}

async function openOnNewPhone(phone = at.network.browser()): Promise<NewPhone> {
  const pan = freshPan();
  const oldPhone = await enrolAtBank(at, pan);
  const { body: session } = await startPayment(at.shop, paymentOf(pan));
  const { body: offer } = await phone.open(session.uri);
  return { pan, oldPhone, phone, session, id: session.authenticationSessionId, offer };
}

/** The cardholder agrees and goes to the bank. Answers the request that the bank receives. */
async function leave(phone: TestBrowser): Promise<string> {
  const { body } = await phone.consent();
  return (await at.issuer.read(body.redirect)).claims.jti;
}

/** Follows the bank's answer. Answers the page that it leads to. */
async function comeBack(phone: TestBrowser, requestId: string) {
  const { headers } = await phone.visit(await at.issuer.answer(requestId));
  return phone.open(new URL(headers.get('location') ?? '', at.network.publicUrl).href);
}

/** The bank confirms the cardholder, and a new passkey is created. Answers the offer to pay. */
async function register({ phone, session }: NewPhone) {
  const { body: creating } = await comeBack(phone, await leave(phone));
  const made = await phone.result(phone.answer(creating));
  expect(made.body).toEqual({ reopen: true });
  return (await phone.open(session.uri)).body;
}

describe('"Confirm with your bank instead"', () => {
  test('is offered beside the payment where this device is not known to hold a passkey of the card', async () => {
    const { offer } = await openOnNewPhone();
    expect(offer.scenario).toBe('PAY');
    const { documents } = at.network.running.network.config;
    expect(offer.alternative).toEqual({ scenario: 'VERIFY', documents, issuerName: 'Test Bank' });
  });

  test('leads through the bank to a passkey of this device, and then to the payment’s approval, in the same session', async () => {
    const at1 = await openOnNewPhone();
    const { phone, pan, session, id } = at1;
    const { body: creating } = await comeBack(phone, await leave(phone));
    expect(creating).toMatchObject({ scenario: 'CREATE', display: { payment: { amount: '12.34' } } });
    expect((await phone.result(phone.answer(creating))).body).toEqual({ reopen: true });
    expect(await rowOf(id)).toMatchObject({ state: 'registered', proof_hash: null, verification: { method: 'OTP' } });
    const { body: paying } = await phone.open(session.uri);
    expect(paying.scenario).toBe('PAY');
    expect(paying).not.toHaveProperty('alternative');
    const { body } = await phone.result(phone.answer(paying));
    expect(body.redirect).toContain('status=AUTHENTICATED');
    const payment = readPaymentClaims(claimsOf(body.redirect));
    expect(payment).toMatchObject({ transactionAmount: '12.34', panLastFour: pan.slice(-4) });
    expect(await rowOf(id)).toMatchObject({ state: 'approved', accounts: null });
    const consents = await pool().query('SELECT FROM consent_record WHERE session_id = $1', [id]);
    expect(consents.rowCount).toBe(1);
  });

  test('the next payment on the new phone is approved by its own passkey, and on the old one by the old', async () => {
    const first = await openOnNewPhone();
    const paying = await register(first);
    await first.phone.result(first.phone.answer(paying));
    for (const browser of [first.phone, first.oldPhone]) {
      const { opened, result } = await payOnPage(at, browser, paymentOf(first.pan));
      expect(opened.scenario).toBe('PAY');
      expect(opened).not.toHaveProperty('alternative');
      expect(result.body.redirect).toContain('status=AUTHENTICATED');
    }
  });

  test('is not offered on a device that holds a passkey of the card, nor taken from one', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const { body } = await browser.open(session.uri);
    expect(body).not.toHaveProperty('alternative');
    const refused = await browser.consent();
    expect([refused.status, reason(refused)]).toEqual([401, 'ACCESS_DENIED']);
    expect((await rowOf(session.authenticationSessionId)).state).toBe('opened');
    expect((await browser.result(browser.answer(body))).status).toBe(200);
  });

  test('is offered on a device whose passkeys are of other cards, or whose passkey of the card is suspended', async () => {
    const { offer } = await openOnNewPhone(await enrolAtBank(at, freshPan()));
    expect(offer.alternative?.scenario).toBe('VERIFY');
    expect(offer.options.allowCredentials).toHaveLength(1);
    const pan = freshPan();
    const [known, other] = [await enrolAtBank(at, pan), await enrolAtBank(at, pan)];
    await suspend(known);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const { body } = await known.open(session.uri);
    expect(body.alternative?.scenario).toBe('VERIFY');
    expect(body.options.allowCredentials.map(({ id }: { id: string }) => id)).toEqual([credentialIdOf(other)]);
  });

  test('is not offered where the card’s issuer takes no part, nor by a binding, of which the network knows no card number', async () => {
    const { pan, oldPhone } = await openOnNewPhone();
    const { result } = await payOnPage(at, oldPhone, paymentOf(pan));
    const { bindingId } = readPaymentClaims(claimsOf(result.body.redirect)) ?? {};
    const { accountReferences: _, ...info } = buildPaymentInfo();
    const byBinding = await startPayment(at.shop, { ...info, bindingId });
    const phone = at.network.browser();
    expect((await phone.open(byBinding.body.uri)).body).not.toHaveProperty('alternative');
    expect(reason(await phone.consent())).toBe('ACCOUNT_NOT_ELIGIBLE');
    const takingPart = { ...at.network.client.registration, verification: at.issuer.verification };
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    await saveClient(pool(), readRegistration(at.network.client.registration), bySetUp(START));
    try {
      const { body } = await at.network.browser().open(session.uri);
      expect(body.scenario).toBe('PAY');
      expect(body).not.toHaveProperty('alternative');
    } finally {
      await saveClient(pool(), readRegistration(takingPart), bySetUp(START));
    }
  });
});

const credentialIdOf = (browser: TestBrowser) =>
  browser.authenticator.credentials[0]?.credentialId.toString('base64url');

async function suspend(browser: TestBrowser): Promise<void> {
  const ids = browser.authenticator.credentials.map(({ credentialId }) => credentialId);
  await pool().query(`UPDATE passkey SET status = 'suspended' WHERE webauthn_id = ANY ($1::bytea[])`, [ids]);
}

/** The same session, answered with the passkey of the old phone: a synced copy, or a phone nearby. */
const answerWithOld = ({ oldPhone }: NewPhone, offer: NewPhone['offer']) => oldPhone.answer(offer);

describe('the passkey and the bank at once', () => {
  test('what the passkey answered before the browser left approves nothing: its challenge is used up', async () => {
    const phone = await openOnNewPhone();
    const credential = answerWithOld(phone, phone.offer);
    await leave(phone.phone);
    const late = await phone.phone.result(credential);
    expect([late.status, reason(late)]).toEqual([400, 'CHALLENGE_USED']);
    expect((await rowOf(phone.id)).state).toBe('verifying');
  });

  test('back from the bank without an answer: both ways are offered again, and either leads on', async () => {
    const phone = await openOnNewPhone();
    const requestId = await leave(phone.phone);
    const { body: again } = await phone.phone.open(phone.session.uri);
    expect([again.scenario, again.alternative.scenario]).toEqual(['PAY', 'VERIFY']);
    const { body } = await phone.phone.result(answerWithOld(phone, again));
    expect(body.redirect).toContain('status=AUTHENTICATED');
    // A later answer of the bank changes nothing: the browser is sent back to the shop again.
    expect((await comeBack(phone.phone, requestId)).body).toEqual({ redirect: body.redirect });
    expect(await rowOf(phone.id)).toMatchObject({ state: 'approved', verified_at: null });
  });

  test('the bank’s answer uses up what a page that came back before it was challenged with', async () => {
    const phone = await openOnNewPhone();
    const requestId = await leave(phone.phone);
    const { body: again } = await phone.phone.open(phone.session.uri);
    const credential = answerWithOld(phone, again);
    await phone.phone.visit(await at.issuer.answer(requestId));
    const late = await phone.phone.result(credential);
    expect([late.status, reason(late)]).toEqual([400, 'CHALLENGE_USED']);
    expect((await rowOf(phone.id)).state).toBe('verified');
  });

  test('many of both at once: one of them stands, and the payment is approved once at most', async () => {
    for (let round = 0; round < 4; round++) {
      const phone = await openOnNewPhone();
      const credential = answerWithOld(phone, phone.offer);
      await Promise.all(
        Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? phone.phone.result(credential) : phone.phone.consent())),
      );
      const row = await rowOf(phone.id);
      expect(['approved', 'verifying']).toContain(row.state);
      expect(row.proof_hash === null).toBe(row.state === 'verifying');
    }
  });

  test('the bank’s answer 16 times at once: taken once, and it approves nothing by itself', async () => {
    const phone = await openOnNewPhone();
    const answer = await at.issuer.answer(await leave(phone.phone));
    await Promise.all(Array.from({ length: 16 }, () => phone.phone.visit(answer)));
    expect(await rowOf(phone.id)).toMatchObject({ state: 'verified', proof_hash: null });
  });

  test('the credential that made the passkey, again: answered alike, and it approves no payment', async () => {
    const phone = await openOnNewPhone();
    const { body: creating } = await comeBack(phone.phone, await leave(phone.phone));
    const credential = phone.phone.answer(creating);
    const answers = await Promise.all(Array.from({ length: 8 }, () => phone.phone.result(credential)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).toEqual(new Set(['{"reopen":true}']));
    expect(await rowOf(phone.id)).toMatchObject({ state: 'registered', proof_hash: null });
  });
});

describe('nobody else gets anything from it', () => {
  test('the bank’s answer in another browser changes nothing', async () => {
    const phone = await openOnNewPhone();
    const requestId = await leave(phone.phone);
    const before = await rowOf(phone.id);
    const denied = await comeBack(at.network.browser(), requestId);
    expect(denied.status).toBe(401);
    expect(await rowOf(phone.id)).toEqual(before);
  });

  test('another browser cannot ask the bank for the session', async () => {
    const phone = await openOnNewPhone();
    expect((await at.network.browser().consent()).status).toBe(401);
    expect((await rowOf(phone.id)).state).toBe('opened');
  });

  test('not confirmed by the bank: ERROR / PERMISSION_DENIED, and the old passkey approves nothing any more', async () => {
    const phone = await openOnNewPhone();
    const credential = answerWithOld(phone, phone.offer);
    const requestId = await leave(phone.phone);
    const { headers } = await phone.phone.visit(await at.issuer.answer(requestId, { result: 'REFUSED' }));
    expect(headers.get('location')).toMatch(/status=ERROR&reason=PERMISSION_DENIED$/);
    expect((await phone.phone.result(credential)).status).toBe(401);
    expect(await rowOf(phone.id)).toMatchObject({ state: 'failed', accounts: null });
  });

  test('a passkey that is suspended on the way approves nothing; the new one does', async () => {
    const phone = await openOnNewPhone();
    const paying = await register(phone);
    await suspend(phone.oldPhone);
    const refused = await phone.phone.result(answerWithOld(phone, paying));
    expect(reason(refused)).toBe('CREDENTIAL_REFUSED');
    const { body: again } = await phone.phone.open(phone.session.uri);
    expect(again.options.allowCredentials.map(({ id }: { id: string }) => id)).toEqual([credentialIdOf(phone.phone)]);
    expect((await phone.phone.result(phone.phone.answer(again))).body.redirect).toContain('status=AUTHENTICATED');
  });

  test('five minutes after the bank’s word no passkey is made any more', async () => {
    const phone = await openOnNewPhone();
    const { body: creating } = await comeBack(phone.phone, await leave(phone.phone));
    at.network.now = new Date(START.getTime() + 300_000);
    expect((await phone.phone.result(phone.phone.answer(creating))).status).toBe(401);
    expect((await rowOf(phone.id)).passkey_id).toBeNull();
  });
});

describe('Secure Payment Confirmation was handed out before', () => {
  const confirmAtShop = ({ oldPhone, session, id }: NewPhone) => {
    const { securePaymentConfirmation: offer } = session as unknown as { securePaymentConfirmation: never };
    const credential = confirmPayment({ authenticator: oldPhone.authenticator, offer, origin: SHOP });
    return reportAssertion(at.shop, id, { outcome: 'ACCEPTED', credential });
  };

  test('once the page is open it confirms nothing: not at the bank, not on the way back', async () => {
    const phone = await openOnNewPhone();
    const outcomes = [await confirmAtShop(phone)];
    const requestId = await leave(phone.phone);
    outcomes.push(await confirmAtShop(phone));
    await comeBack(phone.phone, requestId);
    outcomes.push(await confirmAtShop(phone));
    expect(outcomes.map(reason)).toEqual(['SESSION_OVER', 'SESSION_OVER', 'SESSION_OVER']);
    expect((await rowOf(phone.id)).state).toBe('verified');
  });

  test('confirmed at the shop first: nothing is opened, and the bank is not asked', async () => {
    const pan = freshPan();
    const oldPhone = await enrolAtBank(at, pan);
    const { body: session } = await startPayment(at.shop, paymentOf(pan));
    const id = session.authenticationSessionId;
    const phone = at.network.browser();
    expect((await confirmAtShop({ pan, oldPhone, phone, session, id, offer: undefined as never })).status).toBe(200);
    expect((await phone.open(session.uri)).status).toBe(401);
    expect((await phone.consent()).status).toBe(401);
  });

  test('ANOTHER_WAY that the shop reports while the cardholder is at the bank keeps the session for the page', async () => {
    const phone = await openOnNewPhone();
    const requestId = await leave(phone.phone);
    const report = () => reportAssertion(at.shop, phone.id, { outcome: 'ANOTHER_WAY' });
    expect((await report()).body).toEqual({ status: 'REDIRECT' });
    await comeBack(phone.phone, requestId);
    expect((await report()).body).toEqual({ status: 'REDIRECT' });
  });
});
