/** A passkey made at a shop (contract §11): the consent, the way to the issuer and back, and each case that must not succeed. */
import { epochSeconds, readPaymentClaims, VERIFICATION_PATH } from '@payment-passkeys/protocol';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  startInstrument,
  startPayment,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { proofOf } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, reason, startTestShop, type TestShop } from './shop.ts';
import { createVerificationSteps, type Left } from './verification-steps.ts';

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
const { rowOf, count, startCard, startRegistering, leave, follow, comeBack } = createVerificationSteps(() => at);

const handles = ({ id }: Left) => ({ authenticationSessionId: id });

describe('adding a card', () => {
  test('the page shows the network’s terms and who will confirm, and asks no device', async () => {
    const pan = freshPan();
    const { body: session } = await startCard(pan);
    expect(session).not.toHaveProperty('nextStep');
    const { body } = await at.network.browser().open(session.uri);
    expect(body).toEqual({
      scenario: 'VERIFY',
      issuerName: 'Test Bank',
      documents: at.network.running.network.config.documents,
      returnTo: 'http://shop.localhost:4002/payments/callback?state=abc',
      display: {
        clientName: 'Test Shop',
        locale: 'en-US',
        accounts: [
          { kind: 'CARD', masked: `•••• ${pan.slice(-4)}` },
          { kind: 'EMAIL', masked: 'a•••@m•••.example' },
        ],
      },
    });
  });

  test('the documents are there to be read', async () => {
    for (const { uri } of at.network.running.network.config.documents.complianceResources) {
      const response = await fetch(at.network.address + new URL(uri).pathname);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(await response.text()).toContain('<h1>');
    }
  });

  test('the issuer is asked by a signed request, the card in it for the issuer alone', async () => {
    const pan = freshPan();
    const browser = at.network.browser();
    await browser.open((await startCard(pan)).body.uri);
    const { body } = await browser.consent();
    const address = new URL(body.redirect);
    expect(address.origin + address.pathname).toBe('http://bank.localhost:4001/passkeys/verification');
    expect(address.searchParams.get('brand')).toBe('test');
    expect(address.href.length).toBeLessThan(2500);
    const { claims, account } = await at.issuer.read(body.redirect);
    expect(claims).toEqual({
      iss: at.network.publicUrl,
      aud: 'test-bank',
      jti: expect.stringMatching(/^[\w-]{32}$/),
      iat: epochSeconds(START),
      exp: epochSeconds(START) + 300,
      returnUri: at.network.publicUrl + VERIFICATION_PATH,
      merchantName: 'Test Shop',
      lastFour: pan.slice(-4),
      encryptedAccount: expect.any(String),
    });
    expect(account).toEqual({ primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' });
  });

  test('the consent is recorded: what was shown, in which language, and when', async () => {
    const browser = at.network.browser();
    const { body: session } = await startCard(freshPan());
    await browser.open(session.uri);
    await browser.consent({ language: 'ar', statement: 'بالمتابعة، أنت توافق.' });
    const { rows } = await pool().query('SELECT * FROM consent_record WHERE session_id = $1', [
      session.authenticationSessionId,
    ]);
    expect(rows).toEqual([
      {
        session_id: session.authenticationSessionId,
        accepted_at: START,
        client_id: 'test-shop',
        language: 'ar',
        statement: 'بالمتابعة، أنت توافق.',
        documents: at.network.running.network.config.documents,
      },
    ]);
  });

  test('confirmed: the passkey is made (2A), the callback says ENROLLED, and the merchant gets its bindingId', async () => {
    const left = await leave();
    const { body: opened } = await comeBack(left);
    expect(opened.scenario).toBe('CREATE');
    const { body } = await left.browser.result(left.browser.answer(opened));
    expect(body.redirect).toMatch(/[?&]status=ENROLLED&proofOfAuthentication=/);
    const bound = await at.shop.bind({ ...handles(left), proofOfAuthentication: proofOf(body.redirect) });
    expect([bound.status, bound.body]).toEqual([
      201,
      { credentialId: expect.any(String), bindingId: expect.any(String), srcCorrelationId: expect.any(String) },
    ]);
    const again = await at.shop.bind({ ...handles(left), proofOfAuthentication: proofOf(body.redirect) });
    expect([again.status, again.body]).toEqual([200, bound.body]);
    expect(await rowOf(left.id)).toMatchObject({
      state: 'bound',
      accounts: null,
      verification: { method: 'OTP', verifiedAt: START.toISOString() },
    });
    const { body: payment } = await startRegistering(left.pan);
    expect(payment.nextStep).toBe('AUTHENTICATE');
  });

  test('confirmed on a device that has a passkey: it is used (2B)', async () => {
    const browser = await enrolAtBank(at, freshPan());
    const left = await leave(startCard, freshPan(), browser);
    const { body: opened } = await comeBack(left);
    expect(opened.scenario).toBe('USE');
    const { body } = await browser.result(browser.answer(opened));
    expect(body.redirect).toContain('status=ENROLLED');
    expect((await at.shop.bind({ ...handles(left), proofOfAuthentication: proofOf(body.redirect) })).status).toBe(201);
  });

  test('the same passkey with two cards at one shop: a bindingId for each card, and the same again for the same card', async () => {
    const browser = at.network.browser();
    const [one, other] = [freshPan(), freshPan()];
    const ids: string[] = [];
    for (const pan of [one, other, one]) {
      const left = await leave(startCard, pan, browser);
      const { body: opened } = await comeBack(left);
      const { body } = await browser.result(browser.answer(opened));
      ids.push(
        (await at.shop.bind({ ...handles(left), proofOfAuthentication: proofOf(body.redirect) })).body.bindingId,
      );
    }
    expect(browser.authenticator.credentials).toHaveLength(1);
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]).not.toBe(ids[1]);
    const info = buildPaymentInfo({ transaction: buildTransaction() });
    const { body } = await startPayment(at.shop, { ...info, accountReferences: undefined, bindingId: ids[1] });
    expect(body).toMatchObject({
      nextStep: 'AUTHENTICATE',
      securePaymentConfirmation: { instrument: { displayName: `•••• ${other.slice(-4)}` } },
    });
  });
});

describe('checkout that registers on the way', () => {
  test('verified, passkey made and bound, payment approved: AUTHENTICATED, and never ENROLLED', async () => {
    const left = await leave(startRegistering);
    const { body: creating } = await comeBack(left);
    expect(creating).toMatchObject({ scenario: 'CREATE', display: { payment: { amount: '12.34' } } });
    const credential = left.browser.answer(creating);
    const made = await left.browser.result(credential);
    expect(made.body).toEqual({ reopen: true });
    expect(await rowOf(left.id)).toMatchObject({ state: 'registered', proof_hash: null });
    // A repeated result gets the same answer, and approves nothing.
    expect((await left.browser.result(credential)).body).toEqual({ reopen: true });
    const { body: paying } = await left.browser.open(left.session.uri);
    expect(paying.scenario).toBe('PAY');
    const { body } = await left.browser.result(left.browser.answer(paying));
    expect(body.redirect).toContain('status=AUTHENTICATED');
    const claims = JSON.parse(Buffer.from(proofOf(body.redirect).split('.')[1] ?? '', 'base64url').toString());
    const { bindingId, cardholderVerification } = readPaymentClaims(claims) ?? {};
    expect(cardholderVerification).toEqual((await rowOf(left.id))?.verification);
    expect(cardholderVerification?.method).toBe('OTP');
    expect(body.redirect.length).toBeLessThan(2000);
    const { rows } = await pool().query('SELECT card_last_four FROM binding WHERE binding_id = $1', [bindingId]);
    expect(rows).toEqual([{ card_last_four: left.pan.slice(-4) }]);
    expect(await rowOf(left.id)).toMatchObject({ state: 'approved', accounts: null });
  });

  test('the passkey made 16 times at once: one passkey, one binding', async () => {
    const left = await leave(startRegistering);
    const { body: creating } = await comeBack(left);
    const credential = left.browser.answer(creating);
    const before = [await count('passkey'), await count('binding')];
    const answers = await Promise.all(Array.from({ length: 16 }, () => left.browser.result(credential)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).toEqual(new Set(['{"reopen":true}']));
    expect([await count('passkey'), await count('binding')]).toEqual(before.map((n) => n + 1));
  });

  test('"Not now" after the passkey is made: it is whole and bound, the order unpaid, and can be paid with it', async () => {
    const left = await leave(startRegistering);
    const { body: creating } = await comeBack(left);
    await left.browser.result(left.browser.answer(creating));
    await left.browser.open(left.session.uri);
    expect((await left.browser.end('USER_CANCELLATION')).body.redirect).toContain('reason=USER_CANCELLATION');
    expect((await startRegistering(left.pan)).body.nextStep).toBe('AUTHENTICATE');
  });

  test('with the passkey of this device (2B), then the payment', async () => {
    const browser = await enrolAtBank(at, freshPan());
    const left = await leave(startRegistering, freshPan(), browser);
    const { body: using } = await comeBack(left);
    expect(using.scenario).toBe('USE');
    expect((await browser.result(browser.answer(using))).body).toEqual({ reopen: true });
    const { body: paying } = await browser.open(left.session.uri);
    expect((await browser.result(browser.answer(paying))).body.redirect).toContain('status=AUTHENTICATED');
  });
});

describe('an answer counts in the browser that left, and nowhere else', () => {
  test('someone starts "add card" with another’s card and sends them the bank’s link: nothing comes of it in either browser', async () => {
    const attack = await leave();
    const victim = at.network.browser();
    const before = await rowOf(attack.id);
    // The cardholder confirms at the bank, in their own browser.
    const answer = await at.issuer.answer(attack.requestId);
    const location = await follow(victim, answer);
    expect(await rowOf(attack.id)).toEqual(before);
    // The victim's page opens nothing, and returns to the shop with a failure.
    const opened = await victim.open(location);
    expect([opened.status, opened.body.returnTo]).toEqual([
      401,
      'http://shop.localhost:4002/payments/callback?state=abc',
    ]);
    expect(location).not.toContain(new URL(answer).searchParams.get('response'));
    // In the attacker's browser the session still waits: a passkey is neither offered nor accepted.
    const { body } = await attack.browser.open(attack.session.uri);
    expect(body.scenario).toBe('VERIFY');
    expect((await rowOf(attack.id)).verified_at).toBeNull();
  });

  test('likewise at a checkout that registers on the way', async () => {
    const attack = await leave(startRegistering);
    await follow(at.network.browser(), await at.issuer.answer(attack.requestId));
    expect((await rowOf(attack.id)).state).toBe('verifying');
    expect((await attack.browser.open(attack.session.uri)).body.scenario).toBe('VERIFY');
  });

  test('likewise in a browser that has a session of its own with the same issuer', async () => {
    const attack = await leave();
    const victim = await enrolAtBank(at, freshPan());
    await follow(victim, await at.issuer.answer(attack.requestId));
    expect((await rowOf(attack.id)).state).toBe('verifying');
  });

  test('no passkey of the attacker’s is taken before the answer, whatever the ceremony', async () => {
    const { browser, id } = await leave();
    const { body: enrolment } = await at.network.client.startSession({
      info: { accountReferences: cardOf(freshPan()) },
    });
    const { body: offer } = await at.network.browser().open(enrolment.uri);
    const credential = browser.answer(offer);
    const refused = await browser.result(credential);
    expect([refused.status, reason(refused)]).toEqual([401, 'ACCESS_DENIED']);
    expect((await rowOf(id)).passkey_id).toBeNull();
  });
});

describe('an e-mail address that somebody types in at a shop', () => {
  const withEmail = (pan: string) =>
    startInstrument(
      at.shop,
      buildInstrumentInfo({ accountReferences: { ...cardOf(pan), emailAddresses: ['avery@mail.example'] } }),
    );

  test('tells nothing about the passkeys of its owner, not even once the card is verified', async () => {
    await enrolAtBank(at, freshPan()); // with the same e-mail address
    const { body } = await comeBack(await leave(withEmail));
    expect(body.scenario).toBe('CREATE');
    expect(body).not.toHaveProperty('alternative');
    expect(body.options.excludeCredentials).toEqual([]);
  });

  test('and what was bound with it there is not found by an issuer’s session for its owner', async () => {
    const left = await leave((pan) =>
      startInstrument(
        at.shop,
        buildInstrumentInfo({ accountReferences: { ...cardOf(pan), emailAddresses: ['blake@mail.example'] } }),
      ),
    );
    const { body: opened } = await comeBack(left);
    const { body } = await left.browser.result(left.browser.answer(opened));
    expect((await at.shop.bind({ ...handles(left), proofOfAuthentication: proofOf(body.redirect) })).status).toBe(201);
    const accountReferences = { ...cardOf(freshPan()), emailAddresses: ['blake@mail.example'] };
    const { body: session } = await at.network.client.startSession({ info: { accountReferences } });
    const { body: offer } = await at.network.browser().open(session.uri);
    expect(offer).not.toHaveProperty('alternative');
    expect(offer.options.excludeCredentials).toEqual([]);
  });
});

describe('the consent', () => {
  test.each([
    ['without a language', { language: undefined }],
    ['in no language', { language: 'not a language' }],
    ['of nothing', { statement: '' }],
    ['of too much', { statement: 'x'.repeat(1001) }],
  ])('%s is none', async (_, changes) => {
    const browser = at.network.browser();
    const { body: session } = await startCard(freshPan());
    await browser.open(session.uri);
    expect((await browser.consent(changes)).status).toBe(400);
    expect((await rowOf(session.authenticationSessionId)).state).toBe('opened');
  });

  test('is taken from the page alone, and for a session that waits for it', async () => {
    expect((await at.network.browser().consent()).status).toBe(401);
    const browser = await enrolAtBank(at, freshPan());
    expect((await browser.consent()).status).toBe(401);
    const left = await leave();
    const { status } = await left.browser.post(
      '/auth/passkeys/consent',
      { language: 'en', statement: 'x' },
      { origin: 'https://other.example' },
    );
    expect(status).toBe(403);
    await comeBack(left);
    expect((await left.browser.consent()).status).toBe(401);
  });
});
