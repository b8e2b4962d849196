/** Everything that can be used once only: of many concurrent requests exactly one succeeds, on a real PostgreSQL. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { OPEN_PATH, RESULT_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, type TestAnswer } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());

const times = <Result>(count: number, take: (position: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, position) => take(position)));

/**
 * Locks the session's row until all requests wait for it, one group after the other. By then each request has read the unchanged session. Without
 * the lock the first request would finish before the second one reads, and there would be no race.
 */
async function lineUp(sessionId: string, ...groups: readonly (() => Promise<readonly TestAnswer[]>)[]) {
  const holder = await network.database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM session WHERE session_id = $1 FOR UPDATE', [sessionId]);
    const waiting = () => count(`pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    const taking: Promise<readonly TestAnswer[]>[] = [];
    for (const take of groups) {
      taking.push(take());
      const inLine = (LINE / groups.length) * taking.length;
      await expect.poll(waiting, { interval: 20, timeout: 120_000 }).toBeGreaterThanOrEqual(inLine);
    }
    await holder.query('COMMIT');
    return await Promise.all(taking);
  } finally {
    holder.release(true); // after a failure the row must not stay locked
  }
}

/** How many requests wait at once. Each holds one of the network's twenty database connections. */
const LINE = 16;

function tally(answers: readonly { readonly status: number }[]): Readonly<Record<number, number>> {
  const statuses: Record<number, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return statuses;
}

async function count(sql: string, ...values: unknown[]): Promise<number> {
  const { rows } = await network.database.pool.query<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`, values);
  return Number(rows[0]?.count);
}

test('one access token, 64 takers without the ceremony cookie: one opens, the others get 401 and change nothing', async () => {
  const { body: session } = await network.client.startSession();
  const browsers = Array.from({ length: 64 }, () => network.browser());
  const [answers = []] = await lineUp(session.authenticationSessionId, () =>
    Promise.all(browsers.map((browser) => browser.open(session.uri))),
  );
  expect(tally(answers)).toEqual({ 200: 1, 401: 63 });
  for (const [position, { status, body }] of answers.entries()) {
    if (status === 200) continue;
    expect(body.errordetail[0].reason).toBe('ACCESS_DENIED');
    expect(browsers[position]?.cookies.size).toBe(0);
  }
  // The session has the winner's challenge.
  const winner = answers.findIndex(({ status }) => status === 200);
  const browser = browsers[winner];
  const result = await browser?.result(browser.answer(answers[winner]?.body));
  expect(result?.status).toBe(200);
});

test('one challenge, 32 different credentials: one is taken, the others are refused, and one passkey is made', async () => {
  const { body: session } = await network.client.startSession();
  const browser = network.browser();
  const { body: opened } = await browser.open(session.uri);
  const credentials = Array.from({ length: 32 }, () =>
    createSoftwareAuthenticator().create({ options: opened.options, origin: network.publicUrl }),
  );
  const before = await count('passkey');
  const [answers = []] = await lineUp(session.authenticationSessionId, () =>
    Promise.all(credentials.map((credential) => browser.result(credential))),
  );
  const statuses = tally(answers);
  expect(statuses[200]).toBe(1);
  expect((statuses[400] ?? 0) + (statuses[409] ?? 0)).toBe(31);
  expect(await count('passkey')).toBe(before + 1);
  expect(await count('session WHERE session_id = $1 AND state = $2', session.authenticationSessionId, 'enrolled')).toBe(
    1,
  );
});

test('the same credential 32 times: one passkey, and the same redirect each time', async () => {
  const { body: session } = await network.client.startSession();
  const browser = network.browser();
  const credential = browser.answer((await browser.open(session.uri)).body);
  const before = await count('passkey');
  const [answers = []] = await lineUp(session.authenticationSessionId, () =>
    times(32, () => browser.result(credential)),
  );
  expect(tally(answers)).toEqual({ 200: 32 });
  expect(new Set(answers.map(({ body }) => body.redirect)).size).toBe(1);
  expect(await count('passkey')).toBe(before + 1);
});

test('the same use of a passkey 32 times: the same redirect, and it counts as one use', async () => {
  const browser = network.browser();
  await enrol(network, browser);
  const { body: session } = await network.client.startSession();
  const { body: opened } = await browser.open(session.uri);
  expect(opened.scenario).toBe('USE');
  const credential = browser.answer(opened);
  const [answers = []] = await lineUp(session.authenticationSessionId, () =>
    times(32, () => browser.result(credential)),
  );
  expect(tally(answers)).toEqual({ 200: 32 });
  expect(new Set(answers.map(({ body }) => body.redirect)).size).toBe(1);
  const { rows } = await network.database.pool.query(
    'SELECT sign_count, counter_regressions FROM passkey JOIN session USING (passkey_id) WHERE session_id = $1',
    [session.authenticationSessionId],
  );
  expect(rows).toEqual([{ sign_count: 2, counter_regressions: 0 }]);
});

test('one proof, 32 binders: one binding, one 201, and the same ids for all', async () => {
  const { session, proof } = await enrol(network, network.browser());
  const before = await count('binding');
  const { authenticationSessionId } = session;
  const [answers = []] = await lineUp(authenticationSessionId, () =>
    times(32, () => network.client.bind({ authenticationSessionId, proofOfAuthentication: proof })),
  );
  expect(tally(answers)).toEqual({ 201: 1, 200: 31 });
  expect(new Set(answers.map(({ body }) => `${body.credentialId} ${body.bindingId}`)).size).toBe(1);
  expect(await count('binding')).toBe(before + 1);
  expect(await count('binding_account WHERE binding_id = $1', answers[0]?.body.bindingId)).toBe(3);
});

test('two sessions of one passkey bound at once: one binding, with the accounts of both', async () => {
  const browser = network.browser();
  const first = await enrol(network, browser);
  const { accountReferences } = buildSessionInfo(network.now);
  const { body: session } = await network.client.startSession({
    info: { accountReferences: { ...accountReferences, emailAddresses: ['other@mail.example'] } },
  });
  const { body: opened } = await browser.open(session.uri);
  const proof = proofOf((await browser.result(browser.answer(opened))).body.redirect);
  const answers = await Promise.all([
    network.client.bind({ ...first.session, proofOfAuthentication: first.proof }),
    network.client.bind({ ...session, proofOfAuthentication: proof }),
  ]);
  expect(tally(answers)).toEqual({ 201: 2 });
  expect(new Set(answers.map(({ body }) => body.bindingId)).size).toBe(1);
  expect(await count('binding_account WHERE binding_id = $1', answers[0].body.bindingId)).toBe(4);
});

test('one clientSessionId used twice at once, in any case: one session, and 409', async () => {
  const clientSessionId = randomUUID();
  const answers = await times(8, (position) =>
    network.client.startSession({
      request: { clientSessionId: position % 2 === 0 ? clientSessionId : clientSessionId.toUpperCase() },
    }),
  );
  expect(tally(answers)).toEqual({ 201: 1, 409: 7 });
  const refused = answers.find(({ status }) => status === 409);
  expect(refused?.body.errordetail).toMatchObject([{ reason: 'CLIENT_SESSION_ID_USED', source: '/clientSessionId' }]);
  const other = await network.addClient({
    clientId: 'other-bank',
    consumerKey: 'other-bank-key',
    accountRanges: ['411111'],
  });
  const card = { primaryAccountNumber: '4111111111111111', panExpirationMonth: '12', panExpirationYear: '2032' };
  const ofOther = await other.startSession({
    info: { accountReferences: { cards: [card] } },
    request: { clientSessionId },
  });
  expect(ofOther.status).toBe(201); // unique per client
});

test('one signed request sent 32 times at once: its nonce is taken once, the others get 403', async () => {
  const encrypted = await network.client.encrypt(buildSessionInfo(network.now));
  const body = JSON.stringify(buildSessionRequest(encrypted));
  const authorization = await network.client.sign(SESSIONS_PATH, body);
  const answers = await times(32, () => network.client.send({ path: SESSIONS_PATH, body, authorization }));
  expect(tally(answers)).toEqual({ 201: 1, 403: 31 });
});

async function opened() {
  const { body: session } = await network.client.startSession();
  const browser = network.browser();
  const credential = browser.answer((await browser.open(session.uri)).body);
  const state = async () =>
    (
      await network.database.pool.query('SELECT * FROM session WHERE session_id = $1', [
        session.authenticationSessionId,
      ])
    ).rows[0].state;
  return {
    sessionId: session.authenticationSessionId,
    state,
    results: () => times(8, () => browser.result(credential)),
    ends: () => times(8, () => browser.end('USER_CANCELLATION')),
    reloads: () => times(8, () => browser.open(session.uri)),
  };
}

describe('of two different steps at once, whichever is first decides, and every answer agrees with it', () => {
  test('a result, then "Not now"', async () => {
    const { sessionId, state, results, ends } = await opened();
    expect((await lineUp(sessionId, results, ends)).map(tally)).toEqual([{ 200: 8 }, { 409: 8 }]);
    expect(await state()).toBe('enrolled');
  });

  test('"Not now", then a result', async () => {
    const { sessionId, state, results, ends } = await opened();
    expect((await lineUp(sessionId, ends, results)).map(tally)).toEqual([{ 200: 8 }, { 401: 8 }]);
    expect(await state()).toBe('cancelled');
  });

  test('a result, then a reload', async () => {
    const { sessionId, state, results, reloads } = await opened();
    expect((await lineUp(sessionId, results, reloads)).map(tally)).toEqual([{ 200: 8 }, { 401: 8 }]);
    expect(await state()).toBe('enrolled');
  });

  test('a reload, then a result', async () => {
    const { sessionId, state, results, reloads } = await opened();
    expect((await lineUp(sessionId, reloads, results)).map(tally)).toEqual([{ 200: 8 }, { 400: 8 }]);
    expect(await state()).toBe('opened');
  });

  test('"Not now", then a reload', async () => {
    const { sessionId, state, ends, reloads } = await opened();
    expect((await lineUp(sessionId, ends, reloads)).map(tally)).toEqual([{ 200: 8 }, { 401: 8 }]);
    expect(await state()).toBe('cancelled');
  });
});

test('the same ceremony opened again 16 times at once: the session holds one of the challenges, the others are refused', async () => {
  const { body: session } = await network.client.startSession();
  const browser = network.browser();
  await browser.open(session.uri);
  const [answers = []] = await lineUp(session.authenticationSessionId, () =>
    times(16, () => browser.open(session.uri)),
  );
  expect(tally(answers)).toEqual({ 200: 16 });
  expect(new Set(answers.map(({ body }) => body.options.challenge)).size).toBe(16);
  const statuses: number[] = [];
  for (const { body } of answers) {
    const authenticator = createSoftwareAuthenticator();
    const credential = authenticator.create({ options: body.options, origin: network.publicUrl });
    statuses.push((await browser.post(RESULT_PATH, { credential })).status);
  }
  // Before the winner's result a request is refused for its challenge (400), after it for a second result (409).
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.every((status) => [200, 400, 409].includes(status))).toBe(true);
});

test('a wrong token leaves the session as it was, however often it is tried', async () => {
  const { body: session } = await network.client.startSession();
  const row = async () =>
    (
      await network.database.pool.query('SELECT * FROM session WHERE session_id = $1', [
        session.authenticationSessionId,
      ])
    ).rows[0];
  const before = await row();
  const answers = await times(32, () => {
    const wrong = session.uri.replace(/#.*/, `#${randomBytes(32).toString('base64url')}`);
    return network.browser().open(wrong);
  });
  expect(tally(answers)).toEqual({ 401: 32 });
  expect(await row()).toEqual(before);
  expect((await network.browser().open(session.uri)).status).toBe(200);
});

test('without its token a session is not opened at all', async () => {
  const { body: session } = await network.client.startSession();
  const { authenticationSessionId, clientSessionId } = session;
  const launch = { clientId: 'test-bank', authenticationSessionId, clientSessionId };
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic dGVzdA==', 'Bearer a b']) {
    const answer = await network.browser().post(OPEN_PATH, launch, { authorization });
    expect(answer.status).toBe(401);
  }
});
