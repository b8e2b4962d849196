/** The report of a session (contract §15): its outcome, for its own client only, without a proof and without an account. */
import { SESSION_SECONDS, SESSIONS_PATH, sessionPath } from '@payment-passkeys/protocol';
import { buildPaymentInfo, buildTransaction, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { enrol } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const read = async (sessionId: string, client = at.network.client) => (await client.read(sessionPath(sessionId))).body;

describe('an issuer follows its session', () => {
  test('from created to bound: status from the proof on, both ids at the end, and nothing of an account', async () => {
    const { network } = at;
    const started = (await network.client.startSession()).body;
    const { authenticationSessionId, clientSessionId } = started;
    const open = {
      authenticationSessionId,
      clientSessionId,
      createdAt: START.toISOString(),
      expiresAt: new Date(START.getTime() + SESSION_SECONDS * 1000).toISOString(),
    };
    expect(await read(authenticationSessionId)).toEqual({ ...open, state: 'created' });
    const browser = network.browser();
    const offer = (await browser.open(started.uri)).body;
    expect(await read(authenticationSessionId)).toEqual({ ...open, state: 'opened' });
    const { redirect } = (await browser.result(browser.answer(offer))).body;
    const enrolled = await read(authenticationSessionId);
    expect(enrolled).toEqual({ ...open, state: 'enrolled', status: 'ENROLLED', credentialId: expect.any(String) });
    const proofOfAuthentication = new URL(redirect).searchParams.get('proofOfAuthentication') ?? '';
    const bound = (await network.client.bind({ authenticationSessionId, proofOfAuthentication })).body;
    expect(await read(authenticationSessionId)).toEqual({
      ...open,
      state: 'bound',
      status: 'ENROLLED',
      endedAt: START.toISOString(),
      credentialId: bound.credentialId,
      bindingId: bound.bindingId,
    });
  });

  test('that the cardholder called off: CANCELLED, with the reason of the callback', async () => {
    const { network } = at;
    const started = (await network.client.startSession()).body;
    const browser = network.browser();
    await browser.open(started.uri);
    await browser.end('USER_CANCELLATION');
    expect(await read(started.authenticationSessionId)).toMatchObject({
      state: 'cancelled',
      status: 'CANCELLED',
      reason: 'USER_CANCELLATION',
      endedAt: START.toISOString(),
    });
  });

  test('whose time is up: expired at once, before any sweep, and without a status', async () => {
    const { network } = at;
    const { authenticationSessionId, expiresAt } = (await network.client.startSession()).body;
    network.now = new Date(START.getTime() + SESSION_SECONDS * 1000);
    const report = await read(authenticationSessionId);
    expect(report).toMatchObject({ state: 'expired', endedAt: expiresAt });
    expect(report).not.toHaveProperty('status');
  });
});

test('a merchant reads its payment: AUTHENTICATED, the passkey and the binding that its proof names', async () => {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
  const { session } = await payOnPage(at, browser, info);
  const report = await read(session.authenticationSessionId, at.shop);
  expect(report).toMatchObject({
    state: 'approved',
    status: 'AUTHENTICATED',
    credentialId: expect.any(String),
    bindingId: expect.any(String),
  });
  expect(JSON.stringify(report)).not.toContain(pan.slice(-4));
});

test('a payment that another session of its order replaced is superseded, without a status', async () => {
  const pan = freshPan();
  await enrolAtBank(at, pan);
  const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
  const first = (await startPayment(at.shop, info)).body;
  await startPayment(at.shop, info);
  const report = await read(first.authenticationSessionId, at.shop);
  expect(report).toMatchObject({ state: 'superseded' });
  expect(report).not.toHaveProperty('status');
});

describe('nobody else learns of a session', () => {
  test.each([
    [
      "another client's session",
      async () => (await enrol(at.network, at.network.browser())).session.authenticationSessionId,
    ],
    ['a session that never was', async () => 'A'.repeat(32)],
  ])('%s is not found', async (_, find) => {
    const answer = await at.shop.read(sessionPath(await find()));
    expect(answer.status).toBe(404);
    expect(answer.body.errordetail[0].reason).toBe('SESSION_NOT_FOUND');
  });

  test('an id of another shape is named, without its value', async () => {
    const answer = await at.network.client.read(sessionPath('5555555555554444'));
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain('5555');
  });

  test('a signature for another address, or one that was used, does not read it', async () => {
    const { client } = at.network;
    const { authenticationSessionId } = (await client.startSession()).body;
    const path = sessionPath(authenticationSessionId);
    const authorization = await client.sign(path, '', 'GET');
    expect((await client.read(sessionPath('A'.repeat(32)), authorization)).status).toBe(403);
    expect((await client.read(path, authorization)).status).toBe(200);
    expect((await client.read(path, authorization)).status).toBe(403);
  });

  test('HEAD has the status of GET, and no body', async () => {
    const { client } = at.network;
    const path = sessionPath((await client.startSession()).body.authenticationSessionId);
    const authorization = await client.sign(path, '', 'HEAD');
    const answer = await fetch(at.network.address + path, { method: 'HEAD', headers: { authorization } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  test('another method is told which there is', async () => {
    const answer = await at.network.client.send({ path: sessionPath('A'.repeat(32)), body: '{}' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toContain('GET');
    expect(answer.headers.get('allow')).not.toContain('POST');
    expect((await at.network.client.read(SESSIONS_PATH)).status).toBe(405);
  });
});
