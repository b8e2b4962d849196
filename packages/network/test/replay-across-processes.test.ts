/** A single-use action succeeds once, whichever of the network's processes it is sent to, also at the same instant. */
import { generateSigningKey } from '@payment-passkeys/channel';
import { CLIENT_ASSERTION_TYPE, SESSIONS_PATH, TOKEN_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, createTestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { resumeClient, saveClient, suspendClient } from '../src/domain/clients/store.ts';
import type { RunningNetwork } from '../src/process/start.ts';
import { bySetUp } from './by-set-up.ts';
import { createCaller, newP256, registerCaller } from './oauth2-caller.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';
import { startSecondProcess } from './second-process.ts';

let network: TestNetwork;
let second: RunningNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
  second = await startSecondProcess(network);
});
afterAll(async () => {
  await second.stop();
  await network.stop();
});

const addresses = () => [network.address, second.address];

function send(address: string, path: string, request: { readonly body: string; readonly authorization: string }) {
  const { body, authorization } = request;
  return fetch(address + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization },
  });
}

async function signedSession() {
  const body = JSON.stringify(buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now))));
  return { body, authorization: await network.client.sign(SESSIONS_PATH, body) };
}

/**
 * Locks the table until `count` statements of both processes wait for it. By then all calls have decided, and none has written. Without the lock
 * the first call would finish before the second begins.
 */
async function atOnce<Answer>(table: string, count: number, take: () => Promise<Answer>[]): Promise<readonly Answer[]> {
  const holder = await network.database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(`LOCK TABLE ${table} IN SHARE MODE`);
    const taken = take();
    const waiting = async () =>
      Number(
        (
          await network.database.pool.query(
            `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          )
        ).rows[0].count,
      );
    await expect.poll(waiting, { interval: 20, timeout: 120_000 }).toBe(count);
    await holder.query('COMMIT');
    return await Promise.all(taken);
  } finally {
    holder.release(true); // after a failure the table must not stay locked
  }
}

test('a nonce that one process has taken is refused by the other', async () => {
  const request = await signedSession();
  expect((await send(network.address, SESSIONS_PATH, request)).status).toBe(201);
  const again = await send(second.address, SESSIONS_PATH, request);
  expect(again.status).toBe(403);
  expect(await again.text()).toContain('The nonce was used before; take a new one for each request.');
});

test('a nonce at both processes at the same instant: one is served, fifteen get 403, and there is one session', async () => {
  const request = await signedSession();
  const before = await count('session');
  const answers = await atOnce('request_nonce', 16, () =>
    Array.from({ length: 16 }, (_, turn) => send(addresses()[turn % 2] ?? '', SESSIONS_PATH, request)),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(15).fill(403)]);
  expect(await count('session')).toBe(before + 1);
});

test('a DPoP proof, and a client assertion, at both processes at the same instant: each is taken once', async () => {
  const key = newP256();
  await registerCaller(network, [key], { accountRanges: ['555556'] });
  const callers = addresses().map((address) => createCaller(network, { clientId: 'newer-bank', key, address }));
  const [caller] = callers;
  if (caller === undefined) throw new Error('There are two processes.');
  const token = await caller.takeToken();
  const body = JSON.stringify(
    buildSessionRequest(
      await network.client.encrypt(buildSessionInfo(network.now, { accountReferences: { cards: [CARD] } })),
    ),
  );
  const request = { method: 'POST', path: SESSIONS_PATH, token, body };
  const proof = await caller.proof(request);
  const before = await count('session');
  const answers = await atOnce('request_nonce', 16, () =>
    Array.from({ length: 16 }, (_, turn) => (callers[turn % 2] ?? caller).call({ ...request, proof })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(15).fill(401)]);
  expect(await count('session')).toBe(before + 1);
  expect((await (callers[1] ?? caller).call({ ...request, proof })).status).toBe(401);

  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: CLIENT_ASSERTION_TYPE,
    client_assertion: await caller.assertion(),
  };
  const proofs = await Promise.all(
    Array.from({ length: 16 }, () => caller.proof({ method: 'POST', path: TOKEN_PATH })),
  );
  const tokens = await atOnce('request_nonce', 16, () =>
    proofs.map((each, turn) => (callers[turn % 2] ?? caller).postForm(form, each)),
  );
  expect(tokens.map(({ status }) => status).toSorted()).toEqual([200, ...Array(15).fill(401)]);
});

const CARD = { primaryAccountNumber: '5555565555554443', panExpirationMonth: '12', panExpirationYear: '2032' };

test('an access token at both processes at the same instant opens once', async () => {
  const { body: session } = await network.client.startSession();
  const browsers = Array.from({ length: 16 }, (_, turn) =>
    createTestBrowser({ address: addresses()[turn % 2] ?? '', publicUrl: network.publicUrl }),
  );
  const answers = await atOnce('session', 16, () => browsers.map((browser) => browser.open(session.uri)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(15).fill(401)]);
});

test('a proof at both processes at the same instant binds once, and all are told the same binding', async () => {
  const { session, proof } = await enrol(network, network.browser());
  const body = JSON.stringify({
    authenticationSessionId: session.authenticationSessionId,
    proofOfAuthentication: proof,
  });
  const path = '/authentication/authenticators';
  const signed = await Promise.all(Array.from({ length: 16 }, () => network.client.sign(path, body)));
  const before = await count('binding');
  const answers = await atOnce('session', 16, () =>
    signed.map((authorization, turn) => send(addresses()[turn % 2] ?? '', path, { body, authorization })),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(15).fill(200), 201]);
  const bindings = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Bound).bindingId));
  expect(new Set(bindings).size).toBe(1);
  expect(await count('binding')).toBe(before + 1);
});

test('the very call that bound a proof is refused by the other process, as one that is refused for its session is: also what changes nothing uses its nonce up', async () => {
  const { session, proof } = await enrol(network, network.browser());
  const path = '/authentication/authenticators';
  const twice = async (authenticationSessionId: string) => {
    const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication: proof });
    const request = { body, authorization: await network.client.sign(path, body) };
    return [(await send(network.address, path, request)).status, (await send(second.address, path, request)).status];
  };
  expect(await twice(session.authenticationSessionId)).toEqual([201, 403]);
  expect(await twice(session.authenticationSessionId)).toEqual([200, 403]);
  expect(await twice('A'.repeat(32))).toEqual([404, 403]);
});

test('a client is suspended, or gets another key, between two of its requests: each process counts it at once, though both remember the client', async () => {
  const statuses = async () => {
    const requests = [await signedSession(), await signedSession()];
    const answers = await Promise.all(
      requests.map((request, turn) => send(addresses()[turn] ?? '', SESSIONS_PATH, request)),
    );
    return answers.map(({ status }) => status);
  };
  const { pool } = network.database;
  const { registration } = network.client;
  expect(await statuses()).toEqual([201, 201]);
  await suspendClient(pool, registration.clientId, bySetUp(network.now));
  expect(await statuses()).toEqual([403, 403]);
  await resumeClient(pool, registration.clientId, bySetUp(network.now));
  expect(await statuses()).toEqual([201, 201]);
  const { publicKey } = await generateSigningKey();
  const signingKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await saveClient(pool, readRegistration({ ...registration, signingKey }), bySetUp(network.now));
  expect(await statuses()).toEqual([403, 403]);
  await saveClient(pool, readRegistration(registration), bySetUp(network.now));
  expect(await statuses()).toEqual([201, 201]);
});

interface Bound {
  readonly bindingId: string;
}

async function count(table: string): Promise<number> {
  return Number((await network.database.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
}
