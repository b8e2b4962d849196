/** Secure Payment Confirmation (contract §10): the options, and each result. */
import type { PaymentClientData } from '@payment-passkeys/authenticator';
import { assertionPath, compileSchema, PaymentSessionAnswer, readPaymentClaims } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startPayment,
  TEST_MERCHANT,
  type TestClient,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  addCardAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  makeAccountIndexKey,
  reason,
  startTestShop,
  type TestShop,
} from './shop.ts';
import { confirm, createConfirmationSteps } from './spc-steps.ts';

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
const { start, accept, stateOf } = createConfirmationSteps(() => at);

const outcomeOf = (answer: { readonly status: number; readonly body: { errordetail?: { reason: string }[] } }) => [
  answer.status,
  reason(answer),
];

function claimsOf(proof: string) {
  return JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString());
}

describe('what is handed out', () => {
  test('with AUTHENTICATE: all that PaymentRequest asks for, and no payeeOrigin where the shop is not https', async () => {
    const { session, browser, pan } = await start();
    expect(compileSchema(PaymentSessionAnswer).violations(session)).toEqual([]);
    expect(session.securePaymentConfirmation).toEqual({
      rpId: 'verify.localhost',
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      credentialIds: browser.authenticator.credentials.map(({ credentialId }) => credentialId.toString('base64url')),
      instrument: { displayName: `•••• ${pan.slice(-4)}`, icon: expect.stringMatching(/^data:image\/png;base64,/) },
      payeeName: 'Test Shop',
      total: { currency: 'USD', value: '12.34' },
      showOptOut: true,
      timeout: 120_000,
    });
  });

  test('the payee’s origin where it is https', async () => {
    const { session } = await start({ merchantOrigin: 'https://shop.example' });
    expect(session.securePaymentConfirmation?.payeeOrigin).toBe('https://shop.example');
  });

  test('the icon is a picture: a PNG of 96 by 60', async () => {
    const { session } = await start();
    const png = Buffer.from(session.securePaymentConfirmation?.instrument.icon.split(',')[1] ?? '', 'base64');
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([96, 60]);
  });

  test('every live passkey of the card, each session its own challenge', async () => {
    const first = await start();
    const second = await start({}, first.pan);
    expect(second.session.securePaymentConfirmation?.credentialIds).toHaveLength(2);
    expect(second.session.securePaymentConfirmation?.challenge).not.toBe(
      first.session.securePaymentConfirmation?.challenge,
    );
  });
});

describe('ACCEPTED', () => {
  test('as it was handed out: AUTHENTICATED, with a proof of this payment', async () => {
    const started = await start();
    const answer = await accept(started.id, confirm(started));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'AUTHENTICATED', proofOfAuthentication: expect.any(String) });
    const claims = claimsOf(answer.body.proofOfAuthentication);
    expect(claims).toMatchObject({ clientSessionId: started.session.clientSessionId });
    expect(readPaymentClaims(claims)).toMatchObject({
      transactionAmount: '12.34',
      merchantOrigin: SHOP,
      orderId: started.info.transaction.orderId,
    });
    expect(await stateOf(started.id)).toBe('approved');
    const { rows } = await pool().query('SELECT FROM device_passkey WHERE instance_id = $1', [
      claims.dasAuthenticatorInstanceId,
    ]);
    expect(rows).toHaveLength(1);
  });

  test('on an https shop, its origin shown as well', async () => {
    const started = await start({ merchantOrigin: 'https://shop.example' });
    expect((await accept(started.id, confirm(started))).status).toBe(200);
  });

  test('whose answer was lost: the same report gets the same proof', async () => {
    const started = await start();
    const credential = confirm(started);
    const [first, again] = [await accept(started.id, credential), await accept(started.id, credential)];
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  test('twice by two confirmations: the first one stands', async () => {
    const started = await start();
    const [one, other] = [confirm(started), confirm(started)];
    expect((await accept(started.id, one)).status).toBe(200);
    expect(outcomeOf(await accept(started.id, other))).toEqual([409, 'RESULT_ALREADY_TAKEN']);
  });

  test('32 times at once, of two confirmations: one of them approves, and all its reports get the one proof', async () => {
    const started = await start();
    const credentials = [confirm(started), confirm(started)];
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, n) => accept(started.id, credentials[n % 2] ?? confirm(started))),
    );
    const approved = answers.filter(({ status }) => status === 200);
    expect(approved).toHaveLength(16);
    expect(new Set(approved.map(({ body }) => body.proofOfAuthentication)).size).toBe(1);
    for (const answer of answers)
      if (answer.status !== 200) expect(outcomeOf(answer)).toEqual([409, 'RESULT_ALREADY_TAKEN']);
  });

  test('while the page is opened at once: the payment is approved once, by whichever was first', async () => {
    for (let round = 0; round < 6; round++) {
      const started = await start();
      const [atShop, opened] = await Promise.all([
        accept(started.id, confirm(started)),
        started.browser.open(started.session.uri),
      ]);
      if (atShop.status === 200) expect(opened.status).toBe(401);
      else expect([outcomeOf(atShop), opened.status]).toEqual([[409, 'SESSION_OVER'], 200]);
      expect(await stateOf(started.id)).toBe(atShop.status === 200 ? 'approved' : 'opened');
    }
  });

  test('after fifteen minutes: SESSION_OVER', async () => {
    const started = await start();
    const credential = confirm(started);
    at.network.now = new Date(START.getTime() + 900_000);
    expect(outcomeOf(await accept(started.id, credential))).toEqual([409, 'SESSION_OVER']);
  });

  test('of an order that got a new session meanwhile: SESSION_OVER', async () => {
    const started = await start();
    await startPayment(at.shop, started.info);
    expect(outcomeOf(await accept(started.id, confirm(started)))).toEqual([409, 'SESSION_OVER']);
  });
});

describe('one signed report sent 8 times at once: its nonce is taken once, the others get 403', () => {
  test.each([
    ['ACCEPTED', 200, 'approved', (credential: unknown) => ({ outcome: 'ACCEPTED', credential })],
    ['ACCEPTED by a lie', 400, 'created', (credential: unknown) => ({ outcome: 'ACCEPTED', credential })],
    ['ABORTED', 200, 'cancelled', () => ({ outcome: 'ABORTED' })],
    ['OPTED_OUT', 200, 'created', () => ({ outcome: 'OPTED_OUT' })],
    ['ANOTHER_WAY', 200, 'created', () => ({ outcome: 'ANOTHER_WAY' })],
  ] as const)('%s', async (name, status, state, report) => {
    const started = await start();
    const lie = (honest: PaymentClientData) => ({ ...honest, payment: { ...honest.payment, payeeName: 'Other' } });
    const body = JSON.stringify(report(confirm(started, name === 'ACCEPTED by a lie' ? { lie } : {})));
    const path = assertionPath(started.id);
    const authorization = await at.shop.sign(path, body);
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.shop.send({ path, body, authorization })));
    const statuses = answers.map((answer) => answer.status).toSorted();
    expect(statuses).toEqual([status, ...Array(7).fill(403)].toSorted());
    expect(await stateOf(started.id)).toBe(state);
  });
});

describe('the other outcomes', () => {
  test('ANOTHER_WAY keeps the session for the redirect', async () => {
    const started = await start();
    const answer = await reportAssertion(at.shop, started.id, { outcome: 'ANOTHER_WAY' });
    expect([answer.status, answer.body]).toEqual([200, { status: 'REDIRECT' }]);
    const { body: opened } = await started.browser.open(started.session.uri);
    const { body } = await started.browser.result(started.browser.answer(opened));
    expect(body.redirect).toContain('status=AUTHENTICATED');
  });

  test('ABORTED ends it as CANCELLED / USER_CANCELLATION; the order can still be paid', async () => {
    const started = await start();
    const abort = () => reportAssertion(at.shop, started.id, { outcome: 'ABORTED' });
    const expected = [200, { status: 'CANCELLED', reason: 'USER_CANCELLATION' }];
    for (const answer of [await abort(), await abort()]) expect([answer.status, answer.body]).toEqual(expected);
    const { rows } = await pool().query('SELECT state, end_reason, accounts FROM session WHERE session_id = $1', [
      started.id,
    ]);
    expect(rows).toEqual([{ state: 'cancelled', end_reason: 'USER_CANCELLATION', accounts: null }]);
    expect((await started.browser.open(started.session.uri)).status).toBe(401);
    expect(outcomeOf(await accept(started.id, confirm(started)))).toEqual([409, 'SESSION_OVER']);
    expect((await startPayment(at.shop, started.info)).status).toBe(201);
  });

  test('OPTED_OUT: no passkey of the account is offered for it again at that merchant; the redirect stays', async () => {
    const started = await start();
    const second = await start({}, started.pan);
    const answer = await reportAssertion(at.shop, second.id, { outcome: 'OPTED_OUT' });
    expect([answer.status, answer.body]).toEqual([200, { status: 'REDIRECT' }]);
    expect(outcomeOf(await accept(second.id, confirm(second)))).toEqual([409, 'CONFIRMATION_NOT_OFFERED']);
    const info = buildPaymentInfo({ accountReferences: cardOf(started.pan), transaction: buildTransaction() });
    const { body } = await startPayment(at.shop, info);
    expect(body.nextStep).toBe('AUTHENTICATE');
    expect(body).not.toHaveProperty('securePaymentConfirmation');
    expect((await second.browser.open(second.session.uri)).body.scenario).toBe('PAY');
    // The opt-out belongs to the account, so it also holds for a passkey that the bank binds later.
    expect((await start({}, started.pan)).session).not.toHaveProperty('securePaymentConfirmation');
  });

  test('OPTED_OUT is for that account at that merchant: neither for another card of the passkey, nor at another shop', async () => {
    const started = await start();
    const otherPan = freshPan();
    await enrolAtBank(at, otherPan, started.browser);
    expect(started.browser.authenticator.credentials).toHaveLength(1);
    await reportAssertion(at.shop, started.id, { outcome: 'OPTED_OUT' });
    const offered = async (shop: TestClient, pan: string) => {
      const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
      return 'securePaymentConfirmation' in (await startPayment(shop, info)).body;
    };
    const otherShop = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'calm-shop', consumerKey: 'calm-shop' });
    expect(await offered(at.shop, started.pan)).toBe(false);
    expect(await offered(at.shop, otherPan)).toBe(true);
    expect(await offered(otherShop, started.pan)).toBe(true);
  });

  test('OPTED_OUT holds until the next enrolment at that merchant, also across a rotation of the account keys', async () => {
    const started = await start();
    await reportAssertion(at.shop, started.id, { outcome: 'OPTED_OUT' });
    const offered = async () => {
      const info = buildPaymentInfo({ accountReferences: cardOf(started.pan), transaction: buildTransaction() });
      return 'securePaymentConfirmation' in (await startPayment(at.shop, info)).body;
    };
    at.network.now = await makeAccountIndexKey(at.network);
    expect(await offered()).toBe(false);
    await enrolAtBank(at, started.pan, started.browser);
    expect(await offered()).toBe(false);
    await addCardAtShop(at, started.pan, started.browser);
    expect(await offered()).toBe(true);
  });

  test('what an older program opted out everywhere comes back by an enrolment at a merchant, and not before', async () => {
    const started = await start();
    await pool().query('UPDATE passkey SET payment_confirmation = false');
    const offered = async () => {
      const info = buildPaymentInfo({ accountReferences: cardOf(started.pan), transaction: buildTransaction() });
      return 'securePaymentConfirmation' in (await startPayment(at.shop, info)).body;
    };
    expect(await offered()).toBe(false);
    await addCardAtShop(at, started.pan, started.browser);
    expect(await offered()).toBe(true);
    await pool().query('UPDATE passkey SET payment_confirmation = true');
  });

  test('OPTED_OUT is heard however late', async () => {
    const started = await start();
    at.network.now = new Date(START.getTime() + 900_000);
    const answer = await reportAssertion(at.shop, started.id, { outcome: 'OPTED_OUT' });
    expect(outcomeOf(answer)).toEqual([409, 'SESSION_OVER']);
    const { rows } = await pool().query('SELECT client_id FROM confirmation_opt_out WHERE card_index = ANY ($1)', [
      at.indexesOf(started.pan),
    ]);
    expect(rows).toEqual([{ client_id: 'test-shop' }]);
  });

  test('and what is none of them', async () => {
    const { id } = await start();
    const send = (assertion: unknown) => reportAssertion(at.shop, id, assertion as { outcome: 'ABORTED' });
    for (const assertion of [
      {},
      { outcome: 'MAYBE' },
      { outcome: 'ACCEPTED' },
      { outcome: 'ACCEPTED', credential: {} },
    ]) {
      expect((await send(assertion)).status).toBe(400);
    }
    expect(await stateOf(id)).toBe('created');
  });
});

describe('whose session it is', () => {
  test('another client’s, or nobody’s: SESSION_NOT_FOUND', async () => {
    const started = await start();
    const other = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'spc-shop', consumerKey: 'spc-shop!1' });
    const credential = confirm(started);
    const outcome = await reportAssertion(other, started.id, { outcome: 'ACCEPTED', credential });
    expect(outcomeOf(outcome)).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(outcomeOf(await reportAssertion(at.shop, 'A'.repeat(32), { outcome: 'ABORTED' }))).toEqual([
      404,
      'SESSION_NOT_FOUND',
    ]);
    expect(outcomeOf(await reportAssertion(at.shop, 'short', { outcome: 'ABORTED' }))).toEqual([400, 'INVALID_FIELD']);
  });

  test('a session that offered nothing: CONFIRMATION_NOT_OFFERED', async () => {
    const info = buildPaymentInfo({ accountReferences: cardOf(freshPan()), transaction: buildTransaction() });
    const { body } = await startPayment(at.shop, info);
    expect(body.nextStep).toBe('REGISTER');
    const answer = await reportAssertion(at.shop, body.authenticationSessionId, { outcome: 'ABORTED' });
    expect(outcomeOf(answer)).toEqual([409, 'CONFIRMATION_NOT_OFFERED']);
  });

  test('unsigned: nothing is heard', async () => {
    const { id } = await start();
    const path = `/authentication/sessions/${id}/assertion`;
    const answer = await at.shop.send({ path, body: JSON.stringify({ outcome: 'ABORTED' }), authorization: undefined });
    expect(answer.status).toBe(401);
    expect(await stateOf(id)).toBe('created');
  });
});
