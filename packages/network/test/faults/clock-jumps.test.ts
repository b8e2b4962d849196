/**
 * The clock jumps by minutes while cardholders are enrolling: refusals give their reason, nothing crashes, and nothing is bound that should
 * not be.
 */
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../../src/process/housekeeping.ts';
import { enrol, startTestNetwork, type TestNetwork } from '../running-network.ts';
import { storedState } from '../session-steps.ts';

const YESTERDAY = new Date('2026-11-23T12:00:00Z');
const NOON = new Date('2026-11-24T12:00:00Z');

let network: TestNetwork;
beforeAll(async () => {
  // The first keys are a day old at noon.
  network = await startTestNetwork({}, YESTERDAY);
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = NOON;
});

const jump = (minutes: number) => {
  network.now = new Date(network.now.getTime() + minutes * 60_000);
};
/** The part of housekeeping that runs every half minute. */
const keepHouse = () => sweep({ pool: network.database.pool, clock: () => network.now });
const reasonOf = ({
  status,
  body,
}: {
  readonly status: number;
  readonly body: { errordetail?: { reason: string }[] };
}) => [status, body.errordetail?.[0]?.reason];

async function signedSession(changes: Parameters<typeof buildSessionRequest>[1] = {}) {
  const encrypted = await network.client.encrypt(buildSessionInfo(network.now));
  const body = JSON.stringify(buildSessionRequest(encrypted, changes));
  return { path: SESSIONS_PATH, body, authorization: await network.client.sign(SESSIONS_PATH, body) };
}

const stateOf = (sessionId: string) => storedState(network, sessionId);

async function count(table: string): Promise<number> {
  return Number((await network.database.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
}

describe('forward', () => {
  test('past a signature’s five minutes: the request is refused, and taken once the clock is back', async () => {
    const request = await signedSession();
    jump(6);
    const refused = await network.client.send(request);
    expect([refused.status, refused.body.Errors.Error[0].Description]).toEqual([
      403,
      expect.stringMatching(/timestamp/i),
    ]);
    jump(-6);
    expect((await network.client.send(request)).status).toBe(201);
  });

  test('past a session’s fifteen minutes between opening and result: refused, and nothing is enrolled', async () => {
    const browser = network.browser();
    const { body: session } = await network.client.startSession();
    const credential = browser.answer((await browser.open(session.uri)).body);
    const passkeys = await count('passkey');
    jump(16);
    expect(reasonOf(await browser.result(credential))).toEqual([401, 'ACCESS_DENIED']);
    expect([await stateOf(session.authenticationSessionId), await count('passkey')]).toEqual(['opened', passkeys]);
  });

  test('… and back before anybody has kept house: the session goes on, since its time is not up', async () => {
    const browser = network.browser();
    const { body: session } = await network.client.startSession();
    const credential = browser.answer((await browser.open(session.uri)).body);
    jump(16);
    expect((await browser.result(credential)).status).toBe(401);
    jump(-16);
    expect((await browser.result(credential)).status).toBe(200);
  });

  test('… and back after it: what has expired stays so, and its accounts are gone', async () => {
    const browser = network.browser();
    const { body: session } = await network.client.startSession();
    const credential = browser.answer((await browser.open(session.uri)).body);
    jump(16);
    await keepHouse();
    jump(-16);
    expect(reasonOf(await browser.result(credential))).toEqual([401, 'ACCESS_DENIED']);
    expect(await stateOf(session.authenticationSessionId)).toBe('expired');
  });

  test('past a proof’s fifteen minutes: PROOF_EXPIRED, nothing is bound, and it is taken once the clock is back', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const bindings = await count('binding');
    const call = { authenticationSessionId: session.authenticationSessionId, proofOfAuthentication: proof };
    jump(16);
    expect(reasonOf(await network.client.bind(call))).toEqual([400, 'PROOF_EXPIRED']);
    expect(await count('binding')).toBe(bindings);
    jump(-16);
    expect((await network.client.bind(call)).status).toBe(201);
  });
});

describe('back', () => {
  test('past a signature’s five minutes: a request of the present is refused', async () => {
    const request = await signedSession();
    jump(-6);
    expect((await network.client.send(request)).status).toBe(403);
  });

  test('by less: what the bank has just verified lies in the future, and is refused as STALE', async () => {
    const info = buildSessionInfo(network.now);
    const encrypted = await network.client.encrypt(info);
    jump(-3);
    const body = JSON.stringify(buildSessionRequest(encrypted));
    expect(reasonOf(await network.client.send({ path: SESSIONS_PATH, body }))).toEqual([400, 'STALE']);
  });

  test('during a ceremony: it ends as it would have, and is bound once the proof’s time has come', async () => {
    const browser = network.browser();
    const { body: session } = await network.client.startSession();
    const credential = browser.answer((await browser.open(session.uri)).body);
    jump(-10);
    await keepHouse();
    const { status, body } = await browser.result(credential);
    expect(status, JSON.stringify(body)).toBe(200);
    const proofOfAuthentication = new URL(body.redirect).searchParams.get('proofOfAuthentication') ?? '';
    const call = { authenticationSessionId: session.authenticationSessionId, proofOfAuthentication };
    expect((await network.client.bind(call)).status).toBe(201);
    jump(10);
    expect((await network.client.bind(call)).status).toBe(200); // for a day a repeated call gets the same ids
  });

  test('before the network’s first key: it cannot sign, and says that it is unavailable; nothing is used up', async () => {
    const browser = network.browser();
    const { body: session } = await network.client.startSession();
    const credential = browser.answer((await browser.open(session.uri)).body);
    jump(-25 * 60);
    const refused = await browser.result(credential);
    expect([...reasonOf(refused), refused.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '5']);
    jump(25 * 60);
    expect((await browser.result(credential)).status).toBe(200);
  });

  test('between proof and binding: the proof is of the future, which is refused, and taken when the clock is there again', async () => {
    const { session, proof } = await enrol(network, network.browser());
    const bindings = await count('binding');
    const call = { authenticationSessionId: session.authenticationSessionId, proofOfAuthentication: proof };
    jump(-10);
    expect(reasonOf(await network.client.bind(call))).toEqual([400, 'PROOF_INVALID']);
    expect(await count('binding')).toBe(bindings);
    jump(10);
    expect((await network.client.bind(call)).status).toBe(201);
  });
});

describe('forward and back, with housekeeping in between', () => {
  test.each([1, 4])(
    'by %i minutes: a nonce is remembered for as long as its signature may be sent again',
    async (minutes) => {
      const request = await signedSession();
      expect((await network.client.send(request)).status).toBe(201);
      jump(minutes);
      await keepHouse();
      jump(-minutes);
      expect((await network.client.send(request)).status).toBe(403);
    },
  );

  test('by more than that: its nonce is forgotten too early, and what it asked for is still not done twice', async () => {
    const request = await signedSession();
    expect((await network.client.send(request)).status).toBe(201);
    const sessions = await count('session');
    jump(11);
    await keepHouse();
    jump(-11);
    expect((await network.client.send(request)).status).toBe(409); // this clientSessionId was used before
    expect(await count('session')).toBe(sessions);
  });
});
