/** A client of OAuth 2.0 against a server that is a function: what it sends, keeps, sends again, and reports. */
import { generateKeyPairSync } from 'node:crypto';
import {
  buildJwsSigner,
  createDpopVerifier,
  generateDpopKey,
  readClientAssertion,
  verifyClientAssertion,
} from '@payment-passkeys/channel';
import { expect, test } from 'vitest';
import type { KitError } from '../kit-error.ts';
import { createNetworkClient, type Fetch } from './network-client.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const NETWORK = 'https://verify.example';
const TOKEN_ENDPOINT = `${NETWORK}/oauth2/token`;
const EVENTS = `${NETWORK}/authentication/events`;
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Answer {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const NONCE_PLEASE: Answer = {
  status: 400,
  text: '{"error":"use_dpop_nonce","error_description":"…"}',
  headers: { 'dpop-nonce': 'nonce-1' },
};
const TOKEN: Answer = { text: '{"access_token":"a.b.c","token_type":"DPoP","expires_in":900,"scope":"events"}' };

/** A client that gets these answers in order, and then empty objects. The clock stands still, unless the test sets it. */
function clientWith(...answers: readonly Answer[]) {
  const time = { now: START };
  const sent: { readonly url: string; readonly init: Parameters<Fetch>[1] }[] = [];
  const send: Fetch = async (url, init) => {
    const { status = 200, text = '{}', headers = {} } = answers[sent.length] ?? {};
    sent.push({ url, init });
    return { status, headers: { get: (name) => headers[name] ?? null }, text: async () => text };
  };
  const dpopKey = generateDpopKey();
  const client = createNetworkClient({
    oauth2: {
      ...{ clientId: 'bank', signer: buildJwsSigner(key.privateKey), kid: 'key-1', dpopKey, scope: 'events' },
      ...{ tokenEndpoint: TOKEN_ENDPOINT, issuer: NETWORK },
    },
    clock: () => time.now,
    timers: { wait: async () => {}, timeout: () => new AbortController().signal },
    random: () => 0,
    fetch: send,
  });
  const read = () =>
    client.sendSigned({ method: 'GET', url: `${EVENTS}?limit=1`, deadline: new Date(time.now.getTime() + 10_000) });
  const failure = () =>
    read().then(
      () => undefined,
      (error: KitError) => error,
    );
  return { read, failure, sent, time, dpopKey, paths: () => sent.map(({ url }) => new URL(url).pathname) };
}

test('takes a token with the nonce that the endpoint asks for, and proves the request with it', async () => {
  const { read, sent, dpopKey, paths } = clientWith(NONCE_PLEASE, TOKEN, { text: '{"events":[]}' });
  expect(await read()).toEqual({ events: [] });
  expect(paths()).toEqual(['/oauth2/token', '/oauth2/token', '/authentication/events']);
  const verify = createDpopVerifier();
  const proofs = sent.map(({ url, init }) =>
    verify({
      proof: init.headers.dpop,
      method: init.method,
      url,
      accessToken: url === TOKEN_ENDPOINT ? undefined : 'a.b.c',
      now: START,
    }),
  );
  expect(proofs).toMatchObject([
    { ok: true, jkt: dpopKey.jkt, nonce: undefined },
    { ok: true, nonce: 'nonce-1' },
    { ok: true, nonce: 'nonce-1' },
  ]);
  expect(sent[2]?.init.headers.authorization).toBe('DPoP a.b.c');
  const forms = sent.slice(0, 2).map(({ init }) => Object.fromEntries(new URLSearchParams(init.body)));
  expect(forms[1]).toMatchObject({ grant_type: 'client_credentials', client_id: 'bank', scope: 'events' });
  const assertions = forms.map(({ client_assertion: text = '' }) => {
    const reading = readClientAssertion(text);
    if (!reading.ok) throw new Error(reading.code);
    const { assertion } = reading;
    return verifyClientAssertion({ assertion, keys: [key], audiences: [NETWORK], now: START });
  });
  expect(assertions).toMatchObject([{ ok: true }, { ok: true }]);
  expect(new Set(assertions.map((verdict) => verdict.ok && verdict.jti)).size).toBe(2);
});

test('keeps the token until a minute before its end; requests at the same time share one token request', async () => {
  const { read, time, paths } = clientWith(TOKEN, {}, {}, {}, TOKEN);
  await Promise.all([read(), read()]);
  await read();
  expect(paths().filter((path) => path === '/oauth2/token')).toHaveLength(1);
  time.now = new Date(START.getTime() + 841_000);
  await read();
  expect(paths().filter((path) => path === '/oauth2/token')).toHaveLength(2);
});

test('sends a request once more with a new nonce, and only once', async () => {
  const refused: Answer = {
    status: 401,
    headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'nonce-2' },
  };
  const { read, failure, paths } = clientWith(TOKEN, refused, { text: '{"ok":true}' }, refused, refused);
  expect(await read()).toEqual({ ok: true });
  expect(await failure()).toMatchObject({ code: 'NETWORK_REFUSED', refusal: { status: 401 } });
  expect(paths()).toHaveLength(5);
});

test('takes a new token once when the network does not accept its own any more', async () => {
  const refused: Answer = { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } };
  const { read, paths } = clientWith(TOKEN, refused, TOKEN, { text: '{"ok":true}' });
  expect(await read()).toEqual({ ok: true });
  expect(paths()).toEqual(['/oauth2/token', '/authentication/events', '/oauth2/token', '/authentication/events']);
});

test('two requests whose token is refused at the same time are both sent again, with one new token', async () => {
  const refused: Answer = { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } };
  const { read, paths } = clientWith(TOKEN, refused, refused, TOKEN, { text: '{"ok":true}' }, { text: '{"ok":true}' });
  expect(await Promise.all([read(), read()])).toEqual([{ ok: true }, { ok: true }]);
  expect(paths().filter((path) => path === '/oauth2/token')).toHaveLength(2);
});

test('says why the token endpoint refuses, and sends nothing else', async () => {
  const text = '{"error":"invalid_client","error_description":"The client is suspended."}';
  const { failure, paths } = clientWith({ status: 401, text });
  const error = await failure();
  expect(error?.message).toBe('no access token: the network answered 401 invalid_client: The client is suspended.');
  expect(error).toMatchObject({ code: 'NETWORK_REFUSED', refusal: { reason: 'invalid_client' } });
  expect(paths()).toEqual(['/oauth2/token']);
});

test.each([
  ['a bearer token', '{"access_token":"a.b.c","token_type":"Bearer","expires_in":900}'],
  ['a token without a lifetime', '{"access_token":"a.b.c","token_type":"DPoP"}'],
  ['no token', '{}'],
])('takes %s for no answer', async (_name, text) => {
  const { failure } = clientWith({ text });
  expect(await failure()).toMatchObject({ code: 'NETWORK_ANSWER_INVALID' });
});
