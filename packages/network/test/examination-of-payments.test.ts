/** The examination of a merchant (contract §19): the next payment that a shop starts shows whether the shop treats the earlier order as paid. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readPaymentClaims } from '@payment-passkeys/protocol';
import { EXAMINATIONS_PATH, type Examination, examinationEndPath } from '@payment-passkeys/protocol/sandbox';
import { buildPaymentInfo, buildTransaction, startPayment, type TestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proofOf } from './running-network.ts';
import { cardOf, claimsOf, enrolAtBank, freshPan, startTestShop, type TestShop } from './shop.ts';
import { confirm, createConfirmationSteps } from './spc-steps.ts';

const PAN = freshPan();
let at: TestShop;
let browser: TestBrowser;
beforeAll(async () => {
  at = await startTestShop();
  browser = await enrolAtBank(at, PAN);
});
afterAll(() => at.network.stop());

let orders = 0;
const newOrder = () => `examined-${++orders}`;

async function begin(rows: readonly string[]): Promise<Examination> {
  const body = JSON.stringify({ role: 'MERCHANT', rows });
  return (await at.shop.send({ path: EXAMINATIONS_PATH, body })).body;
}

async function statesAtEnd({ examinationId }: Examination): Promise<Readonly<Record<string, string>>> {
  const { body } = await at.shop.send({ path: examinationEndPath(examinationId), body: '{}' });
  return Object.fromEntries((body as Examination).rows.map(({ id, state }) => [id, state]));
}

const start = async (orderId: string, callbackUri?: string) => {
  const transaction = buildTransaction({ orderId });
  const info = buildPaymentInfo({
    accountReferences: cardOf(PAN),
    transaction,
    ...(callbackUri !== undefined && { callbackUri }),
  });
  return { info, ...(await startPayment(at.shop, info)) };
};

/** The redirect of a payment that the cardholder approves on the page. */
async function pay(orderId: string, callbackUri?: string): Promise<string> {
  const { body } = await start(orderId, callbackUri);
  return (await browser.result(browser.answer((await browser.open(body.uri)).body))).body.redirect;
}

test('each proof has the one fault of its row, and nothing is approved', async () => {
  const orderId = newOrder();
  const examination = await begin([
    'pay-proof-other-session',
    'pay-proof-other-amount',
    'pay-proof-other-order',
    'pay-proof-other-shop',
    'pay-approved-at-the-end',
  ]);
  const proofs = [await pay(orderId), await pay(orderId), await pay(orderId), await pay(orderId)];
  const claims = await Promise.all(proofs.map((redirect) => claimsOf(at, redirect)));
  const own = await claimsOf(at, await pay(orderId));
  const paid = (all: (typeof claims)[0]) => {
    const { bindingId: _bindingId, ...payment } = readPaymentClaims(all) ?? {};
    return payment;
  };
  const right = paid(own);
  expect(claims.map(paid)).toEqual([
    right,
    { ...right, transactionAmount: '112.34' },
    { ...right, orderId: expect.not.stringContaining(orderId) },
    { ...right, merchantOrigin: 'https://another-shop.example' },
  ]);
  expect(await statesAtEnd(examination)).toEqual({
    'pay-proof-other-session': 'PASSED',
    'pay-proof-other-amount': 'PASSED',
    'pay-proof-other-order': 'PASSED',
    'pay-proof-other-shop': 'PASSED',
    'pay-approved-at-the-end': 'PASSED',
  });
});

test('a shop that takes any return for a payment', async () => {
  const rows = ['pay-forbidden', 'pay-proof-forged', 'pay-approved'];
  const examination = await begin(rows);
  for (const _row of rows) await pay(newOrder());
  expect(await statesAtEnd(examination)).toEqual({
    'pay-approved': 'PASSED',
    'pay-forbidden': 'FAILED',
    'pay-proof-forged': 'NOT_REACHED',
  });
});

test('a shop that does not know that an order is paid', async () => {
  const orderId = newOrder();
  const examination = await begin(['pay-approved', 'pay-approved-at-the-end']);
  await pay(orderId);
  expect((await start(orderId)).status).toBe(409);
  expect(await statesAtEnd(examination)).toMatchObject({ 'pay-approved': 'FAILED' });
});

test('a return in another browser: a good proof without a cookie, then the cardholder cancels', async () => {
  const visits: { readonly url: string; readonly cookie: string | undefined }[] = [];
  const server = createServer(({ url = '', headers: { cookie } }, response) => {
    visits.push({ url, cookie });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const callback = `http://shop.localhost:${(server.address() as AddressInfo).port}/callback?state=mine`;
  const examination = await begin(['pay-callback-other-browser', 'pay-callback-unknown-session']);
  const orderId = newOrder();
  const redirects = [await pay(orderId, callback), await pay(orderId, callback)];
  expect(redirects.map((redirect) => new URL(redirect).searchParams.get('reason'))).toEqual([
    'USER_CANCELLATION',
    'USER_CANCELLATION',
  ]);
  const states = visits.map(({ url, cookie }) => [new URL(url, callback).searchParams.get('state') === 'mine', cookie]);
  expect(states).toEqual([
    [true, undefined],
    [false, undefined],
  ]);
  await start(orderId, callback);
  expect(await statesAtEnd(examination)).toMatchObject({ 'pay-callback-other-browser': 'PASSED' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('reports of Secure Payment Confirmation: refused, or answered with a forged proof, and nothing is approved; a right one counts as a return', async () => {
  const { accept, stateOf } = createConfirmationSteps(() => at);
  const orderId = newOrder();
  const examination = await begin(['pay-report-refused', 'pay-report-forged-proof', 'pay-approved-at-the-end']);
  const report = async () => {
    const { info, body: session } = await start(orderId);
    const id = session.authenticationSessionId;
    return { id, session, answer: await accept(id, confirm({ browser, pan: PAN, info, session, id })) };
  };
  const reportAndOpen = async () => {
    const { id, session, answer } = await report();
    const { redirect } = (await browser.open(session.uri)).body;
    expect(new URL(redirect).searchParams.get('reason')).toBe('USER_CANCELLATION');
    return { answer, state: await stateOf(id) };
  };
  const refused = await reportAndOpen();
  expect(refused).toMatchObject({
    answer: { status: 400, body: { errordetail: [{ reason: 'CREDENTIAL_REFUSED' }] } },
    state: 'created',
  });
  const forged = await reportAndOpen();
  expect(forged).toMatchObject({ answer: { status: 200, body: { status: 'AUTHENTICATED' } }, state: 'created' });
  const redirect = `https://shop.example/?proofOfAuthentication=${forged.answer.body.proofOfAuthentication}`;
  expect(proofOf(redirect)).not.toBe('');
  await expect(claimsOf(at, redirect)).rejects.toThrow('PROOF_INVALID');
  const approved = await report();
  expect([approved.answer.status, await stateOf(approved.id)]).toEqual([200, 'approved']);
  expect(await statesAtEnd(examination)).toEqual({
    'pay-report-refused': 'PASSED',
    'pay-report-forged-proof': 'PASSED',
    'pay-approved-at-the-end': 'PASSED',
  });
});
