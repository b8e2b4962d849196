/** The timeline of a session, for each course and end of a session. */

import type { PaymentClientData } from '@payment-passkeys/authenticator';
import { OPEN_PATH, readLaunchUrl } from '@payment-passkeys/protocol';
import { describeStep } from '@payment-passkeys/protocol/console';
import { buildPaymentInfo, buildTransaction, reportAssertion, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../src/process/housekeeping.ts';
import { act, ofPan, replaceCard, replacementOf } from './lifecycle.ts';
import { enrol, proofOf } from './running-network.ts';
import {
  bindAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  payOnPage,
  startTestShop,
  suspendPasskeys,
  type TestShop,
  verifyAtShop,
} from './shop.ts';
import { confirm, createConfirmationSteps } from './spc-steps.ts';
import { createTimelineSteps, handlesOf, lineOf, START } from './timeline-steps.ts';
import { createVerificationSteps } from './verification-steps.ts';

const SAFARI_ON_IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const spc = createConfirmationSteps(() => at);
const verification = createVerificationSteps(() => at);
const bank = () => at.network.client;
const { view, timelineOf } = createTimelineSteps(() => at);

const START_AT_BANK = ['START by ISSUER', 'OPEN by CARDHOLDER', 'OFFER by NETWORK CREATE'];
const START_OF_PAYMENT = ['START by MERCHANT', 'OFFER by NETWORK CONFIRM'];

describe('an enrolment', () => {
  test('2A: a new passkey, from the start to the binding', async () => {
    const browser = at.network.browser();
    const session = (await bank().startSession()).body;
    at.network.now = new Date(START.getTime() + 5_000);
    const { accessToken, ...launch } = readLaunchUrl(session.uri);
    const headers = { authorization: `Bearer ${accessToken}`, 'user-agent': SAFARI_ON_IPHONE };
    const { body } = await browser.post(OPEN_PATH, launch, headers);
    at.network.now = new Date(START.getTime() + 20_000);
    const { redirect } = (await browser.result(browser.answer(body))).body;
    await bank().bind({ ...handlesOf(session), proofOfAuthentication: proofOf(redirect) });
    const seen = await view(session.authenticationSessionId);
    expect(seen.timeline.map(lineOf)).toEqual([
      ...START_AT_BANK,
      'RESULT by CARDHOLDER CREATE UP UV',
      'PROOF by NETWORK',
      'BINDING by ISSUER',
    ]);
    const { credentialId, deviceId, bindingId } = seen;
    expect(seen).toMatchObject({
      state: 'bound',
      outcome: 'SUCCEEDED',
      browserFamily: 'Safari mobile',
      droppedSteps: 0,
    });
    expect(bindingId).toEqual(expect.any(String));
    const [start, open, , result, proof] = seen.timeline;
    expect(start?.at).toBe(START.toISOString());
    expect(open).toMatchObject({ at: '2026-11-24T12:00:05.000Z', browserFamily: 'Safari mobile' });
    expect(result?.verified).toMatchObject({ algorithm: -7, credentialId, deviceId, counterRegressed: false });
    expect(proof?.kid).toBe(at.network.running.network.keys.current().signing[0]?.kid);
  });

  test('2B: the passkey of this device; and a reload of the page', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const session = (await bank().startSession({ info: { accountReferences: cardOf(pan) } })).body;
    await browser.open(session.uri);
    const opened = (await browser.open(session.uri)).body;
    const credential = browser.answer(opened);
    const { redirect } = (await browser.result(credential)).body;
    await browser.result(credential);
    const proof = { ...handlesOf(session), proofOfAuthentication: proofOf(redirect) };
    await bank().bind(proof);
    await bank().bind(proof);
    expect(await timelineOf(session.authenticationSessionId)).toEqual([
      'START by ISSUER',
      'OPEN by CARDHOLDER',
      'OFFER by NETWORK USE',
      'OPEN REPEATED by CARDHOLDER',
      'OFFER by NETWORK USE',
      'RESULT by CARDHOLDER USE UP UV',
      'PROOF by NETWORK',
      'RESULT REPEATED by CARDHOLDER',
      'BINDING by ISSUER',
      'BINDING REPEATED by ISSUER',
    ]);
  });

  test.each([
    ['USER_CANCELLATION', 'cancelled'],
    ['CREDENTIALS_CREATION_NOT_ALLOWED', 'failed'],
    ['DUPLICATE_CREDENTIALS', 'failed'],
  ])('that ends with %s', async (reason, state) => {
    const session = (await bank().startSession()).body;
    const browser = at.network.browser();
    await browser.open(session.uri);
    await browser.end(reason);
    expect(await timelineOf(session.authenticationSessionId)).toEqual([
      ...START_AT_BANK,
      `END by CARDHOLDER ${state} ${reason}`,
    ]);
  });

  test('that nobody finished, and one whose proof the bank never sent', async () => {
    const session = (await bank().startSession()).body;
    const { session: enrolled } = await enrol(at.network, at.network.browser());
    at.network.now = new Date(START.getTime() + 15 * 60_000);
    await sweep(at.network.running.network);
    expect(await timelineOf(session.authenticationSessionId)).toEqual(['START by ISSUER', 'END by NETWORK expired']);
    expect((await timelineOf(enrolled.authenticationSessionId)).at(-1)).toBe('END by NETWORK expired NOT_BOUND');
    const late = await bank().startSession();
    at.network.now = new Date(START.getTime() + 30 * 60_000);
    await at.network.browser().open(late.body.uri);
    expect((await timelineOf(late.body.authenticationSessionId)).at(-1)).toBe(
      'OPEN REFUSED by CARDHOLDER ACCESS_DENIED TIME_IS_UP',
    );
  });

  test('at a shop: the issuer is asked, and answers', async () => {
    const enrolled = await verifyAtShop(at, freshPan(), at.network.browser());
    await bindAtShop(at, enrolled);
    expect(await timelineOf(enrolled.session.authenticationSessionId)).toEqual([
      'START by MERCHANT',
      'OPEN by CARDHOLDER',
      'OFFER by NETWORK VERIFY',
      'ISSUER_REQUEST by CARDHOLDER',
      'ISSUER_ANSWER by ISSUER',
      'OPEN REPEATED by CARDHOLDER',
      'OFFER by NETWORK CREATE',
      'RESULT by CARDHOLDER CREATE UP UV',
      'PROOF by NETWORK',
      'BINDING by MERCHANT',
    ]);
  });

  test('at a shop, where the issuer does not confirm the cardholder; and answers before that are not its own, or not to this request', async () => {
    const left = await verification.leave();
    const other = await verification.leave();
    await verification.follow(left.browser, await at.issuer.answerWith({}, { forged: true }));
    await verification.follow(left.browser, await at.issuer.answer(other.requestId));
    await verification.follow(left.browser, await at.issuer.answer(left.requestId, { result: 'REFUSED' }));
    expect(await timelineOf(left.id)).toEqual([
      'START by MERCHANT',
      'OPEN by CARDHOLDER',
      'OFFER by NETWORK VERIFY',
      'ISSUER_REQUEST by CARDHOLDER',
      'ISSUER_ANSWER REFUSED by ISSUER FORGED',
      'ISSUER_ANSWER REFUSED by ISSUER OTHER_REQUEST',
      'END by ISSUER failed PERMISSION_DENIED',
    ]);
  });
});

describe('a payment', () => {
  test('on the page', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { session } = await payOnPage(at, browser, info);
    const seen = await view(session.authenticationSessionId);
    expect(seen.timeline.map(lineOf)).toEqual([
      ...START_OF_PAYMENT,
      'OPEN by CARDHOLDER',
      'OFFER by NETWORK PAY',
      'RESULT by CARDHOLDER PAY UP UV',
      'PROOF by NETWORK',
      'APPROVAL by CARDHOLDER',
    ]);
    expect(seen).toMatchObject({
      kind: 'PAYMENT',
      outcome: 'SUCCEEDED',
      nextStep: 'AUTHENTICATE',
      panLastFour: pan.slice(-4),
    });
  });

  test('with a passkey that is made on the way', async () => {
    const left = await verification.leave(verification.startRegistering);
    const opened = await verification.comeBack(left);
    await left.browser.result(left.browser.answer(opened.body));
    const pay = await left.browser.open(`${left.session.uri.split('#')[0]}`);
    await left.browser.result(left.browser.answer(pay.body));
    expect((await timelineOf(left.id)).slice(4)).toEqual([
      'ISSUER_ANSWER by ISSUER',
      'OPEN REPEATED by CARDHOLDER',
      'OFFER by NETWORK CREATE',
      'RESULT by CARDHOLDER CREATE UP UV',
      'BINDING by CARDHOLDER',
      'OPEN REPEATED by CARDHOLDER',
      'OFFER by NETWORK PAY',
      'RESULT by CARDHOLDER PAY UP UV',
      'PROOF by NETWORK',
      'APPROVAL by CARDHOLDER',
    ]);
  });

  test('by Secure Payment Confirmation: twice the same, and another one after it', async () => {
    const started = await spc.start();
    const credential = confirm(started);
    await spc.accept(started.id, credential);
    await spc.accept(started.id, credential);
    await spc.accept(started.id, confirm(started));
    expect(await timelineOf(started.id)).toEqual([
      ...START_OF_PAYMENT,
      'RESULT by CARDHOLDER CONFIRM UP UV',
      'PROOF by NETWORK',
      'APPROVAL by CARDHOLDER',
      'RESULT REPEATED by CARDHOLDER CONFIRM',
      'RESULT REFUSED by CARDHOLDER CONFIRM RESULT_ALREADY_TAKEN RESULT_TAKEN',
    ]);
    expect(await view(started.id)).toMatchObject({ browserFamily: 'Unknown' });
  });

  test('for which the shop showed another amount, then opted out, and cancelled', async () => {
    const started = await spc.start();
    const lie = (honest: PaymentClientData) => ({
      ...honest,
      payment: { ...honest.payment, total: { currency: 'USD', value: '0.01' } },
    });
    await spc.accept(started.id, confirm(started, { lie }));
    await reportAssertion(at.shop, started.id, { outcome: 'OPTED_OUT' });
    await reportAssertion(at.shop, started.id, { outcome: 'ABORTED' });
    await reportAssertion(at.shop, started.id, { outcome: 'ABORTED' });
    expect(await timelineOf(started.id)).toEqual([
      ...START_OF_PAYMENT,
      'RESULT REFUSED by CARDHOLDER CONFIRM PAYMENT_TOTAL_MISMATCH',
      'OPT_OUT by CARDHOLDER',
      'END by CARDHOLDER cancelled USER_CANCELLATION',
      'END REPEATED by CARDHOLDER',
    ]);
  });

  test('whose order got another session', async () => {
    const pan = freshPan();
    const transaction = buildTransaction();
    const start = () => startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(pan), transaction }));
    const { body } = await start();
    await start();
    expect((await timelineOf(body.authenticationSessionId)).at(-1)).toBe('END by MERCHANT superseded');
  });

  test.each([
    ['suspended', 'SUSPENSION', (pan: string) => act(bank(), 'SUSPEND', { account: ofPan(pan) })],
    ['deleted', 'DELETION', (pan: string) => act(bank(), 'DELETE', { account: ofPan(pan) })],
    ['replaced', 'REPLACEMENT', (pan: string) => replaceCard(bank(), replacementOf(pan, freshPan()))],
  ])('while its passkey or card is %s', async (_, revocation, revoke) => {
    const pan = freshPan();
    await enrolAtBank(at, pan);
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { body } = await startPayment(at.shop, info);
    await revoke(pan);
    expect((await timelineOf(body.authenticationSessionId)).at(-1)).toBe(
      `END by ISSUER failed ${revocation} PERMISSION_DENIED`,
    );
  });
});

describe('refused', () => {
  test('a proof of another session, a changed one, and a second one after the binding', async () => {
    const first = await enrol(at.network, at.network.browser());
    const other = await enrol(at.network, at.network.browser());
    const handles = handlesOf(first.session);
    await bank().bind({ ...handles, proofOfAuthentication: other.proof });
    await bank().bind({ ...handles, proofOfAuthentication: `${first.proof.slice(0, -6)}AAAAAA` });
    await bank().bind({ ...handles, proofOfAuthentication: first.proof });
    await bank().bind({ ...handles, proofOfAuthentication: other.proof });
    expect((await timelineOf(first.session.authenticationSessionId)).slice(5)).toEqual([
      'BINDING REFUSED by ISSUER PROOF_MISMATCH PROOF_REFUSED',
      'BINDING REFUSED by ISSUER PROOF_INVALID PROOF_INVALID',
      'BINDING by ISSUER',
      'BINDING REFUSED by ISSUER SESSION_ALREADY_BOUND ALREADY_BOUND',
    ]);
  });

  test('another client’s call, and one that is not signed, are in no timeline', async () => {
    const { session, proof } = await enrol(at.network, at.network.browser());
    const before = await timelineOf(session.authenticationSessionId);
    await at.shop.bind({ ...handlesOf(session), proofOfAuthentication: proof });
    expect(await timelineOf(session.authenticationSessionId)).toEqual(before);
  });

  test('the launch address in a second browser, with its family; a passkey that was not offered; an old challenge', async () => {
    const session = (await bank().startSession()).body;
    const browser = at.network.browser();
    const opened = (await browser.open(session.uri)).body;
    await at.network.browser().open(session.uri);
    const old = browser.answer(opened);
    await browser.open(session.uri);
    await browser.result(old);
    await browser.result({
      ...(browser.answer((await browser.open(session.uri)).body) as object),
      id: 'AAAA',
      rawId: 'AAAA',
    });
    const { timeline } = await view(session.authenticationSessionId);
    expect(timeline.filter(({ decision }) => decision === 'REFUSED').map(lineOf)).toEqual([
      'OPEN REFUSED by CARDHOLDER ACCESS_DENIED TOKEN_SPENT',
      'RESULT REFUSED by CARDHOLDER CHALLENGE_USED CHALLENGE_REFUSED',
      'RESULT REFUSED by CARDHOLDER CREDENTIAL_REFUSED CREDENTIAL_MISMATCH',
    ]);
    expect(timeline[3]?.browserFamily).toBe('Other desktop');
  });

  test('a payment whose passkey was suspended on the way', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
    const { body } = await startPayment(at.shop, info);
    const opened = await browser.open(body.uri);
    await suspendPasskeys(at, pan);
    await browser.result(browser.answer(opened.body));
    expect((await timelineOf(body.authenticationSessionId)).at(-1)).toBe(
      'RESULT REFUSED by CARDHOLDER CREDENTIAL_REFUSED CREDENTIAL_MISMATCH',
    );
  });
});

test('of more than fifty steps the first 25 and the latest 25 are kept, and the number of the others', async () => {
  const session = (await bank().startSession()).body;
  const browser = at.network.browser();
  for (let reload = 0; reload < 60; reload++) await browser.open(session.uri);
  await browser.end('USER_CANCELLATION');
  const { timeline, droppedSteps } = await view(session.authenticationSessionId);
  expect(droppedSteps).toBe(11);
  expect(timeline).toHaveLength(1 + 2 * 49 + 1);
  expect(timeline.map(lineOf).slice(0, 2)).toEqual(['START by ISSUER', 'OPEN by CARDHOLDER']);
  expect(timeline.map(lineOf).at(-1)).toBe('END by CARDHOLDER cancelled USER_CANCELLATION');
});

test('no account, token, cookie or User-Agent is in a timeline', async () => {
  const { rows } = await at.network.database.pool.query<{ text: string }>('SELECT timeline::text AS text FROM session');
  for (const { text } of rows) {
    expect(text).not.toMatch(/5{6}\d{10}|mail\.example|Mozilla|iPhone|__Host|eyJ/);
    expect(text).not.toMatch(/[\w-]{43}/); // the form of a token, a cookie or a challenge
  }
});

test('each step of these sessions has a sentence, and each refusal and failure says why', async () => {
  const { rows } = await at.network.database.pool.query<{ id: string }>('SELECT session_id AS id FROM session');
  for (const { id } of rows) {
    const seen = await view(id);
    for (const step of seen.timeline) {
      const { text, why } = describeStep(step, seen);
      expect(text).toMatch(/^[A-Z][^{}]+\.$/);
      if (step.decision === 'REFUSED' || (step.code !== undefined && step.revocation === undefined))
        expect(why).toMatch(/\.$/);
    }
  }
});
