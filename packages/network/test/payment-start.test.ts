/** The start of a payment (contract §9): the next step, and why a merchant's Sessions call is refused. */
import { randomUUID } from 'node:crypto';
import { readPaymentClaims, SESSIONS_PATH } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildSessionInfo,
  buildTransaction,
  startInstrument,
  startPayment,
  startSessionOf,
  TEST_PAN,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { ofRequests } from './running-network.ts';
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
    await suspendPasskeys(at, suspended);
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (pan: string) => {
      const before = query.mock.calls.length;
      const { status, headers, body } = await startPayment(at.shop, paymentOf(pan));
      const statements = ofRequests(query.mock.calls.slice(before)).map(([statement]) => {
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
    const own = a.statements.filter(([name]) => !String(name).startsWith('sandbox-'));
    expect(own).toHaveLength(1);
    expect(b).toEqual(a);
    expect(a.shape).toContainEqual(['nextStep', 'string', 'REGISTER'.length]);
  });

  test('and on the page as well: nothing tells the two apart before the issuer has confirmed', async () => {
    const [unknown, suspended] = [freshPan(), freshPan()];
    await enrolAtBank(at, suspended);
    await suspendPasskeys(at, suspended);
    const query = vi.spyOn(at.network.running.network.pool, 'query');
    const watch = async (pan: string) => {
      const transaction = buildTransaction();
      const { body: session } = await startPayment(at.shop, paymentOf(pan, transaction));
      const before = query.mock.calls.length;
      const { body } = await at.network.browser().open(session.uri);
      const names = ofRequests(query.mock.calls.slice(before)).map(
        ([statement]) => (statement as unknown as { name: string }).name,
      );
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
    const { bindingId } = readPaymentClaims(await claimsOf(at, paid.result.body.redirect)) ?? {};
    const { accountReferences: _, ...info } = buildPaymentInfo();
    await suspendClient(pool(), 'test-bank', bySetUp(at.network.now));
    try {
      expect((await next(pan)).nextStep).toBe('STEP_UP');
      const { body } = await startPayment(at.shop, { ...info, bindingId, transaction: buildTransaction() });
      expect(body.nextStep).toBe('STEP_UP');
    } finally {
      await resumeClient(pool(), 'test-bank', bySetUp(at.network.now));
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
    const { bindingId } = readPaymentClaims(await claimsOf(at, paid.result.body.redirect)) ?? {};
    await suspendPasskeys(at, pan);
    const { accountReferences: _, ...info } = buildPaymentInfo();
    const { body } = await startPayment(at.shop, { ...info, bindingId });
    expect(body.nextStep).toBe('STEP_UP');
    expect(body).not.toHaveProperty('uri');
  });
});

describe('what a Sessions call of a merchant is refused for', () => {
  const payment = (changes: object) => startPayment(at.shop, { ...buildPaymentInfo(), ...changes });
  const transaction = (changes: object) => payment({ transaction: { ...buildTransaction(), ...changes } });
  const amount = (transactionAmount: string | number, transactionCurrencyCode: string) =>
    transaction({ transactionAmount: { transactionAmount, transactionCurrencyCode } });

  test.each([
    ['too few digits', () => amount('12.3', 'USD'), 'AMOUNT_INVALID'],
    ['digits of a currency without', () => amount('12.00', 'JPY'), 'AMOUNT_INVALID'],
    ['a currency that is none', () => amount('12.34', 'XXX'), 'AMOUNT_INVALID'],
    ['a number that is not exact in the digits of its currency', () => amount(0.1 + 0.2, 'USD'), 'AMOUNT_INVALID'],
    ["an acquirer's BIN of letters", () => transaction({ acquirerBIN: 'BIN' }), 'INVALID_FIELD'],
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

  test('acquirer data that is misspelt is no refusal: the field is named in a header, as any unknown field', async () => {
    const answer = await transaction({ acquirerBin: '545301', merchantCategoryCode: '5942' });
    expect([answer.status, answer.headers.get('x-unknown-fields')]).toEqual([
      201,
      '/srcSessionInitiationRequestInfo/transaction/acquirerBin',
    ]);
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
