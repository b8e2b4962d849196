/** A client's calls against a function that answers: what is signed, what is retried, and the error codes. */

import { generateSigningKey, readSignedRequest, type SigningKey, verifySignature } from '@payment-passkeys/channel';
import { beforeAll, describe, expect, test } from 'vitest';
import type { KitError } from '../kit-error.ts';
import { createNetworkClient, type Fetch } from './network-client.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const URL_OF_CALL = 'https://verify.example/authentication/sessions';

let key: SigningKey;
beforeAll(async () => {
  key = await generateSigningKey();
});

interface Answer {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that gets these answers in order, and then the last one again and again. Time passes only while the client waits. */
function clientWith(...answers: readonly (Answer | Error)[]) {
  let now = START.getTime();
  const waits: number[] = [];
  const sent: { readonly url: string; readonly init: Parameters<Fetch>[1] }[] = [];
  const send: Fetch = async (url, init) => {
    sent.push({ url, init });
    const answer = answers[Math.min(sent.length, answers.length) - 1] ?? {};
    if (answer instanceof Error) throw answer;
    const { status = 200, text = '{}', headers = {} } = answer;
    return { status, headers: { get: (name) => headers[name] ?? null }, text: async () => text };
  };
  const client = createNetworkClient({
    consumerKey: 'shop!key',
    signingKey: key.privateKey,
    signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
    clock: () => new Date(now),
    timers: {
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
      timeout: () => new AbortController().signal,
    },
    random: () => 0,
    fetch: send,
  });
  const post = (body: unknown = { a: 1 }) =>
    client.sendSigned({ method: 'POST', url: URL_OF_CALL, buildBody: () => body, deadline: new Date(now + 10_000) });
  return { client, post, sent, waits };
}

describe('a signed GET', () => {
  test('signs the address with its query, has no body, and is asked again with a nonce of its own', async () => {
    const { client, sent } = clientWith({ status: 503 }, { text: '{"ok":true}' });
    const url = 'https://verify.example/authentication/events?after=evt_1&limit=100';
    expect(await client.sendSigned({ method: 'GET', url, deadline: new Date(START.getTime() + 10_000) })).toEqual({
      ok: true,
    });
    expect(sent).toHaveLength(2);
    for (const { url: asked, init } of sent) {
      expect(init).toMatchObject({ method: 'GET' });
      expect(init.body).toBeUndefined();
      const { authorization } = init.headers;
      const received = { method: 'GET', authorization, body: Buffer.alloc(0), now: START };
      for (const [address, ok] of [
        [asked, true],
        [asked.replace('evt_1', 'evt_2'), false],
      ] as const) {
        const signed = readSignedRequest({ ...received, url: address });
        if (!signed.ok) throw new Error(signed.code);
        expect(await verifySignature({ request: signed.request, publicKeys: [key.publicKey] })).toMatchObject({ ok });
      }
    }
    expect(new Set(sent.map(({ init }) => init.headers.authorization)).size).toBe(2);
  });

  test('a refusal and its message name no id and no query', async () => {
    const { client } = clientWith({ status: 404, text: '{"errordetail":[{"reason":"SESSION_NOT_FOUND"}]}' });
    const url = 'https://verify.example/authentication/sessions/SECRET?a=SECRET';
    const call = { url, template: '/authentication/sessions/{id}', deadline: START };
    const error: unknown = await client.sendSigned({ method: 'GET', ...call }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NETWORK_REFUSED', refusal: { reason: 'SESSION_NOT_FOUND' } });
    expect(String(error)).not.toContain('SECRET');
  });
});

describe('post', () => {
  test('is signed over exactly what is sent, with a nonce of its own for each attempt', async () => {
    const { post, sent } = clientWith({ status: 503 }, { text: '{"ok":true}' });
    expect(await post()).toEqual({ ok: true });
    const nonces = await Promise.all(
      sent.map(async ({ url, init }) => {
        const signed = readSignedRequest({
          method: 'POST',
          url,
          authorization: init.headers.authorization,
          body: Buffer.from(init.body ?? ''),
          now: START,
        });
        if (!signed.ok) throw new Error(signed.code);
        expect(await verifySignature({ request: signed.request, publicKeys: [key.publicKey] })).toMatchObject({
          ok: true,
        });
        return /oauth_nonce="([^"]+)"/.exec(init.headers.authorization ?? '')?.[1];
      }),
    );
    expect(new Set(nonces).size).toBe(2);
  });

  test.each([
    ['500', { status: 500 }],
    ['429', { status: 429 }],
    ['no connection', new Error('reset')],
  ])('%s is asked again twice, with growing pauses, and is then NETWORK_UNREACHABLE', async (_title, answer) => {
    const { post, sent, waits } = clientWith(answer);
    await expect(post()).rejects.toMatchObject({ name: 'KitError', code: 'NETWORK_UNREACHABLE' });
    expect(sent).toHaveLength(3);
    expect(waits).toEqual([100, 200]);
  });

  test('a Retry-After beyond the deadline is handed on, not waited for', async () => {
    const { post, sent } = clientWith({ status: 503, headers: { 'retry-after': '60' } });
    await expect(post()).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', retryAfterSeconds: 60 });
    expect(sent).toHaveLength(1);
  });

  test('another 4xx is NETWORK_REFUSED, with its reason and where, and is not asked again', async () => {
    // In the network's pointers `*` stands for a field name that no schema has.
    const text = JSON.stringify({ errordetail: [{ reason: 'CARD_EXPIRED', source: '/accountReferences/*/0' }] });
    const { post, sent } = clientWith({ status: 400, text });
    await expect(post()).rejects.toMatchObject({
      code: 'NETWORK_REFUSED',
      refusal: { status: 400, reason: 'CARD_EXPIRED', source: '/accountReferences/*/0' },
    });
    expect(sent).toHaveLength(1);
  });

  test('403 with a Date far from ours says by how much this clock is off', async () => {
    const { post } = clientWith({ status: 403, headers: { date: 'Tue, 24 Nov 2026 09:50:00 GMT' } });
    await expect(post()).rejects.toMatchObject({ refusal: { clockAheadSeconds: 600 } });
  });

  test('an answer that is no JSON is NETWORK_ANSWER_INVALID, and nothing of it is in the message', async () => {
    const { post } = clientWith({ text: '<p>5555555555554444' });
    const error: unknown = await post().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NETWORK_ANSWER_INVALID' });
    expect(String(error)).not.toContain('4444');
  });

  test('after five calls in a row without an answer nobody is let through for ten seconds', async () => {
    const { post, sent } = clientWith({ status: 503 });
    await expect(post()).rejects.toThrow();
    await expect(post()).rejects.toThrow();
    expect(sent).toHaveLength(5);
    await expect(post()).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', retryAfterSeconds: 10 });
    expect(sent).toHaveLength(5);
  });
});

test('get is not signed', async () => {
  const { client, sent } = clientWith({ text: '{"keys":[]}' });
  await client.get({ url: 'https://verify.example/keys/encryption', deadline: new Date(START.getTime() + 1000) });
  expect(sent[0]?.init.headers).toEqual({ accept: 'application/json' });
});

describe('an error hands on what the network said', () => {
  const refusalOf = (status: number, body: unknown, headers = {}) =>
    clientWith({ status, text: JSON.stringify(body), headers })
      .post()
      .then(
        () => undefined,
        (error: unknown) => error as KitError,
      );
  const gateway = (Description: string) => ({
    Errors: { Error: [{ Source: 'Gateway', ReasonCode: 'AUTHENTICATION_FAILED', Description, Recoverable: false }] },
  });

  test("the gateway's description, the base string with it", async () => {
    const said =
      'The consumer key is not known. It was POST&https%3A%2F%2Fverify.example%2F&oauth_timestamp%3D1764000000';
    const error = await refusalOf(403, gateway(said));
    expect(error).toMatchObject({ code: 'NETWORK_REFUSED', refusal: { description: said } });
    expect(error?.message).toContain(said);
  });

  test("the service's message, its code and its pointer", async () => {
    const errordetail = [
      { reason: 'CARD_EXPIRED', message: 'The card has expired.', source: '/accountReferences/cards/0' },
    ];
    const error = await refusalOf(400, { status: 400, reason: 'INVALID_ARGUMENT', message: 'No.', errordetail });
    expect(error?.message).toBe(
      'the network answered 400 CARD_EXPIRED /accountReferences/cards/0: The card has expired.',
    );
  });

  test.each([
    ['a card number', '5555555555554444'],
    ['a card number with spaces', '5555 5555 5555 4444'],
    ['an e-mail address', 'avery@bank.example'],
    ['a phone number', '5555550100'],
    ['a token', 'T'.repeat(43)],
    ['a proof', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl'],
  ])('%s in it is masked', async (_title, value) => {
    const error = await refusalOf(400, { status: 400, reason: 'X', message: `refused: ${value}!` });
    expect(error?.refusal?.description).toMatch(/^refused: …/);
    expect(error?.message).not.toContain(value);
  });

  test('what is not text, and control characters, are no description', async () => {
    expect((await refusalOf(400, { message: { a: 1 } }))?.refusal?.description).toBeUndefined();
    expect((await refusalOf(400, { message: 'a\r\nb\u0000' }))?.refusal?.description).toBe('a b');
  });

  test.each([
    [600, 'ahead of'],
    [-600, 'behind'],
  ])('with 403 and a clock that is %i s off, the clock is named', async (seconds, direction) => {
    const date = new Date(START.getTime() - seconds * 1000).toUTCString();
    const error = await refusalOf(403, gateway('The timestamp is too far off.'), { date });
    expect(error?.message).toContain(`this machine's clock is 600 s ${direction} the network's`);
    expect(error?.refusal?.clockAheadSeconds).toBe(seconds);
  });

  test('with STALE, a clock that is two minutes off is named, and one that is right is not', async () => {
    const stale = { status: 400, reason: 'INVALID_ARGUMENT', errordetail: [{ reason: 'STALE', source: '/consent' }] };
    const date = (seconds: number) => ({ date: new Date(START.getTime() - seconds * 1000).toUTCString() });
    expect((await refusalOf(400, stale, date(120)))?.message).toContain("120 s ahead of the network's");
    expect((await refusalOf(400, stale, date(1)))?.message).not.toContain('clock');
  });

  test('no answer: the code of the system, and the host', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const { post } = clientWith(new TypeError('fetch failed', { cause: refused }));
    await expect(post()).rejects.toMatchObject({
      code: 'NETWORK_UNREACHABLE',
      message: 'no answer to POST https://verify.example/authentication/sessions: ECONNREFUSED',
    });
  });

  test('no answer to a call whose path has an id: the id is in no message', async () => {
    const { client } = clientWith(new Error('lost'));
    const url = 'https://verify.example/authentication/sessions/SECRET/assertion';
    const call = { url, template: '/authentication/sessions/{id}/assertion', buildBody: () => ({}) };
    const error: unknown = await client
      .sendSigned({ method: 'POST', ...call, deadline: START })
      .catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('SECRET');
    expect(String(error)).toContain('{id}');
  });

  test('an answer that is not JSON: what was asked', async () => {
    const { client } = clientWith({ text: '<!doctype html>' });
    const url = 'https://verify.example/keys/encryption';
    await expect(client.get({ url, deadline: START })).rejects.toThrow(`GET ${url}`);
  });
});
