/** A replaced card keeps its passkeys (contract §15). */
import { compileSchema, ReplacementAnswer } from '@payment-passkeys/protocol';
import { startPayment, type TestAnswer } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { act, enrolCardholder, findBindings, ofPan, replaceCard, replacementOf } from './lifecycle.ts';
import {
  addCardAtShop,
  bindAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  makeAccountIndexKey,
  paymentBy,
  paymentOf,
  payOnPage,
  startTestShop,
  type TestShop,
  verifyAtShop,
} from './shop.ts';
import { summarise, takeEvents } from './stored-events.ts';

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
const bank = () => at.network.client;
const outcomeOf = ({ status, body }: Pick<TestAnswer, 'status' | 'body'>) => [status, body];
const sessionOf = async (sessionId: string) =>
  (await pool().query('SELECT state, end_reason FROM session WHERE session_id = $1', [sessionId])).rows[0];

test('every binding is the new card’s: it pays without a new passkey, the shop’s id stays, the old card is unknown', async () => {
  const { pan, browser, atShop, atBank } = await enrolCardholder(at);
  const to = freshPan();
  const answer = await replaceCard(bank(), replacementOf(pan, to));
  expect(outcomeOf(answer)).toEqual([200, { bindings: 2 }]);
  expect(compileSchema(ReplacementAnswer).violations(answer.body)).toEqual([]);
  expect(await findBindings(bank(), { account: ofPan(pan) })).toEqual([]);
  const found = await findBindings(bank(), { account: ofPan(to) });
  expect(found.map(({ bindingId }) => bindingId).toSorted()).toEqual([atBank.bindingId, atShop.bindingId].toSorted());
  expect(await findBindings(at.shop, { bindingId: atShop.bindingId })).toMatchObject([{ panLastFour: to.slice(-4) }]);
  expect((await startPayment(at.shop, paymentOf(pan))).body.nextStep).toBe('REGISTER');
  const { opened, result } = await payOnPage(at, browser, paymentBy(atShop.bindingId));
  expect(opened.display.accounts).toMatchObject([{ masked: `•••• ${to.slice(-4)}` }]);
  expect(result.status).toBe(200);
  expect((await payOnPage(at, browser, paymentOf(to))).result.status).toBe(200);
});

test('the same call again, and 16 at once, are answered with the same number, and change nothing', async () => {
  const { pan } = await enrolCardholder(at);
  const to = freshPan();
  const call = () => replaceCard(bank(), replacementOf(pan, to));
  const answers = await Promise.all(Array.from({ length: 16 }, call));
  expect(new Set(answers.map((answer) => JSON.stringify(outcomeOf(answer))))).toEqual(
    new Set([JSON.stringify([200, { bindings: 2 }])]),
  );
  await takeEvents(at.network);
  expect(outcomeOf(await call())).toEqual([200, { bindings: 2 }]);
  expect(await takeEvents(at.network)).toEqual([]);
});

test('a card without bindings: 0', async () => {
  expect(outcomeOf(await replaceCard(bank(), replacementOf(freshPan(), freshPan())))).toEqual([200, { bindings: 0 }]);
});

test('a shop that has both cards of one passkey: one binding, with the old card’s id and both words', async () => {
  const { pan, browser, atShop } = await enrolCardholder(at);
  const to = freshPan();
  const twin = await addCardAtShop(at, to, browser);
  await act(at.shop, 'SUSPEND', { bindingId: twin });
  await act(bank(), 'SUSPEND', { bindingId: atShop.bindingId });
  await takeEvents(at.network);
  expect(outcomeOf(await replaceCard(bank(), replacementOf(pan, to)))).toEqual([200, { bindings: 2 }]);
  expect(await findBindings(at.shop, { account: ofPan(to) })).toMatchObject([
    {
      bindingId: atShop.bindingId,
      suspendedBy: ['ISSUER', 'MERCHANT'],
      panLastFour: to.slice(-4),
      accountTypes: ['CARD'],
    },
  ]);
  expect(await findBindings(at.shop, { bindingId: twin })).toMatchObject([{ status: 'DELETED' }]);
  expect(summarise(await takeEvents(at.network))).toEqual([
    'binding.deleted to test-shop by ISSUER',
    'binding.updated to test-bank by ISSUER',
    'binding.updated to test-bank by ISSUER',
    'binding.updated to test-shop by ISSUER',
  ]);
});

test('sessions under way with the old card are over; those that are over answer as before', async () => {
  const { pan, browser, atShop } = await enrolCardholder(at);
  const enrolled = await verifyAtShop(at, pan, browser);
  const { session, proof } = await verifyAtShop(at, pan, browser);
  await bindAtShop(at, { session, proof });
  const open = await startPayment(at.shop, paymentBy(atShop.bindingId));
  await replaceCard(bank(), replacementOf(pan, freshPan()));
  const over = { state: 'failed', end_reason: 'PERMISSION_DENIED' };
  expect(await sessionOf(open.body.authenticationSessionId)).toEqual(over);
  expect(await sessionOf(enrolled.session.authenticationSessionId)).toEqual(over);
  const { authenticationSessionId } = session;
  const again = await at.shop.bind({ authenticationSessionId, proofOfAuthentication: proof });
  expect([again.status, again.body.bindingId]).toEqual([200, atShop.bindingId]);
});

test('the bank’s own enrolments of the old card are over, opened or not; those of other cards go on', async () => {
  const { pan, browser } = await enrolCardholder(at);
  const start = async (number: string) =>
    (await bank().startSession({ info: { accountReferences: cardOf(number) } })).body;
  const [waiting, opened, other] = [await start(pan), await start(pan), await start(freshPan())];
  await browser.open(opened.uri);
  expect((await replaceCard(bank(), replacementOf(pan, freshPan()))).status).toBe(200);
  for (const { authenticationSessionId } of [waiting, opened])
    expect(await sessionOf(authenticationSessionId)).toEqual({ state: 'failed', end_reason: 'PERMISSION_DENIED' });
  expect(await sessionOf(other.authenticationSessionId)).toMatchObject({ state: 'created' });
});

test('an opt-out of Secure Payment Confirmation stays with the card', async () => {
  const { pan, atShop } = await enrolCardholder(at);
  const offered = async () =>
    (await startPayment(at.shop, paymentBy(atShop.bindingId))).body.securePaymentConfirmation !== undefined;
  expect(await offered()).toBe(true);
  await pool().query(
    `INSERT INTO confirmation_opt_out (client_id, card_index, opted_out_at) VALUES ('test-shop', $1, now())`,
    [at.indexesOf(pan)[0]],
  );
  expect(await offered()).toBe(false);
  await replaceCard(bank(), replacementOf(pan, freshPan()));
  expect(await offered()).toBe(false);
});

test('across a rotation of the index key', async () => {
  const { pan, browser, atShop } = await enrolCardholder(at);
  const to = freshPan();
  expect(outcomeOf(await replaceCard(bank(), replacementOf(pan, to)))).toEqual([200, { bindings: 2 }]);
  at.network.now = await makeAccountIndexKey(at.network);
  expect(outcomeOf(await replaceCard(bank(), replacementOf(pan, to)))).toEqual([200, { bindings: 2 }]);
  const third = freshPan();
  expect(outcomeOf(await replaceCard(bank(), replacementOf(to, third)))).toEqual([200, { bindings: 2 }]);
  expect((await payOnPage(at, browser, paymentBy(atShop.bindingId))).result.status).toBe(200);
});

describe('what is wrong with a call', () => {
  const PAN = '5555555555554444';
  const valid = replacementOf(PAN, '5105105105105100');
  const outside = '4111111111111111';
  test.each([
    ['the same card', replacementOf(PAN, PAN), [400, 'INVALID_FIELD', '/to/primaryAccountNumber']],
    [
      'an old card of another issuer',
      replacementOf(outside, PAN),
      [403, 'ACCOUNT_NOT_ELIGIBLE', '/from/primaryAccountNumber'],
    ],
    [
      'a new card of another issuer',
      replacementOf(PAN, outside),
      [403, 'ACCOUNT_NOT_ELIGIBLE', '/to/primaryAccountNumber'],
    ],
    [
      'a number that fails Luhn',
      replacementOf('5555555555554445', PAN),
      [400, 'INVALID_FIELD', '/from/primaryAccountNumber'],
    ],
    [
      'an expired card',
      { ...valid, to: { ...valid.to, panExpirationMonth: '10', panExpirationYear: '2026' } },
      [400, 'CARD_EXPIRED', '/to/panExpirationMonth'],
    ],
    ['no new card', { from: valid.from }, [400, 'MISSING_FIELD', '/to']],
  ])('%s', async (_, info, expected) => {
    const { status, body } = await replaceCard(bank(), info);
    expect([status, body.errordetail[0].reason, body.errordetail[0].source]).toEqual(expected);
    expect(JSON.stringify(body)).not.toMatch(/\d{8}/);
  });

  test('a merchant has no ranges', async () => {
    const { status, body } = await replaceCard(at.shop, valid);
    expect([status, body.errordetail[0].reason]).toEqual([403, 'ACCOUNT_NOT_ELIGIBLE']);
  });

  test('another bank’s passkeys are not touched', async () => {
    const { pan, atBank } = await enrolCardholder(at);
    const otherBank = await at.network.addClient({
      clientId: 'other-bank',
      consumerKey: 'other-bank!key',
      accountRanges: ['400000'],
    });
    const answer = await replaceCard(otherBank, replacementOf(pan, '4000000000000010'));
    expect(answer.status).toBe(403);
    expect((await findBindings(bank(), { bindingId: atBank.bindingId }))[0]?.status).toBe('ACTIVE');
    await enrolAtBank(at, pan);
  });
});
