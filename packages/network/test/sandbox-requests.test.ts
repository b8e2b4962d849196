/** The last requests of each client at the console: a bounded list of requests and their faults, without values. */
import { EVENT_TYPES, EVENTS_PATH, SESSIONS_PATH, TOKEN_PATH } from '@payment-passkeys/protocol';
import { KEPT_REQUESTS, type RecordedRequest, SANDBOX_VALUES } from '@payment-passkeys/protocol/sandbox';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ConsoleBrowser, joined, WITH_CONSOLE } from './console-browser.ts';
import { createCaller, newP256, registerCaller } from './oauth2-caller.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
let operator: ConsoleBrowser;
beforeAll(async () => {
  network = await startTestNetwork(WITH_CONSOLE);
  operator = await joined(network, 'AUDITOR');
});
afterAll(() => network.stop());

async function list(clientId: string, after?: number): Promise<readonly RecordedRequest[]> {
  const query = after === undefined ? '' : `?after=${after}`;
  const { status, body } = await operator.call('GET', `/api/sandbox/clients/${clientId}/requests${query}`);
  expect(status).toBe(200);
  return body.items;
}

/** Waits until the requests of `made` are recorded, which happens after their answers. Answers them, the newest first. */
async function recorded(
  clientId: string,
  made: () => Promise<unknown>,
  count = 1,
): Promise<readonly RecordedRequest[]> {
  const [before] = await list(clientId);
  await made();
  return vi.waitFor(
    async () => {
      const items = await list(clientId, before?.position ?? 0);
      expect(items.length).toBeGreaterThanOrEqual(count);
      return items;
    },
    { timeout: 60_000, interval: 50 },
  );
}

test('a request that was served: its session, and the shape of what was decrypted, without a value', async () => {
  const [request] = await recorded('test-bank', () =>
    network.client.sendInfo({ ...buildSessionInfo(network.now), localee: 'en' }),
  );
  expect(request).toMatchObject({ method: 'POST', path: SESSIONS_PATH, status: 201, signature: 'RIGHT', errors: [] });
  expect(request?.unknownFields).toEqual(['/srcSessionInitiationRequestInfo/localee']);
  const pan = request?.shape.find(({ pointer }) => pointer.endsWith('/cards/0/primaryAccountNumber'));
  expect(pan).toMatchObject({ type: 'string', length: 16, decrypted: true });
  expect((await operator.call('GET', `/api/sessions/${request?.sessionId}`)).status).toBe(200);
});

test('a wrong field: its pointer and sentence; it is said once, at the newest', async () => {
  const wrong = () => network.client.sendInfo({ ...buildSessionInfo(network.now), callbackUri: 'javascript:1' });
  const [request] = await recorded('test-bank', wrong);
  expect(request?.status).toBe(400);
  expect(request?.errors[0]?.pointer).toMatch(/callbackUri$/);
});

test('a wrong signature: the base string that the network computed, and no shape', async () => {
  const other = await network.addClient({ clientId: 'other', consumerKey: 'other!key', accountRanges: ['4111'] });
  const { consumerKey } = network.client.registration;
  const body = '{"encryptedData":"x"}';
  const authorization = (await other.sign(SESSIONS_PATH, body)).replace('other%21key', encodeURIComponent(consumerKey));
  const [request] = await recorded('test-bank', () =>
    network.client.send({ path: SESSIONS_PATH, body, authorization }),
  );
  expect(request).toMatchObject({ status: 403, signature: 'WRONG', shape: [], masked: false });
  expect(request?.baseStrings[0]).toMatch(/^POST&http%3A%2F%2Fverify\.localhost%3A4000%2Fauthentication%2Fsessions&/);
  expect(await list('other')).toEqual([]);
});

test('what is refused before the signature is checked is found by the consumer key: a changed body, an address that there is not', async () => {
  const authorization = await network.client.sign(SESSIONS_PATH, '{}');
  const calls = async () => {
    await network.client.send({ path: SESSIONS_PATH, body: '{"a":1}', authorization });
    await network.client.send({ path: '/authentication/session', body: '{}' });
  };
  const requests = await recorded('test-bank', calls, 2);
  expect(requests.map(({ status, signature, errors }) => [status, signature, errors[0]?.code])).toEqual([
    [404, 'NOT_CHECKED', 'ROUTE_NOT_FOUND'],
    [400, 'WRONG', 'INVALID_BODY_HASH'],
  ]);
});

test('a caller that no client is known of, and an unsigned call, are in nobody’s list', async () => {
  const body = '{}';
  const authorization = (await network.client.sign(SESSIONS_PATH, body)).replace(
    'oauth_consumer_key="',
    'oauth_consumer_key="x',
  );
  const calls = async () => {
    await network.client.send({ path: SESSIONS_PATH, body, authorization });
    await network.client.send({ path: SESSIONS_PATH, body, authorization: undefined });
    await network.client.read('/authentication/events');
  };
  const requests = await recorded('test-bank', calls);
  expect(requests.map(({ path }) => path)).toEqual(['/authentication/events']);
});

test('with OAuth 2.0: the token request without its values, the call with the shape of its body, and no token, proof or assertion', async () => {
  const key = newP256();
  const { clientId } = await registerCaller(network, [key]);
  const caller = createCaller(network, { clientId, key });
  const secrets: string[] = [];
  const calls = async () => {
    const token = await caller.takeToken();
    const cards = [{ primaryAccountNumber: '2223000048400011', panExpirationMonth: '12', panExpirationYear: '2032' }];
    const info = buildSessionInfo(network.now, { accountReferences: { cards } });
    const body = JSON.stringify(buildSessionRequest(await network.client.encrypt(info)));
    await caller.call({ method: 'POST', path: SESSIONS_PATH, token, body });
    const proof = await caller.proof({ method: 'GET', path: SESSIONS_PATH, token });
    await caller.call({ method: 'GET', path: EVENTS_PATH, token, proof });
    await caller.call({ method: 'GET', path: EVENTS_PATH, token, scheme: 'Bearer' });
    const assertion = await caller.assertion({ claims: { aud: 'https://other.example/' } });
    await caller.requestToken({ form: { client_assertion: assertion } });
    secrets.push(token, proof, assertion);
  };
  const requests = await recorded(clientId, calls, 6);
  const rows = requests.map(({ scheme, path, status, signature, errors }) =>
    [scheme, path, status, signature, errors[0]?.code ?? 'no error'].join(' '),
  );
  // The test's clock stands still, so the order of the rows is not known.
  expect(rows.toSorted()).toEqual([
    `OAUTH2 ${EVENTS_PATH} 401 WRONG INVALID_DPOP_PROOF`,
    `OAUTH2 ${EVENTS_PATH} 401 WRONG INVALID_TOKEN`,
    `OAUTH2 ${SESSIONS_PATH} 201 RIGHT no error`,
    `OAUTH2 ${TOKEN_PATH} 200 RIGHT no error`,
    `OAUTH2 ${TOKEN_PATH} 400 WRONG use_dpop_nonce`,
    `OAUTH2 ${TOKEN_PATH} 401 WRONG invalid_client`,
  ]);
  const [wrongProof, bearer, session, granted, withoutNonce, wrongAssertion] = rows
    .toSorted()
    .map((row) => requests[rows.indexOf(row)]);
  const marked = (request: RecordedRequest | undefined) => request?.claims.filter(({ wrong }) => wrong);
  expect(marked(wrongAssertion)).toMatchObject([{ of: 'ASSERTION', name: 'aud', given: 'https://other.example/' }]);
  expect(bearer?.claims).toEqual([]);
  const [given, expected] = [SESSIONS_PATH, EVENTS_PATH].map((path) => network.publicUrl + path);
  expect(marked(wrongProof)).toEqual([{ of: 'PROOF', name: 'htu', given, expected, wrong: true }]);
  expect(session?.shape.some(({ decrypted }) => decrypted)).toBe(true);
  expect(granted?.shape).toContainEqual({ pointer: '/client_assertion', type: 'string', length: expect.any(Number) });
  expect(marked(withoutNonce)).toMatchObject([{ of: 'PROOF', name: 'nonce', expected: expect.stringMatching(/./) }]);
  const kept = JSON.stringify(requests);
  for (const part of secrets.flatMap((secret) => secret.split('.'))) expect(kept).not.toContain(part);
});

test('a token request of a client that has no key of OAuth 2.0, and a forged token, are found by the client that they name', async () => {
  const caller = createCaller(network, { clientId: 'test-bank', key: newP256() });
  const calls = async () => {
    await caller.requestToken();
    await caller.requestToken();
    await caller.call({ method: 'GET', path: EVENTS_PATH, token: await caller.assertion() });
  };
  const requests = await recorded('test-bank', calls, 3);
  const found = requests.map(({ errors, claims }) => `${errors[0]?.code} ${claims.length > 0}`);
  expect(found.toSorted()).toEqual(['INVALID_TOKEN false', 'invalid_client false', 'use_dpop_nonce true']);
});

test('the last hundred of a client are kept, however many come', async () => {
  const many = Array.from({ length: KEPT_REQUESTS + 20 }, () => network.client.read('/authentication/events'));
  await recorded('test-bank', () => Promise.all(many));
  await vi.waitFor(async () => expect(await list('test-bank')).toHaveLength(KEPT_REQUESTS), { timeout: 60_000 });
  const positions = (await list('test-bank')).map(({ position }) => position);
  expect(positions).toEqual(positions.toSorted((one, other) => other - one));
});

test('the screen begins with the clients, the test values and the types of events', async () => {
  const { body } = await operator.call('GET', '/api/sandbox');
  expect(body.clients).toContainEqual({ clientId: 'test-bank', name: expect.any(String), role: 'issuer' });
  expect(body.values).toHaveLength(SANDBOX_VALUES.length);
  expect(body.eventTypes).toEqual(EVENT_TYPES);
});

test('of a client that there is not, there is no list', async () => {
  expect((await operator.call('GET', '/api/sandbox/clients/nobody/requests')).status).toBe(404);
});
