/** How long a proof can be bound, by whom, and in which states of its session (contract §1, §5). */
import type { TestBrowser, TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../src/process/housekeeping.ts';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';
import { detail, openSession, rowOf } from './session-steps.ts';

const START = new Date('2026-11-24T12:00:00Z');
let network: TestNetwork;
let otherBank: TestClient;
beforeAll(async () => {
  network = await startTestNetwork();
  otherBank = await network.addClient({ clientId: 'other-bank', consumerKey: 'other', accountRanges: ['411111'] });
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

const travel = (minutes: number, seconds = 0) => {
  network.now = new Date(START.getTime() + (minutes * 60 + seconds) * 1000);
};
const row = (sessionId: string) => rowOf(network, sessionId);
const opened = (browser?: TestBrowser) => openSession(network, browser);

describe('a proof', () => {
  test.each([
    [899, 201, undefined],
    [900, 400, 'PROOF_EXPIRED'],
    [901, 400, 'PROOF_EXPIRED'],
  ])('is taken for 900 seconds: after %i, %i %s', async (age, status, reason) => {
    travel(10);
    const { session, proof } = await enrol(network, network.browser());
    travel(10, age);
    const answer = await network.client.bind({ ...session, proofOfAuthentication: proof });
    expect(answer.status).toBe(status);
    if (reason !== undefined) expect(detail(answer)).toBe(reason);
  });

  test('that has expired is refused the same after the sweep, and nothing is bound', async () => {
    const { session, proof } = await enrol(network, network.browser());
    travel(15);
    await sweep(network.running.network);
    const answer = await network.client.bind({ ...session, proofOfAuthentication: proof });
    expect([answer.status, detail(answer)]).toEqual([400, 'PROOF_EXPIRED']);
    expect(await row(session.authenticationSessionId)).toMatchObject({ state: 'expired', accounts: null });
  });

  test('of a session enrolled in its last second is taken well past the session’s own time', async () => {
    const { browser, offer, session } = await opened();
    travel(14, 59);
    const proof = proofOf((await browser.result(browser.answer(offer))).body.redirect);
    travel(29, 58);
    await sweep(network.running.network);
    expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
  });

  test('bound is answered with the same ids for 24 hours, expired or not', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const bind = () => network.client.bind({ ...session, proofOfAuthentication: proof });
    const bound = await bind();
    expect(bound.status).toBe(201);
    for (const [minutes, seconds] of [
      [16, 0],
      [60, 0],
      [24 * 60 - 1, 59],
    ] as const) {
      travel(minutes, seconds);
      await sweep(network.running.network);
      const again = await bind();
      expect(again.status).toBe(200);
      expect(again.body).toEqual(bound.body);
    }
    travel(24 * 60);
    expect(detail(await bind())).toBe('SESSION_ALREADY_BOUND');
  });

  test("another client's session is not found, whatever the proof", async () => {
    const { session, proof } = await enrol(network, network.browser());
    const answer = await otherBank.bind({ ...session, proofOfAuthentication: proof });
    expect([answer.status, detail(answer)]).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(answer.body.errordetail[0].source).toBe('/authenticationSessionId');
    expect((await row(session.authenticationSessionId)).state).toBe('enrolled');
  });

  test("another client's proof is refused: PROOF_MISMATCH, and nothing is bound", async () => {
    const card = { primaryAccountNumber: '4111111111111111', panExpirationMonth: '12', panExpirationYear: '2032' };
    const { body: session } = await otherBank.startSession({ info: { accountReferences: { cards: [card] } } });
    const browser = network.browser();
    const { body: offer } = await browser.open(session.uri);
    expect((await browser.result(browser.answer(offer))).status).toBe(200);
    const stolen = await enrol(network, network.browser());
    const answer = await otherBank.bind({ ...session, proofOfAuthentication: stolen.proof });
    expect([answer.status, detail(answer)]).toEqual([400, 'PROOF_MISMATCH']);
    expect((await row(session.authenticationSessionId)).state).toBe('enrolled');
    expect((await row(stolen.session.authenticationSessionId)).state).toBe('enrolled');
  });

  test('that is none of the network’s is PROOF_INVALID', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const [head, body, signature = ''] = proof.split('.');
    const flipped = `${signature.slice(0, 20)}${signature[20] === 'A' ? 'B' : 'A'}${signature.slice(21)}`;
    for (const forged of ['a.b.c', `${head}.${body}.${flipped}`, `${body}.${head}.${signature}`]) {
      const answer = await network.client.bind({ ...session, proofOfAuthentication: forged });
      expect([answer.status, detail(answer)]).toEqual([400, 'PROOF_INVALID']);
      expect(answer.body.errordetail[0].source).toBe('/proofOfAuthentication');
    }
    expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
  });

  test('a second, different one after the binding is a conflict', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const other = await enrol(network, network.browser());
    await network.client.bind({ ...session, proofOfAuthentication: proof });
    const answer = await network.client.bind({ ...session, proofOfAuthentication: other.proof });
    expect([answer.status, detail(answer)]).toEqual([409, 'SESSION_ALREADY_BOUND']);
  });

  test('before the cardholder has finished, or when they never did, there is nothing to bind: 409', async () => {
    const other = await enrol(network, network.browser());
    const { body: created } = await network.client.startSession();
    const open = await opened();
    const ended = await opened();
    await ended.browser.end('USER_CANCELLATION');
    for (const session of [created, open.session, ended.session]) {
      const answer = await network.client.bind({ ...session, proofOfAuthentication: other.proof });
      expect([answer.status, detail(answer)]).toEqual([409, 'SESSION_NOT_ENROLLED']);
    }
  });

  test('an unknown session is 404', async () => {
    const { proof } = await enrol(network, network.browser());
    const answer = await network.client.bind({
      authenticationSessionId: 'A'.repeat(32),
      proofOfAuthentication: proof,
    });
    expect([answer.status, detail(answer)]).toEqual([404, 'SESSION_NOT_FOUND']);
  });
});
