/** The end of a payment: the return from the network (contract §9), and the report of a confirmation (contract §10). */
import { hash } from 'node:crypto';
import { generateSigningKey } from '@payment-passkeys/channel';
import { addSeconds, PENDING_ENROLMENT_SECONDS, PROOF_SECONDS, REASONS } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { ADVICE } from '../src/server/index.ts';
import { refuse } from '../src/testing/index.ts';
import { buildStart, codeOf, ignoredAs, openShop, SAVED, SHOP, START } from './merchant.fixture.ts';

const at = openShop();

describe('completePayment', () => {
  test('AUTHENTICATED, with the assurance data of contract §9, and the card to save', async () => {
    const { url, browser, proof, clientSessionId } = await at.leaveAndApprove();
    expect(await at.merchant.completePayment({ url, browser, shopperId: 'shopper-1' })).toEqual({
      status: 'AUTHENTICATED',
      again: false,
      payment: {
        clientSessionId,
        shopperId: 'shopper-1',
        startedAt: START,
        orderId: 'order-1',
        amount: '12.34',
        currency: 'USD',
        merchantOrigin: SHOP,
      },
      card: SAVED,
      authenticatedAt: START,
      assuranceData: {
        verificationData: [
          {
            verificationType: 'CARDHOLDER',
            verificationEntity: '02',
            verificationMethod: '07',
            verificationResults: '01',
            verificationTimestamp: '2026-11-24T10:00:00.000Z',
            verificationEvents: ['01'],
            additionalData: proof,
          },
        ],
      },
      advice: 'NONE',
    });
  });

  test("a payment that registered on the way hands on the issuer's verification too, also on a reload, with the brand's indicator", async () => {
    const merchant = at.merchantOn({ eci: { MASTERCARD: '02' } });
    const { cookie } = await at.startPayment();
    const cardholderVerification = { method: 'OTP', verifiedAt: '2026-11-24T09:59:00.000Z' } as const;
    const url = at.network.callback({ proof: await at.network.issueProof({ claims: { cardholderVerification } }) });
    const complete = () => merchant.completePayment({ url, browser: cookie.value, shopperId: 'shopper-1' });
    const assuranceData = {
      verificationData: [
        {
          verificationEntity: '03',
          verificationMethod: '04',
          verificationEvents: ['02'],
          verificationTimestamp: '2026-11-24T09:59:00.000Z',
        },
        { verificationEntity: '02', verificationMethod: '07', verificationEvents: ['01'] },
      ],
      eci: '02',
    };
    expect(await complete()).toMatchObject({ status: 'AUTHENTICATED', again: false, assuranceData });
    expect(await complete()).toMatchObject({ status: 'AUTHENTICATED', again: true, assuranceData });
    await merchant.close();
  });

  test.each([
    ['another order', { orderId: 'order-2' }, 'OTHER_SUBJECT'],
    ['another amount', { transactionAmount: '12.35' }, 'OTHER_SUBJECT'],
    ['another currency', { transactionCurrencyCode: 'EUR' }, 'OTHER_SUBJECT'],
    ['another merchant', { merchantOrigin: 'https://shop.example' }, 'OTHER_SUBJECT'],
    ['another card', { panLastFour: '5100' }, 'OTHER_SUBJECT'],
    ['another session', { clientSessionId: '86bd4a91-0000-4000-8000-000000000000' }, 'OTHER_SUBJECT'],
    ['an enrolment', { authenticationReasons: ['ENROL_FINANCIAL_INSTRUMENT' as const] }, 'OTHER_SUBJECT'],
    ['another issuer', { iss: 'http://elsewhere.localhost' }, 'ISSUER'],
    ['another audience', { aud: 'http://elsewhere.localhost' }, 'AUDIENCE'],
  ])('a genuine proof of %s spends nothing, and the outcome says why', async (_title, claims, proofRefusal) => {
    const { cookie } = await at.startPayment();
    const url = at.network.callback({ proof: await at.network.issueProof({ claims }) });
    const misconfigured = proofRefusal === 'ISSUER' || proofRefusal === 'AUDIENCE';
    const proofAudience = { expected: at.network.audience, found: 'http://elsewhere.localhost' };
    expect(await at.merchant.completePayment({ url, browser: cookie.value })).toEqual({
      ...ignoredAs('PROOF_REFUSED'),
      proofRefusal,
      ...(proofRefusal === 'AUDIENCE' && { proofAudience }),
      ...(misconfigured && { advice: 'CONTACT_US' }),
    });
    expect(await at.spentRows()).toBe(0);
  });

  test('a proof without the payment’s claims, one signed by another key, and one that is too old spend nothing', async () => {
    const { cookie } = await at.startPayment();
    const browser = cookie.value;
    const foreign = await at.network.issueProof({ key: { ...(await generateSigningKey()), kid: 'sig-x' } });
    const url = at.network.callback({ proof: foreign });
    const refusedAs = (proofRefusal: string) => ({ ...ignoredAs('PROOF_REFUSED'), proofRefusal });
    expect(await at.merchant.completePayment({ url, browser })).toEqual(refusedAs('UNKNOWN_KEY'));
    const old = at.network.callback({ proof: await at.network.issueProof() });
    at.now = addSeconds(START, PROOF_SECONDS);
    expect(await at.merchant.completePayment({ url: old, browser })).toEqual(refusedAs('EXPIRED'));
    expect(await at.spentRows()).toBe(0);
  });

  test('a return belongs to the browser that left: without its cookie, or with another, nothing changes', async () => {
    const { url, browser } = await at.leaveAndApprove();
    const other = (await at.startPayment({ order: { ...buildStart().order, orderId: 'order-2' } })).cookie.value;
    for (const stranger of [undefined, other, 'short']) {
      expect(await at.merchant.completePayment({ url, browser: stranger })).toEqual(ignoredAs('OTHER_BROWSER'));
    }
    expect(await at.spentRows()).toBe(0);
    expect(await at.merchant.completePayment({ url, browser })).toMatchObject({
      status: 'AUTHENTICATED',
      again: false,
    });
  });

  test('somebody else who is signed in gets nothing', async () => {
    const { url, browser } = await at.leaveAndApprove();
    const outcome = await at.merchant.completePayment({ url, browser, shopperId: 'shopper-2' });
    expect(outcome).toEqual(ignoredAs('OTHER_SHOPPER'));
  });

  test('the same callback again gives the same outcome, once and only once as the first', async () => {
    const { url, browser, proof } = await at.leaveAndApprove();
    const first = await at.merchant.completePayment({ url, browser });
    at.now = addSeconds(START, 3600);
    const second = await at.merchant.completePayment({ url, browser });
    expect(second).toEqual({ ...first, again: true });
    const failure = at.network.callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' });
    const third = await at.merchant.completePayment({ url: failure, browser });
    expect(third).toMatchObject({ status: 'AUTHENTICATED', again: true });
    expect(JSON.stringify(third)).not.toContain(proof);
  });

  test('many completions of one payment at once: one winner', async () => {
    const { url, browser } = await at.leaveAndApprove();
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => at.merchant.completePayment({ url, browser })));
    expect(outcomes.every(({ status }) => status === 'AUTHENTICATED')).toBe(true);
    expect(outcomes.filter((outcome) => 'again' in outcome && !outcome.again)).toHaveLength(1);
    expect(await at.spentRows()).toBe(1);
  });

  test('many payments of one order, all approved at once: one winner, the others are told so', async () => {
    const approved = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const started = await at.startPayment();
        const session = at.network.sessions.find(({ clientSessionId }) => clientSessionId === started.clientSessionId);
        const proof = await at.network.issueProof({ session });
        return { url: at.network.callback({ proof }, session), browser: started.cookie.value };
      }),
    );
    const outcomes = await Promise.all(approved.map((arrived) => at.merchant.completePayment(arrived)));
    expect(outcomes.filter(({ status }) => status === 'AUTHENTICATED')).toHaveLength(1);
    expect(
      outcomes.filter((outcome) => 'because' in outcome && outcome.because === 'ORDER_ALREADY_APPROVED'),
    ).toHaveLength(15);
    expect(await at.spentRows()).toBe(1);
  });

  test.each(REASONS)('the failure %s is shown with advice, and ends nothing', async (reason) => {
    const { url, browser } = await at.leaveAndApprove();
    const status = reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR';
    const failed = await at.merchant.completePayment({ url: at.network.callback({ status, reason }), browser });
    expect(failed).toMatchObject({ status, reason, payment: { orderId: 'order-1' }, advice: ADVICE.reasons[reason] });
    expect(await at.merchant.completePayment({ url, browser })).toMatchObject({ status: 'AUTHENTICATED' });
  });

  test('a passkey that did not answer is perhaps on another device: after one such failure the advice is STEP_UP', async () => {
    const { browser } = await at.leaveAndApprove();
    const url = at.network.callback({ status: 'ERROR', reason: 'CREDENTIALS_NOT_VERIFIED' });
    expect(await at.merchant.completePayment({ url, browser })).toMatchObject({ advice: 'STEP_UP' });
  });

  test('after 35 minutes it is over; a state that nobody knows, and a callback that is none, change nothing', async () => {
    const { url, browser } = await at.leaveAndApprove();
    at.now = addSeconds(START, PENDING_ENROLMENT_SECONDS);
    expect(await at.merchant.completePayment({ url, browser })).toEqual(ignoredAs('EXPIRED'));
    const unknown = url.replace(/state=[\w-]{43}/, `state=${'A'.repeat(43)}`);
    expect(await at.merchant.completePayment({ url: unknown, browser })).toEqual(ignoredAs('UNKNOWN'));
    for (const malformed of [`${SHOP}/payments/callback`, `${url}&state=${'A'.repeat(43)}`, `${url}&status=ERROR`]) {
      expect(await at.merchant.completePayment({ url: malformed, browser })).toEqual(ignoredAs('MALFORMED'));
    }
    const enrolled = url.replace('AUTHENTICATED', 'ENROLLED');
    expect(await at.merchant.completePayment({ url: enrolled, browser })).toEqual(ignoredAs('MALFORMED'));
  });

  test('the store holds hashes of state, cookie and proof, and none of them', async () => {
    const { url, browser, proof } = await at.leaveAndApprove();
    await at.merchant.completePayment({ url, browser });
    const state = new URL(url).searchParams.get('state') ?? '';
    const { rows } = await at.database.pool.query('SELECT * FROM payment_passkey_payment');
    expect(rows[0]).toMatchObject({
      state_hash: hash('sha256', state),
      browser_hash: hash('sha256', browser),
      proof_hash: hash('sha256', proof),
    });
    const text = JSON.stringify(rows);
    for (const secret of [state, browser, proof]) expect(text).not.toContain(secret);
  });

  test('a store that fails is STORE_UNAVAILABLE, and the reload completes', async () => {
    const { url, browser } = await at.leaveAndApprove();
    const broken = at.merchantOn({
      store: { ...at.store, spendProof: () => Promise.reject(new Error('gone')) },
    });
    expect(await codeOf(broken.completePayment({ url, browser }))).toBe('STORE_UNAVAILABLE');
    await broken.close();
    expect(await at.merchant.completePayment({ url, browser })).toMatchObject({
      status: 'AUTHENTICATED',
      again: false,
    });
  });
});

describe('reportConfirmation', () => {
  const credential = {
    id: 'AAAA',
    rawId: 'AAAA',
    type: 'public-key',
    response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
  };
  const accepted = { outcome: 'ACCEPTED', credential };

  test('ACCEPTED is AUTHENTICATED, spent once, with assurance data', async () => {
    const { clientSessionId, cookie } = await at.startPayment();
    const report = { clientSessionId, report: accepted, browser: cookie.value, shopperId: 'shopper-1' };
    expect(await at.merchant.reportConfirmation(report)).toMatchObject({
      status: 'AUTHENTICATED',
      again: false,
      assuranceData: { verificationData: [{ verificationMethod: '07' }] },
    });
    expect(await at.merchant.reportConfirmation(report)).toMatchObject({ status: 'AUTHENTICATED', again: true });
    expect(await at.spentRows()).toBe(1);
  });

  test.each([
    ['ANOTHER_WAY', { status: 'REDIRECT' }],
    ['OPTED_OUT', { status: 'REDIRECT' }],
    ['ABORTED', { status: 'CANCELLED', reason: 'USER_CANCELLATION' }],
  ])('%s', async (outcome, expected) => {
    const { clientSessionId, cookie } = await at.startPayment();
    const report = { clientSessionId, report: { outcome }, browser: cookie.value };
    expect(await at.merchant.reportConfirmation(report)).toMatchObject(expected);
    expect(await at.spentRows()).toBe(0);
  });

  test.each([
    'PAYMENT_TYPE_MISMATCH',
    'PAYMENT_CHALLENGE_MISMATCH',
    'PAYMENT_CREDENTIAL_MISMATCH',
    'PAYMENT_ORIGIN_MISMATCH',
    'PAYMENT_RELYING_PARTY_MISMATCH',
    'PAYMENT_PAYEE_MISMATCH',
    'PAYMENT_TOTAL_MISMATCH',
    'PAYMENT_INSTRUMENT_MISMATCH',
    'CREDENTIAL_REFUSED',
    'SESSION_OVER',
  ] as const)('the network’s %s is REFUSED, by its name', async (code) => {
    const { clientSessionId, cookie } = await at.startPayment();
    at.network.answerWith('/assertion', refuse(code));
    const outcome = await at.merchant.reportConfirmation({ clientSessionId, report: accepted, browser: cookie.value });
    expect(outcome).toMatchObject({ status: 'REFUSED', because: code, payment: { orderId: 'order-1' } });
    expect(await at.spentRows()).toBe(0);
  });

  test('CONFIRMATION_NOT_OFFERED means the redirect', async () => {
    const { clientSessionId, cookie } = await at.startPayment();
    at.network.answerWith('/assertion', refuse('CONFIRMATION_NOT_OFFERED'));
    const report = { clientSessionId, report: accepted, browser: cookie.value };
    expect(await at.merchant.reportConfirmation(report)).toEqual({ status: 'REDIRECT' });
  });

  test.each([
    ['another browser', { browser: 'A'.repeat(43) }, 'OTHER_BROWSER'],
    ['another shopper', { shopperId: 'shopper-2' }, 'OTHER_SHOPPER'],
    ['a session that nobody knows', { clientSessionId: '86bd4a91-0000-4000-8000-000000000000' }, 'UNKNOWN'],
    ['no UUID', { clientSessionId: "' OR 1=1" }, 'MALFORMED'],
    ['no report', { report: undefined }, 'MALFORMED'],
    ['an outcome of its own', { report: { outcome: 'AUTHENTICATED' } }, 'MALFORMED'],
    ['no credential', { report: { outcome: 'ACCEPTED' } }, 'MALFORMED'],
  ] as const)('%s is ignored, and the network is not told', async (_title, changes, because) => {
    const { clientSessionId, cookie } = await at.startPayment();
    const before = at.network.calls.length;
    const report = { clientSessionId, report: accepted, browser: cookie.value, ...changes };
    expect(await at.merchant.reportConfirmation(report)).toEqual(ignoredAs(because));
    expect(at.network.calls.length).toBe(before);
  });
});
