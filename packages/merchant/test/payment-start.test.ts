/** The start of a payment by the merchant kit (contract §9). */
import { addSeconds, PENDING_ENROLMENT_SECONDS, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { refuse } from '../src/testing/index.ts';
import { buildStart, cardStart, codeOf, ignoredAs, openShop, SHOP, START, TYPED } from './merchant.fixture.ts';

const at = openShop();

describe('startPayment', () => {
  test('says to the network what is to be paid, where, and with which card: signed and encrypted', async () => {
    const started = await at.startPayment();
    expect(started).toMatchObject({ nextStep: 'AUTHENTICATE' });
    expect(at.network.sessions.at(-1)).toMatchObject({
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
    expect(new URL(started.redirect).origin).toBe(at.network.url);
  });

  test('and the acquirer data of the shop, without members that the network does not know', async () => {
    const acquirer = { acquirerBIN: '545301', merchantCategoryCode: '5942', acquirerName: 'Larkmoor' };
    await at.startPayment({ acquirer });
    const { transaction } = at.network.sessions.at(-1)?.info ?? {};
    expect(transaction).toMatchObject({ acquirerBIN: '545301', merchantCategoryCode: '5942' });
    expect(Object.keys(transaction ?? {})).not.toContain('acquirerName');
    expect(await codeOf(at.startPayment({ acquirer: { acquirerBIN: '5453' } }))).toBe('INVALID_PAYMENT');
  });

  test.each([
    ['th-TH-u-nu-thai-x-lvariant-TH', 'th-TH'],
    ['en_US', undefined],
    ['', undefined],
  ])('a locale is a hint, and refuses nothing: %j is sent as %j', async (locale, sent) => {
    await at.startPayment({ locale });
    expect(Object(at.network.sessions.at(-1)?.info).locale).toBe(sent);
    await at.merchant.startCardEnrolment({ ...cardStart, locale });
    expect(Object(at.network.sessions.at(-1)?.info).locale).toBe(sent);
  });

  test('a card number that was typed with spaces goes encrypted, and is in no table', async () => {
    await at.startPayment({ card: TYPED });
    expect(at.network.sessions.at(-1)?.info.accountReferences?.cards?.[0]?.primaryAccountNumber).toBe(
      '5555555555554444',
    );
    expect(at.network.calls.map(({ body }) => body).join()).not.toContain('5555555555554444');
    const { rows } = await at.database.pool.query('SELECT * FROM payment_passkey_payment');
    expect(rows[0]).toMatchObject({ brand: 'MASTERCARD', last_four: '4444' });
    expect(JSON.stringify(rows)).not.toMatch(/5555\s?5555\s?5555\s?4444/);
  });

  test('STEP_UP keeps nothing, and sets no cookie', async () => {
    at.network.nextStep = 'STEP_UP';
    expect(await at.merchant.startPayment(buildStart())).toEqual({ nextStep: 'STEP_UP' });
    expect((await at.database.pool.query('SELECT 1 FROM payment_passkey_payment')).rows).toEqual([]);
  });

  test('REGISTER is handed on', async () => {
    at.network.nextStep = 'REGISTER';
    expect(await at.startPayment({ card: TYPED })).toMatchObject({ nextStep: 'REGISTER' });
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
    const before = at.network.calls.length;
    const error: unknown = await at.merchant.startPayment(buildStart(changes)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toMatch(/4444|4445|12\.3\b/);
    expect(at.network.calls.length).toBe(before);
  });

  test('a callback of another origin is refused', async () => {
    const start = buildStart({ callbackUri: 'http://other.localhost:4002/callback' });
    expect(await codeOf(at.merchant.startPayment(start))).toBe('CALLBACK_NOT_ALLOWED');
  });

  describe('an order that the network says is approved: ORDER_ALREADY_APPROVED, with what has become of it', () => {
    const startAgain = async (): Promise<unknown> => {
      at.network.answerWith(SESSIONS_PATH, refuse('ORDER_ALREADY_APPROVED'));
      return at.merchant.startPayment(buildStart()).catch((error: unknown) => error);
    };
    const approved = { name: 'MerchantError', code: 'ORDER_ALREADY_APPROVED' };

    test('SPENT: the shop has been told of it', async () => {
      const { url, browser } = await at.leaveAndApprove();
      await at.merchant.completePayment({ url, browser });
      expect(await startAgain()).toMatchObject({
        ...approved,
        earlierApproval: 'SPENT',
        retryAfterSeconds: undefined,
        refusal: { reason: 'ORDER_ALREADY_APPROVED' },
      });
    });

    test('AWAITED while its proof may still arrive, and for how long', async () => {
      const { url, browser } = await at.leaveAndApprove();
      at.now = addSeconds(START, 600);
      expect(await startAgain()).toMatchObject({
        ...approved,
        earlierApproval: 'AWAITED',
        retryAfterSeconds: PENDING_ENROLMENT_SECONDS - 600,
      });
      expect(await at.merchant.completePayment({ url, browser })).toMatchObject({ status: 'AUTHENTICATED' });
      expect(await startAgain()).toMatchObject({ earlierApproval: 'SPENT' });
    });

    test('LOST from the moment on at which its callback is worth nothing: another orderId cannot be joined by it', async () => {
      const { url, browser } = await at.leaveAndApprove();
      at.now = addSeconds(START, PENDING_ENROLMENT_SECONDS - 1);
      expect(await startAgain()).toMatchObject({ earlierApproval: 'AWAITED', retryAfterSeconds: 1 });
      at.now = addSeconds(START, PENDING_ENROLMENT_SECONDS);
      expect(await startAgain()).toMatchObject({ ...approved, earlierApproval: 'LOST', retryAfterSeconds: undefined });
      expect(await at.merchant.completePayment({ url, browser })).toEqual(ignoredAs('EXPIRED'));
      expect(await at.spentRows()).toBe(0);
    });

    test('LOST where nothing is known of it', async () => {
      expect(await startAgain()).toMatchObject({ ...approved, earlierApproval: 'LOST' });
    });

    test('of several attempts the one that was spent counts, else the last', async () => {
      const first = await at.leaveAndApprove();
      at.now = addSeconds(START, 300);
      await at.startPayment();
      expect(await startAgain()).toMatchObject({ retryAfterSeconds: PENDING_ENROLMENT_SECONDS });
      at.now = START;
      await at.merchant.completePayment({ url: first.url, browser: first.browser });
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
    at.network.answerWith(SESSIONS_PATH, { status: 201, body });
    expect(await codeOf(at.merchant.startPayment(buildStart()))).toBe('NETWORK_ANSWER_INVALID');
  });
});
