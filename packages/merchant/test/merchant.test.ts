/** Contract §9 to §11 from the shop's side: the kit on a real PostgreSQL, against a network that verifies, decrypts and signs for real. */
import { hash } from 'node:crypto';
import { generateSigningKey } from '@payment-passkeys/channel';
import {
  addSeconds,
  PENDING_ENROLMENT_SECONDS,
  PROOF_SECONDS,
  REASONS,
  SESSIONS_PATH,
} from '@payment-passkeys/protocol';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ADVICE,
  type CardStart,
  createMerchant,
  createPostgresMerchantStore,
  type IgnoredBecause,
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
  type Merchant,
  MerchantError,
  type MerchantEvent,
  type MerchantStore,
  type OnEvent,
  type PaymentStart,
  type StartedPayment,
} from '../src/server/index.ts';
import { type NetworkDouble, refuse, startNetworkDouble } from '../src/testing/index.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const SAVED = { bindingId: 'binding-1', brand: 'MASTERCARD', lastFour: '4444' } as const;
const TYPED = { primaryAccountNumber: '5555 5555 5555 4444', panExpirationMonth: '12', panExpirationYear: '2030' };

let now = START;
const clock = () => now;
let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
let store: MerchantStore;
let merchant: Merchant;
let events: MerchantEvent[] = [];

function merchantOn(
  changes: { readonly store?: MerchantStore; readonly audience?: string; readonly onEvent?: OnEvent } = {},
): Merchant {
  const { url, audience, client } = network;
  return createMerchant({
    ...client,
    network: { url, audience: changes.audience ?? audience },
    callbackOrigins: [SHOP],
    store: changes.store ?? store,
    onEvent: changes.onEvent ?? ((event) => void events.push(event)),
    clock,
    timers: { wait: async () => {}, timeout: (milliseconds) => AbortSignal.timeout(milliseconds) },
  });
}

function buildStart(changes: Partial<PaymentStart> = {}): PaymentStart {
  return {
    order: { orderId: 'order-1', amount: '12.34', currency: 'USD', merchantName: 'Tidewick', merchantOrigin: SHOP },
    card: SAVED,
    shopperId: 'shopper-1',
    callbackUri: `${SHOP}/payments/callback`,
    locale: 'en-US',
    ...changes,
  };
}

const cardStart: CardStart = { card: TYPED, shopperId: 'shopper-1', callbackUri: `${SHOP}/cards/callback` };

async function startPayment(changes: Partial<PaymentStart> = {}): Promise<StartedPayment> {
  const started = await merchant.startPayment(buildStart(changes));
  if (started.nextStep === 'STEP_UP') throw new Error('The double answered STEP_UP.');
  return started;
}

/** A payment whose cardholder is at the network, and has just approved it there. */
async function leaveAndApprove(changes: Partial<PaymentStart> = {}) {
  const started = await startPayment(changes);
  const proof = await network.issueProof();
  return { ...started, proof, browser: started.cookie.value, url: network.callback({ proof }) };
}

function ignoredAs(because: IgnoredBecause) {
  return { status: 'IGNORED', because, advice: ADVICE.ignored[because] };
}

function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'RESOLVED',
    (error: unknown) => (error instanceof MerchantError ? error.code : error),
  );
}

async function spentRows(): Promise<number> {
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS n FROM payment_passkey_payment WHERE proof_hash IS NOT NULL',
  );
  return rows[0].n;
}

beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 32 });
  await database.pool.query(MERCHANT_MIGRATION + MERCHANT_ORDER_MIGRATION + MERCHANT_TRACE_MIGRATION);
  network = await startNetworkDouble({ clock });
});

afterAll(async () => {
  await network.stop();
  await database.close();
});

beforeEach(async () => {
  now = START;
  events = [];
  network.nextStep = 'AUTHENTICATE';
  for (const ending of [SESSIONS_PATH, '/assertion', '/authenticators']) network.answerWith(ending, undefined);
  await database.pool.query('TRUNCATE payment_passkey_payment, payment_passkey_card_enrolment');
  store = createPostgresMerchantStore(database.pool);
  merchant = merchantOn();
  return () => merchant.close();
});

describe('startPayment', () => {
  test('says to the network what is to be paid, where, and with which card: signed and encrypted', async () => {
    const started = await startPayment();
    expect(started).toMatchObject({ nextStep: 'AUTHENTICATE' });
    expect(network.sessions.at(-1)).toMatchObject({
      reason: 'TRANSACTION_AUTHENTICATION',
      info: {
        bindingId: 'binding-1',
        transaction: {
          transactionAmount: { transactionAmount: '12.34', transactionCurrencyCode: 'USD' },
          merchantName: 'Tidewick',
          merchantOrigin: SHOP,
          orderId: 'order-1',
        },
        callbackUri: expect.stringMatching(/^http:\/\/shop\.localhost:4002\/payments\/callback\?state=[\w-]{43}$/),
      },
    });
    expect(new URL(started.redirect).origin).toBe(network.url);
  });

  test.each([
    ['th-TH-u-nu-thai-x-lvariant-TH', 'th-TH'],
    ['en_US', undefined],
    ['', undefined],
  ])('a locale is a hint, and refuses nothing: %j is sent as %j', async (locale, sent) => {
    await startPayment({ locale });
    expect(Object(network.sessions.at(-1)?.info).locale).toBe(sent);
    await merchant.startCardEnrolment({ ...cardStart, locale });
    expect(Object(network.sessions.at(-1)?.info).locale).toBe(sent);
  });

  test('a card number that was typed with spaces goes encrypted, and is in no table', async () => {
    await startPayment({ card: TYPED });
    expect(network.sessions.at(-1)?.info.accountReferences?.cards?.[0]?.primaryAccountNumber).toBe('5555555555554444');
    expect(network.calls.map(({ body }) => body).join()).not.toContain('5555555555554444');
    const { rows } = await database.pool.query('SELECT * FROM payment_passkey_payment');
    expect(rows[0]).toMatchObject({ brand: 'MASTERCARD', last_four: '4444' });
    expect(JSON.stringify(rows)).not.toMatch(/5555\s?5555\s?5555\s?4444/);
  });

  test('STEP_UP keeps nothing, and sets no cookie', async () => {
    network.nextStep = 'STEP_UP';
    expect(await merchant.startPayment(buildStart())).toEqual({ nextStep: 'STEP_UP' });
    expect((await database.pool.query('SELECT 1 FROM payment_passkey_payment')).rows).toEqual([]);
  });

  test('REGISTER is handed on', async () => {
    network.nextStep = 'REGISTER';
    expect(await startPayment({ card: TYPED })).toMatchObject({ nextStep: 'REGISTER' });
  });

  test.each([
    [
      'an amount without the digits of its currency',
      { order: { ...buildStart().order, amount: '12.3' } },
      'INVALID_PAYMENT',
    ],
    ['a currency that is none', { order: { ...buildStart().order, currency: 'XXX' } }, 'INVALID_PAYMENT'],
    ['an order number with a space', { order: { ...buildStart().order, orderId: 'order 1' } }, 'INVALID_PAYMENT'],
    ['an origin with a path', { order: { ...buildStart().order, merchantOrigin: `${SHOP}/` } }, 'INVALID_PAYMENT'],
    ['a card number that fails Luhn', { card: { ...TYPED, primaryAccountNumber: '5555555555554445' } }, 'INVALID_CARD'],
    ['a card that has expired', { card: { ...TYPED, panExpirationYear: '2025' } }, 'INVALID_CARD'],
    ['no card number at all', { card: { ...TYPED, primaryAccountNumber: 'none' } }, 'INVALID_CARD'],
  ])('%s is refused before the network is asked, and its value is in no message', async (_title, changes, code) => {
    const before = network.calls.length;
    const error: unknown = await merchant.startPayment(buildStart(changes)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toMatch(/4444|4445|12\.3\b/);
    expect(network.calls.length).toBe(before);
  });

  test('a callback of another origin is refused', async () => {
    const start = buildStart({ callbackUri: 'http://other.localhost:4002/callback' });
    expect(await codeOf(merchant.startPayment(start))).toBe('CALLBACK_NOT_ALLOWED');
  });

  describe('an order that the network says is approved: ORDER_ALREADY_APPROVED, with what has become of it', () => {
    const startAgain = async (): Promise<unknown> => {
      network.answerWith(SESSIONS_PATH, refuse('ORDER_ALREADY_APPROVED'));
      return merchant.startPayment(buildStart()).catch((error: unknown) => error);
    };
    const approved = { name: 'MerchantError', code: 'ORDER_ALREADY_APPROVED' };

    test('SPENT: the shop has been told of it', async () => {
      const { url, browser } = await leaveAndApprove();
      await merchant.completePayment({ url, browser });
      expect(await startAgain()).toMatchObject({
        ...approved,
        earlierApproval: 'SPENT',
        retryAfterSeconds: undefined,
        refusal: { reason: 'ORDER_ALREADY_APPROVED' },
      });
    });

    test('AWAITED while its proof may still arrive, and for how long', async () => {
      const { url, browser } = await leaveAndApprove();
      now = addSeconds(START, 600);
      expect(await startAgain()).toMatchObject({
        ...approved,
        earlierApproval: 'AWAITED',
        retryAfterSeconds: PENDING_ENROLMENT_SECONDS - 600,
      });
      expect(await merchant.completePayment({ url, browser })).toMatchObject({ status: 'AUTHENTICATED' });
      expect(await startAgain()).toMatchObject({ earlierApproval: 'SPENT' });
    });

    test('LOST from the moment on at which its callback is worth nothing: another orderId cannot be joined by it', async () => {
      const { url, browser } = await leaveAndApprove();
      now = addSeconds(START, PENDING_ENROLMENT_SECONDS - 1);
      expect(await startAgain()).toMatchObject({ earlierApproval: 'AWAITED', retryAfterSeconds: 1 });
      now = addSeconds(START, PENDING_ENROLMENT_SECONDS);
      expect(await startAgain()).toMatchObject({ ...approved, earlierApproval: 'LOST', retryAfterSeconds: undefined });
      expect(await merchant.completePayment({ url, browser })).toEqual(ignoredAs('EXPIRED'));
      expect(await spentRows()).toBe(0);
    });

    test('LOST where nothing is known of it', async () => {
      expect(await startAgain()).toMatchObject({ ...approved, earlierApproval: 'LOST' });
    });

    test('of several attempts the one that was spent counts, else the last', async () => {
      const first = await leaveAndApprove();
      now = addSeconds(START, 300);
      await startPayment();
      expect(await startAgain()).toMatchObject({ retryAfterSeconds: PENDING_ENROLMENT_SECONDS });
      now = START;
      await merchant.completePayment({ url: first.url, browser: first.browser });
      expect(await startAgain()).toMatchObject({ earlierApproval: 'SPENT' });
    });
  });

  test.each([
    ['no next step', {}],
    ['STEP_UP with an address', { nextStep: 'STEP_UP', uri: 'http://verify.localhost/' }],
    [
      'an address elsewhere',
      { nextStep: 'AUTHENTICATE', uri: 'http://elsewhere.localhost/auth/passkeys?clientId=shop' },
    ],
  ])('a network that answers %s is not gone to', async (_title, part) => {
    const body = {
      authenticationSessionId: 'S'.repeat(32),
      clientSessionId: '86bd4a91-0000-4000-8000-000000000000',
      expiresAt: START.toISOString(),
      srcCorrelationId: 'c',
      ...part,
    };
    network.answerWith(SESSIONS_PATH, { status: 201, body });
    expect(await codeOf(merchant.startPayment(buildStart()))).toBe('NETWORK_ANSWER_INVALID');
  });
});

describe('completePayment', () => {
  test('AUTHENTICATED, with the assurance data of contract §9, and the card to save', async () => {
    const { url, browser, proof, clientSessionId } = await leaveAndApprove();
    expect(await merchant.completePayment({ url, browser, shopperId: 'shopper-1' })).toEqual({
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
    const { cookie } = await startPayment();
    const url = network.callback({ proof: await network.issueProof({ claims }) });
    const misconfigured = proofRefusal === 'ISSUER' || proofRefusal === 'AUDIENCE';
    const proofAudience = { expected: network.audience, found: 'http://elsewhere.localhost' };
    expect(await merchant.completePayment({ url, browser: cookie.value })).toEqual({
      ...ignoredAs('PROOF_REFUSED'),
      proofRefusal,
      ...(proofRefusal === 'AUDIENCE' && { proofAudience }),
      ...(misconfigured && { advice: 'CONTACT_US' }),
    });
    expect(await spentRows()).toBe(0);
  });

  test('a proof without the payment’s claims, one signed by another key, and one that is too old spend nothing', async () => {
    const { cookie } = await startPayment();
    const browser = cookie.value;
    const foreign = await network.issueProof({ key: { ...(await generateSigningKey()), kid: 'sig-x' } });
    const url = network.callback({ proof: foreign });
    const refusedAs = (proofRefusal: string) => ({ ...ignoredAs('PROOF_REFUSED'), proofRefusal });
    expect(await merchant.completePayment({ url, browser })).toEqual(refusedAs('UNKNOWN_KEY'));
    const old = network.callback({ proof: await network.issueProof() });
    now = addSeconds(START, PROOF_SECONDS);
    expect(await merchant.completePayment({ url: old, browser })).toEqual(refusedAs('EXPIRED'));
    expect(await spentRows()).toBe(0);
  });

  test('a return belongs to the browser that left: without its cookie, or with another, nothing changes', async () => {
    const { url, browser } = await leaveAndApprove();
    const other = (await startPayment({ order: { ...buildStart().order, orderId: 'order-2' } })).cookie.value;
    for (const stranger of [undefined, other, 'short']) {
      expect(await merchant.completePayment({ url, browser: stranger })).toEqual(ignoredAs('OTHER_BROWSER'));
    }
    expect(await spentRows()).toBe(0);
    expect(await merchant.completePayment({ url, browser })).toMatchObject({ status: 'AUTHENTICATED', again: false });
  });

  test('somebody else who is signed in gets nothing', async () => {
    const { url, browser } = await leaveAndApprove();
    const outcome = await merchant.completePayment({ url, browser, shopperId: 'shopper-2' });
    expect(outcome).toEqual(ignoredAs('OTHER_SHOPPER'));
  });

  test('the same callback again gives the same outcome, once and only once as the first', async () => {
    const { url, browser, proof } = await leaveAndApprove();
    const first = await merchant.completePayment({ url, browser });
    now = addSeconds(START, 3600);
    const second = await merchant.completePayment({ url, browser });
    expect(second).toEqual({ ...first, again: true });
    const failure = network.callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' });
    const third = await merchant.completePayment({ url: failure, browser });
    expect(third).toMatchObject({ status: 'AUTHENTICATED', again: true });
    expect(JSON.stringify(third)).not.toContain(proof);
  });

  test('many completions of one payment at once: one winner', async () => {
    const { url, browser } = await leaveAndApprove();
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => merchant.completePayment({ url, browser })));
    expect(outcomes.every(({ status }) => status === 'AUTHENTICATED')).toBe(true);
    expect(outcomes.filter((outcome) => 'again' in outcome && !outcome.again)).toHaveLength(1);
    expect(await spentRows()).toBe(1);
  });

  test('many payments of one order, all approved at once: one winner, the others are told so', async () => {
    const approved = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const started = await startPayment();
        const session = network.sessions.find(({ clientSessionId }) => clientSessionId === started.clientSessionId);
        const proof = await network.issueProof({ session });
        return { url: network.callback({ proof }, session), browser: started.cookie.value };
      }),
    );
    const outcomes = await Promise.all(approved.map((arrived) => merchant.completePayment(arrived)));
    expect(outcomes.filter(({ status }) => status === 'AUTHENTICATED')).toHaveLength(1);
    expect(
      outcomes.filter((outcome) => 'because' in outcome && outcome.because === 'ORDER_ALREADY_APPROVED'),
    ).toHaveLength(15);
    expect(await spentRows()).toBe(1);
  });

  test.each(REASONS)('the failure %s is shown with advice, and ends nothing', async (reason) => {
    const { url, browser } = await leaveAndApprove();
    const status = reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR';
    const failed = await merchant.completePayment({ url: network.callback({ status, reason }), browser });
    expect(failed).toMatchObject({ status, reason, payment: { orderId: 'order-1' }, advice: ADVICE.reasons[reason] });
    expect(await merchant.completePayment({ url, browser })).toMatchObject({ status: 'AUTHENTICATED' });
  });

  test('a passkey that did not answer is perhaps on another device: after one such failure the advice is STEP_UP', async () => {
    const { browser } = await leaveAndApprove();
    const url = network.callback({ status: 'ERROR', reason: 'CREDENTIALS_NOT_VERIFIED' });
    expect(await merchant.completePayment({ url, browser })).toMatchObject({ advice: 'STEP_UP' });
  });

  test('after 35 minutes it is over; a state that nobody knows, and a callback that is none, change nothing', async () => {
    const { url, browser } = await leaveAndApprove();
    now = addSeconds(START, PENDING_ENROLMENT_SECONDS);
    expect(await merchant.completePayment({ url, browser })).toEqual(ignoredAs('EXPIRED'));
    const unknown = url.replace(/state=[\w-]{43}/, `state=${'A'.repeat(43)}`);
    expect(await merchant.completePayment({ url: unknown, browser })).toEqual(ignoredAs('UNKNOWN'));
    for (const malformed of [`${SHOP}/payments/callback`, `${url}&state=${'A'.repeat(43)}`, `${url}&status=ERROR`]) {
      expect(await merchant.completePayment({ url: malformed, browser })).toEqual(ignoredAs('MALFORMED'));
    }
    const enrolled = url.replace('AUTHENTICATED', 'ENROLLED');
    expect(await merchant.completePayment({ url: enrolled, browser })).toEqual(ignoredAs('MALFORMED'));
  });

  test('the store holds hashes of state, cookie and proof, and none of them', async () => {
    const { url, browser, proof } = await leaveAndApprove();
    await merchant.completePayment({ url, browser });
    const state = new URL(url).searchParams.get('state') ?? '';
    const { rows } = await database.pool.query('SELECT * FROM payment_passkey_payment');
    expect(rows[0]).toMatchObject({
      state_hash: hash('sha256', state),
      browser_hash: hash('sha256', browser),
      proof_hash: hash('sha256', proof),
    });
    const text = JSON.stringify(rows);
    for (const secret of [state, browser, proof]) expect(text).not.toContain(secret);
  });

  test('a store that fails is STORE_UNAVAILABLE, and the reload completes', async () => {
    const { url, browser } = await leaveAndApprove();
    const broken = merchantOn({
      store: { ...store, spendProof: () => Promise.reject(new Error('gone')) },
    });
    expect(await codeOf(broken.completePayment({ url, browser }))).toBe('STORE_UNAVAILABLE');
    await broken.close();
    expect(await merchant.completePayment({ url, browser })).toMatchObject({ status: 'AUTHENTICATED', again: false });
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
    const { clientSessionId, cookie } = await startPayment();
    const report = { clientSessionId, report: accepted, browser: cookie.value, shopperId: 'shopper-1' };
    expect(await merchant.reportConfirmation(report)).toMatchObject({
      status: 'AUTHENTICATED',
      again: false,
      assuranceData: { verificationData: [{ verificationMethod: '07' }] },
    });
    expect(await merchant.reportConfirmation(report)).toMatchObject({ status: 'AUTHENTICATED', again: true });
    expect(await spentRows()).toBe(1);
  });

  test.each([
    ['ANOTHER_WAY', { status: 'REDIRECT' }],
    ['OPTED_OUT', { status: 'REDIRECT' }],
    ['ABORTED', { status: 'CANCELLED', reason: 'USER_CANCELLATION' }],
  ])('%s', async (outcome, expected) => {
    const { clientSessionId, cookie } = await startPayment();
    const report = { clientSessionId, report: { outcome }, browser: cookie.value };
    expect(await merchant.reportConfirmation(report)).toMatchObject(expected);
    expect(await spentRows()).toBe(0);
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
    const { clientSessionId, cookie } = await startPayment();
    network.answerWith('/assertion', refuse(code));
    const outcome = await merchant.reportConfirmation({ clientSessionId, report: accepted, browser: cookie.value });
    expect(outcome).toMatchObject({ status: 'REFUSED', because: code, payment: { orderId: 'order-1' } });
    expect(await spentRows()).toBe(0);
  });

  test('CONFIRMATION_NOT_OFFERED means the redirect', async () => {
    const { clientSessionId, cookie } = await startPayment();
    network.answerWith('/assertion', refuse('CONFIRMATION_NOT_OFFERED'));
    const report = { clientSessionId, report: accepted, browser: cookie.value };
    expect(await merchant.reportConfirmation(report)).toEqual({ status: 'REDIRECT' });
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
    const { clientSessionId, cookie } = await startPayment();
    const before = network.calls.length;
    const report = { clientSessionId, report: accepted, browser: cookie.value, ...changes };
    expect(await merchant.reportConfirmation(report)).toEqual(ignoredAs(because));
    expect(network.calls.length).toBe(before);
  });
});

describe('a card that is added', () => {
  async function leaveAndEnrol() {
    const started = await merchant.startCardEnrolment(cardStart);
    const proof = await network.issueProof();
    return { ...started, proof, browser: started.cookie.value, url: network.callback({ proof }) };
  }

  test('ENROLLED: the network’s id, the brand and the last four digits, and no card number anywhere', async () => {
    const { url, browser } = await leaveAndEnrol();
    const outcome = await merchant.completeCardEnrolment({ url, browser, shopperId: 'shopper-1' });
    expect(outcome).toMatchObject({ status: 'ENROLLED', card: SAVED, credentialId: 'credential-1' });
    expect(network.sessions.at(-1)?.reason).toBe('ENROL_FINANCIAL_INSTRUMENT');
    const { rows } = await database.pool.query('SELECT * FROM payment_passkey_card_enrolment');
    expect(JSON.stringify(rows)).not.toContain('5555555555554444');
  });

  test('many completions at once bind and save once', async () => {
    const { url, browser } = await leaveAndEnrol();
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, () => merchant.completeCardEnrolment({ url, browser })),
    );
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
  });

  test('another browser and another shopper get nothing', async () => {
    const { url, browser } = await leaveAndEnrol();
    expect(await merchant.completeCardEnrolment({ url, browser: undefined })).toEqual(ignoredAs('OTHER_BROWSER'));
    const stranger = { url, browser, shopperId: 'shopper-2' };
    expect(await merchant.completeCardEnrolment(stranger)).toEqual(ignoredAs('OTHER_SHOPPER'));
  });

  test('a proof of a payment, or of another session, binds nothing', async () => {
    const { cookie } = await merchant.startCardEnrolment(cardStart);
    const wrong = [
      { authenticationReasons: ['TRANSACTION_AUTHENTICATION' as const] },
      { clientSessionId: '86bd4a91-0000-4000-8000-000000000000' },
    ];
    for (const claims of wrong) {
      const url = network.callback({ proof: await network.issueProof({ claims }) });
      expect(await merchant.completeCardEnrolment({ url, browser: cookie.value })).toEqual({
        ...ignoredAs('PROOF_REFUSED'),
        proofRefusal: 'OTHER_SUBJECT',
      });
    }
    expect(
      (await database.pool.query('SELECT 1 FROM payment_passkey_card_enrolment WHERE binding_id IS NOT NULL')).rows,
    ).toEqual([]);
  });

  test.each(['PROOF_EXPIRED', 'PROOF_INVALID', 'PROOF_MISMATCH', 'SESSION_NOT_ENROLLED'] as const)(
    'the network’s %s at the binding saves nothing',
    async (code) => {
      const { url, browser } = await leaveAndEnrol();
      network.answerWith('/authenticators', refuse(code));
      expect(await merchant.completeCardEnrolment({ url, browser })).toEqual({
        ...ignoredAs('PROOF_REFUSED'),
        proofRefusal: 'NETWORK',
      });
    },
  );

  test('a failure is shown with advice: the issuer that did not confirm is PERMISSION_DENIED', async () => {
    const { cookie } = await merchant.startCardEnrolment(cardStart);
    const url = network.callback({ status: 'ERROR', reason: 'PERMISSION_DENIED' });
    expect(await merchant.completeCardEnrolment({ url, browser: cookie.value })).toMatchObject({
      status: 'ERROR',
      reason: 'PERMISSION_DENIED',
      advice: 'TRY_AGAIN',
    });
  });

  test('a passkey that did not answer while a card was added: there is nothing to step up', async () => {
    const { cookie } = await merchant.startCardEnrolment(cardStart);
    const url = network.callback({ status: 'ERROR', reason: 'CREDENTIALS_NOT_VERIFIED' });
    expect(await merchant.completeCardEnrolment({ url, browser: cookie.value })).toMatchObject({ advice: 'TRY_AGAIN' });
  });

  test('a mistyped card is INVALID_CARD before anything is sent', async () => {
    const card = { ...TYPED, primaryAccountNumber: '1234' };
    expect(await codeOf(merchant.startCardEnrolment({ ...cardStart, card }))).toBe('INVALID_CARD');
  });
});

describe('onEvent', () => {
  test('a payment from its start to its proof, and its reload', async () => {
    const { url, browser } = await leaveAndApprove();
    now = addSeconds(START, 42);
    await merchant.completePayment({ url, browser });
    await merchant.completePayment({ url, browser });
    const returned = { type: 'PAYMENT_RETURNED', by: 'CALLBACK', status: 'AUTHENTICATED', at: now, secondsAway: 42 };
    expect(events).toEqual([
      { type: 'PAYMENT_STARTED', at: START, nextStep: 'AUTHENTICATE', savedCard: true, confirmationOffered: false },
      { ...returned, again: false },
      { ...returned, again: true },
    ]);
  });

  test('a step-up, a failure, a return that changes nothing, a refused confirmation: each with its reason', async () => {
    network.nextStep = 'STEP_UP';
    await merchant.startPayment(buildStart({ card: TYPED }));
    network.nextStep = 'AUTHENTICATE';
    const { url, browser, clientSessionId } = await leaveAndApprove();
    await merchant.completePayment({
      url: network.callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' }),
      browser,
    });
    await merchant.completePayment({ url, browser: undefined });
    await merchant.completePayment({ url: '/payments/callback', browser });
    network.answerWith('/assertion', refuse('PAYMENT_TOTAL_MISMATCH'));
    await merchant.reportConfirmation({ clientSessionId, report: { outcome: 'ABORTED' }, browser });
    await merchant.reportConfirmation({ clientSessionId: 'none', report: { outcome: 'ABORTED' }, browser });
    const returned = { type: 'PAYMENT_RETURNED', by: 'CALLBACK', at: START, again: false };
    expect(events).toEqual([
      { type: 'PAYMENT_STARTED', at: START, nextStep: 'STEP_UP', savedCard: false, confirmationOffered: false },
      { type: 'PAYMENT_STARTED', at: START, nextStep: 'AUTHENTICATE', savedCard: true, confirmationOffered: false },
      { ...returned, status: 'CANCELLED', reason: 'USER_CANCELLATION', secondsAway: 0 },
      { ...returned, status: 'IGNORED', reason: 'OTHER_BROWSER', secondsAway: 0 },
      { ...returned, status: 'IGNORED', reason: 'MALFORMED' },
      { ...returned, by: 'REPORT', status: 'REFUSED', reason: 'PAYMENT_TOTAL_MISMATCH', secondsAway: 0 },
      { ...returned, by: 'REPORT', status: 'IGNORED', reason: 'MALFORMED' },
    ]);
  });

  test('a card that is added', async () => {
    const started = await merchant.startCardEnrolment(cardStart);
    const url = network.callback({ proof: await network.issueProof() });
    for (let visit = 0; visit < 2; visit += 1) {
      await merchant.completeCardEnrolment({ url, browser: started.cookie.value });
    }
    const returned = { type: 'CARD_RETURNED', status: 'ENROLLED', at: START, secondsAway: 0 };
    expect(events).toEqual([
      { type: 'CARD_STARTED', at: START },
      { ...returned, again: false },
      { ...returned, again: true },
    ]);
  });

  test('no event carries an id, an amount, a card, an address or a proof', async () => {
    const { url, browser, proof, clientSessionId } = await leaveAndApprove({ card: TYPED });
    await merchant.completePayment({ url, browser });
    const text = JSON.stringify(events);
    const state = new URL(url).searchParams.get('state') ?? '';
    for (const value of [clientSessionId, proof, browser, state, 'order-1', '12.34', 'shopper-1', SHOP, '4444']) {
      expect(text).not.toContain(value);
    }
  });

  test('a hook that throws stops nothing', async () => {
    const throwing = merchantOn({
      onEvent: () => {
        throw new Error('not now');
      },
    });
    expect(await throwing.startPayment(buildStart())).toMatchObject({ nextStep: 'AUTHENTICATE' });
    await throwing.close();
  });
});
