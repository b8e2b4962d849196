/** Unmodified clients against the network's OAuth 2.0: oauth4webapi, openid-client, and a double of Mastercard's client. */
import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { EVENTS_PATH, SESSIONS_PATH, TOKEN_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest } from '@payment-passkeys/testkit';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMastercardDouble } from './mastercard-oauth2-double.ts';
import { newP256, newRsa, registerCaller } from './oauth2-caller.ts';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';

const PUBLIC_URL = 'https://verify.network.example';
const clientId = 'newer-bank';
const ec = newP256();
const rsa = newRsa();

let network: TestNetwork;
const requests: string[] = [];
/** The public address is signed; the network listens on loopback. */
const toLoopback = (url: string, init: { readonly method: string; readonly body?: unknown }) => {
  requests.push(`${init.method} ${new URL(url).pathname}`);
  return fetch(url.replace(PUBLIC_URL, network.address), init as RequestInit); // the libraries' own types allow an undefined body
};
beforeAll(async () => {
  network = await startTestNetwork({ PUBLIC_URL }, MACHINE_CLOCK);
  await registerCaller(network, [ec, rsa]);
});
afterAll(() => network.stop());

const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
} as const;
const keyOf = (name: keyof typeof algorithms): webcrypto.CryptoKey =>
  (name === 'ES256' ? ec : rsa).privateKey.toCryptoKey(algorithms[name], false, ['sign']);

async function sessionBody(): Promise<string> {
  const cards = [{ primaryAccountNumber: '2223000048400011', panExpirationMonth: '12', panExpirationYear: '2032' }];
  const info = buildSessionInfo(network.now, { accountReferences: { cards } });
  return JSON.stringify(buildSessionRequest(await network.client.encrypt(info)));
}

const JSON_TYPE = new Headers({ 'content-type': 'application/json' });

describe.each(['ES256', 'PS256'] as const)('with %s', (algorithm) => {
  test('oauth4webapi discovers the server, takes a token, starts a session', async () => {
    const options = { [oauth.customFetch]: toLoopback };
    const issuer = new URL(PUBLIC_URL);
    const found = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
    const server = await oauth.processDiscoveryResponse(issuer, found);
    const client: oauth.Client = { client_id: clientId };
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(algorithm));
    const ask = async () => {
      const authentication = oauth.PrivateKeyJwt(keyOf(algorithm));
      const parameters = new URLSearchParams({ scope: 'sessions' });
      const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, {
        ...options,
        DPoP,
      });
      return oauth.processClientCredentialsResponse(server, client, answer);
    };
    const granted = await ask().catch((error: unknown) => {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return ask();
    });
    expect(granted).toMatchObject({ token_type: 'dpop', expires_in: 900, scope: 'sessions' });
    const url = new URL(PUBLIC_URL + SESSIONS_PATH);
    const body = await sessionBody();
    const answer = await oauth.protectedResourceRequest(granted.access_token, 'POST', url, JSON_TYPE, body, {
      ...options,
      DPoP,
    });
    expect(answer.status).toBe(201);
  });

  test('openid-client does the same in three calls', async () => {
    const authentication = openid.PrivateKeyJwt(keyOf(algorithm));
    const config = await openid.discovery(new URL(PUBLIC_URL), clientId, undefined, authentication, {
      algorithm: 'oauth2',
      [openid.customFetch]: toLoopback,
    });
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair(algorithm));
    const granted = await openid.clientCredentialsGrant(config, { scope: 'sessions events' }, { DPoP });
    expect(granted.scope).toBe('sessions events');
    const url = (path: string) => new URL(PUBLIC_URL + path);
    const token = granted.access_token;
    const started = await openid.fetchProtectedResource(
      config,
      token,
      url(SESSIONS_PATH),
      'POST',
      await sessionBody(),
      JSON_TYPE,
      { DPoP },
    );
    expect(started.status).toBe(201);
    const events = await openid.fetchProtectedResource(config, token, url(EVENTS_PATH), 'GET', null, new Headers(), {
      DPoP,
    });
    expect(events.status).toBe(200);
  });

  test('a client of the shape of Mastercard’s takes a token after one retry, and uses it for every request', async () => {
    const dpopKey =
      algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
        : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const send = createMastercardDouble({
      clientId,
      kid: 'any-key-id',
      clientKey: (algorithm === 'ES256' ? ec : rsa).privateKey,
      dpopKey,
      issuer: PUBLIC_URL,
      tokenEndpoint: PUBLIC_URL + TOKEN_PATH,
      scopes: ['sessions', 'events'],
      fetch: toLoopback,
    });
    requests.length = 0;
    const body = await sessionBody();
    expect((await send(PUBLIC_URL + SESSIONS_PATH, { method: 'POST', body })).status).toBe(201);
    expect((await send(`${PUBLIC_URL}${EVENTS_PATH}?limit=1`, { method: 'GET' })).status).toBe(200);
    expect(requests).toEqual([
      `POST ${TOKEN_PATH}`,
      `POST ${TOKEN_PATH}`,
      `POST ${SESSIONS_PATH}`,
      `GET ${EVENTS_PATH}`,
    ]);
  });
});
