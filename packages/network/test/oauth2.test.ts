/** OAuth 2.0 (contract §21): each refused request differs from an accepted one in one thing. */
import { createHmac, randomUUID } from 'node:crypto';
import { EVENTS_PATH, OAUTH_METADATA_PATH, SESSIONS_PATH, TOKEN_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { type Caller, createCaller, type JwtChanges, newP256, newRsa, pemOf, registerCaller } from './oauth2-caller.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

const clientId = 'newer-bank';
const key = newP256();
const rsaKey = newRsa();
const PUBLIC_URL = 'https://verify.network.example';

let network: TestNetwork;
let caller: Caller;
let token: string;
beforeAll(async () => {
  network = await startTestNetwork({ PUBLIC_URL });
  await registerCaller(network, [key, rsaKey]);
  caller = createCaller(network, { clientId, key });
  token = await caller.takeToken();
});
afterAll(() => network.stop());

const seconds = () => Math.floor(network.now.getTime() / 1000);

describe('the token endpoint', () => {
  test('is described by the metadata of RFC 8414', async () => {
    const answer = await fetch(network.address + OAUTH_METADATA_PATH);
    expect(await answer.json()).toMatchObject({
      issuer: PUBLIC_URL,
      token_endpoint: PUBLIC_URL + TOKEN_PATH,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      dpop_signing_alg_values_supported: ['PS256', 'ES256'],
    });
  });

  test.each([
    ['ES256', key, newP256()],
    ['PS256', rsaKey, newRsa()],
  ])('grants a DPoP token for 15 minutes, with the scopes of the role: %s', async (_name, ownKey, dpopKey) => {
    const other = createCaller(network, { clientId, key: ownKey, dpopKey });
    const first = await other.requestToken();
    expect([first.status, first.body.error]).toEqual([400, 'use_dpop_nonce']);
    expect(first.headers.get('dpop-nonce')).toMatch(/./);
    expect(first.headers.get('www-authenticate')).toBeNull();
    const { status, body, headers } = await other.requestToken();
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        token_type: 'DPoP',
        expires_in: 900,
        scope: 'sessions authenticators bindings accounts events',
      },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const path = EVENTS_PATH;
    expect((await other.call({ method: 'GET', path, token: body.access_token })).status).toBe(200);
  });

  test('grants the scopes that are asked for, and takes its own address as the audience', async () => {
    const form = { scope: 'events sessions', client_id: clientId };
    const { status, body } = await caller.requestToken({
      form,
      assertion: { claims: { aud: PUBLIC_URL + TOKEN_PATH } },
    });
    expect([status, body.scope]).toEqual([200, 'sessions events']);
  });

  test.each<[string, number, string, () => Parameters<Caller['requestToken']>[0]]>([
    ['no grant type', 400, 'invalid_request', () => ({ form: { grant_type: undefined } })],
    ['another grant', 400, 'unsupported_grant_type', () => ({ form: { grant_type: 'authorization_code' } })],
    ['no assertion', 400, 'invalid_request', () => ({ form: { client_assertion: undefined } })],
    ['another kind of assertion', 400, 'invalid_request', () => ({ form: { client_assertion_type: 'saml' } })],
    ['an assertion that is no JWT', 401, 'invalid_client', () => ({ form: { client_assertion: 'a.b.c' } })],
    ['a client_id of another', 401, 'invalid_client', () => ({ form: { client_id: 'test-bank' } })],
    ['an unknown client', 401, 'invalid_client', () => ({ assertion: { claims: { iss: 'nobody', sub: 'nobody' } } })],
    [
      'a client of OAuth 1.0a',
      401,
      'invalid_client',
      () => ({ assertion: { claims: { iss: 'test-bank', sub: 'test-bank' } } }),
    ],
    ['another iss than sub', 401, 'invalid_client', () => ({ assertion: { claims: { iss: 'test-bank' } } })],
    ['another key', 401, 'invalid_client', () => ({ assertion: { key: newP256() } })],
    ['the aud of another', 401, 'invalid_client', () => ({ assertion: { claims: { aud: 'https://other.example' } } })],
    [
      'an aud beside ours',
      401,
      'invalid_client',
      () => ({ assertion: { claims: { aud: [PUBLIC_URL, 'https://other.example'] } } }),
    ],
    ['an aud with a slash', 401, 'invalid_client', () => ({ assertion: { claims: { aud: `${PUBLIC_URL}/` } } })],
    ['no exp', 401, 'invalid_client', () => ({ assertion: { claims: { exp: undefined } } })],
    ['an exp of the past', 401, 'invalid_client', () => ({ assertion: { claims: { exp: seconds() - 61 } } })],
    ['an exp far ahead', 401, 'invalid_client', () => ({ assertion: { claims: { exp: seconds() + 361 } } })],
    ['an iat ahead', 401, 'invalid_client', () => ({ assertion: { claims: { iat: seconds() + 61 } } })],
    ['an nbf ahead', 401, 'invalid_client', () => ({ assertion: { claims: { nbf: seconds() + 61 } } })],
    ['no jti', 401, 'invalid_client', () => ({ assertion: { claims: { jti: undefined } } })],
    ['a proof as assertion', 401, 'invalid_client', () => ({ assertion: { header: { typ: 'dpop+jwt' } } })],
    ['a scope of another role', 400, 'invalid_scope', () => ({ form: { scope: 'sessions merchants' } })],
    ['an unknown scope', 400, 'invalid_scope', () => ({ form: { scope: 'everything' } })],
    ['a proof for another method', 400, 'invalid_dpop_proof', () => ({ proof: { claims: { htm: 'GET' } } })],
    ['a nonce that we never gave', 400, 'use_dpop_nonce', () => ({ proof: { claims: { nonce: '1.AAAA' } } })],
  ])('refuses %s', async (_name, status, error, changes) => {
    const answer = await caller.requestToken(changes());
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });

  test.each([
    ['none', async (claims: object) => new UnsecuredJWT({ ...claims }).encode()],
    [
      'HS256 by the public key',
      async (claims: object) => {
        const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.');
        return `${text}.${createHmac('sha256', pemOf(rsaKey)).update(text).digest('base64url')}`;
      },
    ],
  ])('refuses an assertion with alg %s', async (_name, build) => {
    const claims = { iss: clientId, sub: clientId, aud: PUBLIC_URL, jti: randomUUID(), exp: seconds() + 60 };
    const { status, body } = await caller.requestToken({ form: { client_assertion: await build(claims) } });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  test('refuses an assertion with alg RS256, though the key could sign it', async () => {
    const { status, body } = await caller.requestToken({ assertion: { key: rsaKey, header: { alg: 'RS256' } } });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  test('takes an assertion once, and a proof once', async () => {
    const assertion = await caller.assertion();
    const form = { client_assertion: assertion };
    expect((await caller.requestToken({ form })).status).toBe(200);
    expect((await caller.requestToken({ form })).body).toEqual({
      error: 'invalid_client',
      error_description: 'The client_assertion was used before.',
    });
    const claims = { jti: randomUUID() };
    expect((await caller.requestToken({ proof: { claims } })).status).toBe(200);
    expect((await caller.requestToken({ proof: { claims } })).body.error).toBe('invalid_dpop_proof');
  });

  test('refuses a parameter twice, a body that is no form, and a request without a proof', async () => {
    const send = (body: string, type = 'application/x-www-form-urlencoded') =>
      fetch(network.address + TOKEN_PATH, { method: 'POST', body, headers: { 'content-type': type } });
    for (const [body, type] of [
      ['grant_type=client_credentials&grant_type=client_credentials'],
      ['{}', 'application/json'],
    ] as const) {
      const answer = await send(body, type);
      expect(((await answer.json()) as { error: string }).error).toBe('invalid_request');
    }
    const { status, body } = await caller.postForm({ grant_type: 'client_credentials' }, undefined);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    const form = { client_assertion: await caller.assertion() };
    const noProof = await caller.postForm(
      {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        ...form,
      },
      undefined,
    );
    expect([noProof.status, noProof.body.error]).toEqual([400, 'invalid_dpop_proof']);
  });
});

describe('a request with a token', () => {
  const events = (request: Partial<Parameters<Caller['call']>[0]> = {}) =>
    caller.call({ method: 'GET', path: EVENTS_PATH, token, ...request });
  const withProof = async (changes: JwtChanges) =>
    events({ proof: await caller.proof({ method: 'GET', path: EVENTS_PATH, token }, changes) });

  test('is served, also with a query, which the proof does not name', async () => {
    expect((await events()).status).toBe(200);
    expect((await events({ path: `${EVENTS_PATH}?limit=1` })).status).toBe(200);
  });

  test('starts a session', async () => {
    const body = JSON.stringify(buildSessionRequest(await network.client.encrypt(newerInfo())));
    expect((await caller.call({ method: 'POST', path: SESSIONS_PATH, token, body })).status).toBe(201);
  });

  test.each<[string, string, () => Promise<{ status: number; body: unknown; headers: Headers }>]>([
    ['as a bearer', 'INVALID_TOKEN', () => events({ scheme: 'Bearer' })],
    ['that is forged', 'INVALID_TOKEN', () => events({ token: `${token.slice(0, -8)}AAAAAAAA` })],
    ['that is no JWT', 'INVALID_TOKEN', () => events({ token: 'abc' })],
    ['without a proof', 'INVALID_DPOP_PROOF', () => events({ proof: undefined })],
    [
      'with two proofs',
      'INVALID_DPOP_PROOF',
      async () => events({ proof: `${await anyProof()}, ${await anyProof()}` }),
    ],
    ['with the proof of another key', 'INVALID_TOKEN', () => withProof({ key: newP256() })],
    ['with the jwk of the right key, but signed by another', 'INVALID_DPOP_PROOF', () => foreignSignature()],
    ['with another method in the proof', 'INVALID_DPOP_PROOF', () => withProof({ claims: { htm: 'POST' } })],
    ['with another path in the proof', 'INVALID_DPOP_PROOF', () => withProof({ claims: { htu: `${PUBLIC_URL}/a` } })],
    [
      'with another host in the proof',
      'INVALID_DPOP_PROOF',
      () => withProof({ claims: { htu: `https://other.example${EVENTS_PATH}` } }),
    ],
    ['with the hash of another token', 'INVALID_DPOP_PROOF', () => withProof({ claims: { ath: 'A'.repeat(43) } })],
    ['without the hash of the token', 'INVALID_DPOP_PROOF', () => withProof({ claims: { ath: undefined } })],
    ['with an old proof', 'INVALID_DPOP_PROOF', () => withProof({ claims: { iat: seconds() - 151 } })],
    ['with a proof of the future', 'INVALID_DPOP_PROOF', () => withProof({ claims: { iat: seconds() + 61 } })],
    ['with a proof that has expired', 'INVALID_DPOP_PROOF', () => withProof({ claims: { exp: seconds() - 61 } })],
    ['with a proof without jti', 'INVALID_DPOP_PROOF', () => withProof({ claims: { jti: undefined } })],
    ['with a proof of another type', 'INVALID_DPOP_PROOF', () => withProof({ header: { typ: 'JWT' } })],
    ['with a proof by RS256', 'INVALID_DPOP_PROOF', () => withProof({ key: rsaKey, header: { alg: 'RS256' } })],
    ['with a private jwk', 'INVALID_DPOP_PROOF', () => withProof({ header: { jwk: privateJwk() } })],
    ['with a proof without a nonce', 'USE_DPOP_NONCE', () => withProof({ claims: { nonce: undefined } })],
    [
      'with a nonce that we never gave',
      'USE_DPOP_NONCE',
      () => withProof({ claims: { nonce: `${minute()}.${'A'.repeat(22)}` } }),
    ],
  ])('is refused %s', async (_name, reason, send) => {
    const { status, body, headers } = await send();
    expect([status, body]).toMatchObject([401, { Errors: { Error: [{ Source: 'Gateway', ReasonCode: reason }] } }]);
    expect(headers.get('www-authenticate')).toBe(`DPoP error="${reason.toLowerCase()}", algs="PS256 ES256"`);
  });

  const anyProof = () => caller.proof({ method: 'GET', path: EVENTS_PATH, token });
  const privateJwk = () => caller.dpopKey.privateKey.export({ format: 'jwk' });
  const minute = () => Math.floor(seconds() / 60);
  const foreignSignature = () =>
    withProof({ key: newP256(), header: { jwk: caller.dpopKey.publicKey.export({ format: 'jwk' }) } });

  test('is refused at an address of another scope, which the answer names', async () => {
    const narrow = await caller.takeToken('sessions');
    const { status, body, headers } = await events({ token: narrow });
    expect([status, body.Errors.Error[0].ReasonCode]).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="events"');
  });

  test('is offered, beside OAuth 1.0a, to a request without either', async () => {
    const { status, headers } = await fetch(network.address + EVENTS_PATH);
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'OAuth, DPoP algs="PS256 ES256"']);
  });

  test('is refused with an Authorization of OAuth 1.0a beside it', async () => {
    const { status } = await events({ scheme: 'OAuth oauth_nonce="a", DPoP' });
    expect(status).toBe(403);
  });

  test('is refused when the token is a proof of the network, which the same key signed', async () => {
    const { proof } = await enrol(network, network.browser());
    const { status, body } = await events({ token: proof });
    expect([status, body.Errors.Error[0].ReasonCode]).toEqual([401, 'INVALID_TOKEN']);
  });

  test('gets a new nonce with its answer when its own is older than a minute, and needs one after five', async () => {
    const start = network.now;
    const own = createCaller(network, { clientId, key });
    const ownToken = await own.takeToken();
    const call = () => own.call({ method: 'GET', path: EVENTS_PATH, token: ownToken });
    expect((await call()).headers.get('dpop-nonce')).toBeNull();
    network.now = new Date(start.getTime() + 61_000);
    const renewed = await call();
    expect([renewed.status, renewed.headers.get('dpop-nonce')]).toEqual([200, expect.any(String)]);
    network.now = new Date(start.getTime() + 7 * 60_000);
    const late = await call();
    expect([late.status, late.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('use_dpop_nonce'),
    ]);
    expect((await call()).status).toBe(200);
    network.now = start;
  });

  test('counts as refused where it is, with its client; the request for a nonce does not count', async () => {
    const countRefused = async () => {
      const text = await (await fetch(`${network.address}/metrics`)).text();
      const sum = (name: RegExp) =>
        text.split('\n').reduce((total, line) => total + (name.test(line) ? Number(line.split(' ').at(-1)) : 0), 0);
      return {
        signatures: sum(/^payment_passkeys_signatures_refused_total\{/),
        ofClient: sum(/^payment_passkeys_client_refusals_total\{client="newer-bank"/),
        ofUnknown: sum(/^payment_passkeys_client_refusals_total\{client="unknown"/),
      };
    };
    const { signatures, ofClient, ofUnknown } = await countRefused();
    await createCaller(network, { clientId, key }).takeToken(); // its first request has no nonce
    expect((await withProof({ claims: { nonce: undefined } })).status).toBe(401);
    expect(await countRefused()).toEqual({ signatures, ofClient, ofUnknown });
    await caller.requestToken({ assertion: { claims: { exp: seconds() - 61 } } });
    await withProof({ key: newP256() });
    expect(await countRefused()).toEqual({ signatures: signatures + 1, ofClient: ofClient + 2, ofUnknown });
  });

  test('is refused once the token has expired', async () => {
    const start = network.now;
    const expiring = createCaller(network, { clientId, key });
    const shortLived = await expiring.takeToken();
    network.now = new Date(start.getTime() + 15 * 60_000);
    await expiring.requestToken(); // gets a nonce of this time
    const { status, body } = await expiring.call({ method: 'GET', path: EVENTS_PATH, token: shortLived });
    expect([status, body.Errors.Error[0]]).toMatchObject([
      401,
      { ReasonCode: 'INVALID_TOKEN', Description: 'The access token has expired.' },
    ]);
    network.now = start;
  });

  test('is refused once the client is suspended, and the token endpoint refuses it too; a resumed client goes on', async () => {
    const { pool } = network.database;
    await suspendClient(pool, clientId, bySetUp(network.now));
    const { status, body } = await events();
    expect([status, body.Errors.Error[0]]).toMatchObject([
      401,
      { ReasonCode: 'INVALID_TOKEN', Description: 'The client is suspended.' },
    ]);
    expect((await caller.requestToken()).body).toMatchObject({ error: 'invalid_client' });
    await resumeClient(pool, clientId, bySetUp(network.now));
    expect((await events()).status).toBe(200);
  });

  test('is refused once the key that got the token is out of the registration', async () => {
    await registerCaller(network, [rsaKey]);
    const { status, body } = await events();
    expect([status, body.Errors.Error[0].Description]).toEqual([
      401,
      'The key with which the client got this access token is no longer in its registration.',
    ]);
    expect((await caller.requestToken()).body.error).toBe('invalid_client');
    await registerCaller(network, [key, rsaKey]);
    expect((await events()).status).toBe(200);
  });
});

const newerInfo = () =>
  buildSessionInfo(network.now, {
    accountReferences: {
      cards: [{ primaryAccountNumber: '2223000048400011', panExpirationMonth: '12', panExpirationYear: '2032' }],
    },
  });
