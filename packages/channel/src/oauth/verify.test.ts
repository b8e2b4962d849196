/**
 * Contract §6, the receiver's side. The signer of this test is independent of the code under test: it implements RFC 5849 a second time, with
 * URLSearchParams, escape tables and node:crypto's synchronous calls.
 */
import { constants, createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import OAuth from 'mastercard-oauth1-signer';
import { describe, expect, test, vi } from 'vitest';
import { generateSigningKey } from '../keys.ts';
import { type ReceivedRequest, readSignedRequest, type SignatureVerdict, verifySignature } from './verify.ts';

// Each test has hundreds of RSA operations; they take long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

const { privateKey, publicKey } = await generateSigningKey();
const other = await generateSigningKey();
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const ORIGIN = 'https://verify.example';
const CONSUMER_KEY = `${'a'.repeat(48)}!${'b'.repeat(48)}`;
const NOW = new Date('2026-11-24T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;

function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

interface StrictRequest {
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
  /** Added to the usual parameters; undefined removes one. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly key: KeyObject;
}

/** RFC 5849 §3.4 and §3.5.1; the PSS salt's length may be changed. */
function signStrictly({ method, url, body, parameters, key }: StrictRequest, saltLength = 32): string {
  const chosen: Record<string, string | undefined> = {
    oauth_consumer_key: CONSUMER_KEY,
    oauth_nonce: 'n0nce',
    oauth_signature_method: 'RSA-SHA256',
    oauth_timestamp: String(SECONDS),
    oauth_version: '1.0',
    oauth_body_hash: createHash('sha256').update(body).digest('base64'),
    ...parameters,
  };
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(chosen)) if (value !== undefined) all[name] = value;
  const parsed = new URL(url);
  const pairs = [...parsed.searchParams, ...Object.entries(all)].map(
    ([name, value]) => [encode(name), encode(value)] as const,
  );
  const normalized = pairs
    .sort(
      ([a, x], [b, y]) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)) || Buffer.compare(Buffer.from(x), Buffer.from(y)),
    )
    .map((pair) => pair.join('='))
    .join('&');
  const baseString = `${method}&${encode(parsed.origin + parsed.pathname)}&${encode(normalized)}`;
  const pss = all.oauth_signature_method === 'RSA-PSS';
  const signature = createSign('sha256')
    .update(baseString)
    .sign(pss ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : key, 'base64');
  return `OAuth ${Object.entries({ ...all, oauth_signature: signature })
    .map(([name, value]) => `${name}="${encode(value)}"`)
    .join(', ')}`;
}

const BODY = Buffer.from('{"srcSessionInitiationRequestInfo":{"encryptedData":"…"}}');

function validRequest(changes: Partial<StrictRequest> = {}): ReceivedRequest {
  const request = {
    method: 'POST',
    url: `${ORIGIN}/authentication/sessions`,
    body: BODY,
    parameters: {},
    key: privateKey,
    ...changes,
  };
  return {
    method: request.method,
    url: request.url,
    body: request.body,
    authorization: signStrictly(request),
    now: NOW,
  };
}

async function verify(
  received: ReceivedRequest,
  publicKeys: readonly KeyObject[] = [publicKey],
): Promise<SignatureVerdict> {
  const reading = readSignedRequest(received);
  return reading.ok ? verifySignature({ request: reading.request, publicKeys }) : reading;
}

const accepted = (verdict: SignatureVerdict) => (verdict.ok ? 'accepted' : verdict.code);

/** The header with one parameter's text changed; undefined removes it. */
function withParameter(received: ReceivedRequest, name: string, text: string | undefined): ReceivedRequest {
  const pairs = (received.authorization ?? '').slice('OAuth '.length).split(', ');
  const changed = pairs.flatMap((pair) =>
    pair.startsWith(`${name}=`) ? (text === undefined ? [] : [`${name}="${text}"`]) : [pair],
  );
  return { ...received, authorization: `OAuth ${changed.join(', ')}` };
}

describe('the strict RFC 5849 form is accepted', () => {
  test('and says who signed, when, and with which nonce', async () => {
    expect(await verify(validRequest())).toEqual({
      ok: true,
      consumerKey: CONSUMER_KEY,
      timestamp: SECONDS,
      nonce: 'n0nce',
    });
  });

  test.each(['RSA-SHA256', 'RSA-PSS'])('%s: for any query, body, nonce and consumer key', async (method) => {
    const query = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
      maxLength: 5,
    });
    const printable = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(query, fc.uint8Array(), printable, printable, async (pairs, body, nonce, key) => {
        const url = new URL(`${ORIGIN}/a%20b/*!'()`);
        for (const [name, value] of pairs) url.searchParams.append(name, value);
        const parameters = { oauth_nonce: nonce, oauth_consumer_key: key, oauth_signature_method: method };
        expect(accepted(await verify(validRequest({ url: url.href, body, parameters })))).toBe('accepted');
      }),
      { numRuns: 100 },
    );
  });

  test('oauth_version may be absent, realm and further parameters be there', async () => {
    const parameters = { oauth_version: undefined, oauth_token: '' };
    expect(validRequest({ parameters }).authorization).not.toContain('oauth_version');
    expect(accepted(await verify(validRequest({ parameters })))).toBe('accepted');
    const request = validRequest();
    expect(
      accepted(
        await verify({
          ...request,
          authorization: (request.authorization ?? '').replace('OAuth ', 'OAuth realm="x", '),
        }),
      ),
    ).toBe('accepted');
  });

  test('by either of two keys, while a client rotates', async () => {
    expect(accepted(await verify(validRequest(), [other.publicKey, publicKey]))).toBe('accepted');
    expect(accepted(await verify(validRequest(), [publicKey, other.publicKey]))).toBe('accepted');
  });
});

describe('what mastercard-oauth1-signer sends is accepted', () => {
  const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i));
  /** A value that is not percent-encoded contains no quote and no `%`. */
  const rawValue = fc.string({
    unit: fc.constantFrom(...printable.filter((c) => !'"%'.includes(c))),
    minLength: 1,
    maxLength: 97,
  });
  const queryText = fc.array(
    fc.constantFrom(...printable.filter((c) => !'#%'.includes(c)), '%20', '%C3%A9', '%2a', '&', '=', '&a=1'),
    { maxLength: 20 },
  );
  const pathText = fc.array(fc.constantFrom(...printable.filter((c) => !'#%?\\./'.includes(c)), '%20', '%2F', '/x'), {
    maxLength: 12,
  });
  const bodies = fc.oneof(fc.constant(''), fc.json(), fc.string({ unit: 'grapheme' }));

  test.each(['RSA-SHA256', 'RSA-PSS-SHA256'] as const)(
    '%s: 300 calls with any address, body and consumer key',
    async (method) => {
      await fc.assert(
        fc.asyncProperty(pathText, queryText, bodies, rawValue, async (path, query, text, consumerKey) => {
          const written = `${ORIGIN}/${path.join('')}?${query.join('')}`;
          // The client signs the text as it is written; its HTTP library sends the WHATWG form.
          const { pathname, search } = new URL(written);
          const authorization = OAuth.getAuthorizationHeader(written, 'post', text, consumerKey, pem, method);
          const received = {
            method: 'POST',
            url: ORIGIN + pathname + search,
            authorization,
            body: Buffer.from(text),
            now: new Date(),
          };
          expect(await verify(received)).toMatchObject({ ok: true, consumerKey });
        }),
        { numRuns: 300 },
      );
    },
  );

  test('every character of base64 comes by in its body hash and its signature', async () => {
    const seen = { hash: new Set<string>(), signature: new Set<string>() };
    for (let i = 0; i < 200; i++) {
      const url = `${ORIGIN}/authentication/sessions`;
      const authorization = OAuth.getAuthorizationHeader(url, 'POST', `{"i":${i}}`, CONSUMER_KEY, pem);
      expect(
        accepted(
          await verify({ method: 'POST', url, authorization, body: Buffer.from(`{"i":${i}}`), now: new Date() }),
        ),
      ).toBe('accepted');
      for (const c of /oauth_body_hash="([^"]*)"/.exec(authorization)?.[1] ?? '') seen.hash.add(c);
      for (const c of decodeURIComponent(/oauth_signature="([^"]*)"/.exec(authorization)?.[1] ?? ''))
        seen.signature.add(c);
    }
    expect(seen.hash.size).toBe(65);
    expect(seen.signature.size).toBe(65);
  });

  test('with an explicit :443 in the address that it signs', async () => {
    const authorization = OAuth.getAuthorizationHeader('https://verify.example:443/x', 'POST', '{}', CONSUMER_KEY, pem);
    const received = { method: 'POST', url: `${ORIGIN}/x`, authorization, body: Buffer.from('{}'), now: new Date() };
    expect(accepted(await verify(received))).toBe('accepted');
  });

  test('with its values percent-encoded in the header, as its sister libraries write them', async () => {
    const url = `${ORIGIN}/x`;
    const authorization = OAuth.getAuthorizationHeader(url, 'POST', '{}', CONSUMER_KEY, pem).replaceAll(
      /(oauth_body_hash|oauth_consumer_key)="([^"]*)"/g,
      (_, name, value) => `${name}="${encode(value)}"`,
    );
    expect(authorization).toContain('%21');
    expect(
      accepted(await verify({ method: 'POST', url, authorization, body: Buffer.from('{}'), now: new Date() })),
    ).toBe('accepted');
  });
});

describe('anything else is refused', () => {
  const at = (url: string) => ({ ...validRequest(), url });

  test.each([
    ['another method', { ...validRequest(), method: 'PUT' }],
    ['another path', at(`${ORIGIN}/authentication/authenticators`)],
    ['a trailing slash', at(`${ORIGIN}/authentication/sessions/`)],
    ['another query', at(`${ORIGIN}/authentication/sessions?a=1`)],
    ['another host', at('https://verify.other.example/authentication/sessions')],
    ['another port', at(`${ORIGIN}:8443/authentication/sessions`)],
    ['another scheme', at('http://verify.example/authentication/sessions')],
    ['another nonce', withParameter(validRequest(), 'oauth_nonce', 'another')],
    ['another timestamp', withParameter(validRequest(), 'oauth_timestamp', String(SECONDS - 1))],
    ['another consumer key', withParameter(validRequest(), 'oauth_consumer_key', 'another')],
    ['the other signature method', withParameter(validRequest(), 'oauth_signature_method', 'RSA-PSS')],
    ['a signature of three bytes', withParameter(validRequest(), 'oauth_signature', 'AAAA')],
    ['a further parameter', { ...validRequest(), authorization: `${validRequest().authorization}, oauth_token=""` }],
  ] as const)('%s: SIGNATURE_MISMATCH', async (_what, received) => {
    expect(accepted(await verify(received))).toBe('SIGNATURE_MISMATCH');
  });

  test("another key's signature, or no key at all: SIGNATURE_MISMATCH", async () => {
    expect(accepted(await verify(validRequest(), [other.publicKey]))).toBe('SIGNATURE_MISMATCH');
    expect(accepted(await verify(validRequest(), []))).toBe('SIGNATURE_MISMATCH');
  });

  test('a PSS salt that is not 32 bytes long: SIGNATURE_MISMATCH', async () => {
    const url = `${ORIGIN}/x`;
    const request = {
      method: 'POST',
      url,
      body: BODY,
      parameters: { oauth_signature_method: 'RSA-PSS' },
      key: privateKey,
    };
    const verdicts = [32, 0, 20, 64].map(async (saltLength) => {
      return accepted(
        await verify({ method: 'POST', url, body: BODY, now: NOW, authorization: signStrictly(request, saltLength) }),
      );
    });
    expect(await Promise.all(verdicts)).toEqual([
      'accepted',
      'SIGNATURE_MISMATCH',
      'SIGNATURE_MISMATCH',
      'SIGNATURE_MISMATCH',
    ]);
  });

  test('a SIGNATURE_MISMATCH tells the base strings that were computed, for sandbox mode', async () => {
    const verdict = await verify({ ...validRequest(), url: `${ORIGIN}/x` });
    const strings = !verdict.ok && verdict.code === 'SIGNATURE_MISMATCH' ? verdict.baseStrings : [];
    expect(strings).toHaveLength(3);
    expect(strings[0]).toMatch(/^POST&https%3A%2F%2Fverify.example%2Fx&oauth_body_hash%3D/);
  });

  test('a body of which one byte is another, or that was added or taken away: BODY_HASH_MISMATCH', async () => {
    const codes = [Buffer.from('{}'), Buffer.concat([BODY, Buffer.from(' ')]), Buffer.alloc(0)].map((body) => {
      const reading = readSignedRequest({ ...validRequest(), body });
      return reading.ok || reading.code;
    });
    expect(codes).toEqual(Array(3).fill('BODY_HASH_MISMATCH'));
  });

  test('a body hash in the other base64 alphabet or without padding: BODY_HASH_MISMATCH', () => {
    const body = Buffer.from('{"i":0}');
    const hash = createHash('sha256').update(body).digest('base64');
    for (const parameters of [
      { oauth_body_hash: hash.replace('=', '') },
      { oauth_body_hash: Buffer.from(hash, 'base64').toString('base64url') },
    ]) {
      expect(readSignedRequest(validRequest({ body, parameters }))).toMatchObject({
        ok: false,
        code: 'BODY_HASH_MISMATCH',
      });
    }
  });

  const REQUIRED = [
    'oauth_consumer_key',
    'oauth_nonce',
    'oauth_signature_method',
    'oauth_timestamp',
    'oauth_body_hash',
    'oauth_signature',
  ];
  test.each(REQUIRED)('without %s: MISSING_PARAMETER that names it', (name) => {
    expect(readSignedRequest(withParameter(validRequest(), name, undefined))).toMatchObject({
      ok: false,
      code: 'MISSING_PARAMETER',
      parameter: name,
    });
  });

  test.each([...REQUIRED, 'oauth_version'])(
    '%s twice in the header, even with one value: DUPLICATE_PARAMETER',
    (name) => {
      const request = validRequest();
      const pair = new RegExp(`${name}="[^"]*"`).exec(request.authorization ?? '')?.[0];
      const doubled = { ...request, authorization: `${request.authorization}, ${pair}` };
      expect(readSignedRequest(doubled)).toMatchObject({ ok: false, code: 'DUPLICATE_PARAMETER', parameter: name });
    },
  );

  test.each(['oauth_nonce=n0nce', 'a=1&oauth%5Fnonce=other'])(
    'RFC 5849 §3.1: a header parameter again in the query (%s): DUPLICATE_PARAMETER',
    (query) => {
      const reading = readSignedRequest(validRequest({ url: `${ORIGIN}/x?${query}` }));
      expect(reading).toMatchObject({ ok: false, code: 'DUPLICATE_PARAMETER', parameter: 'oauth_nonce' });
    },
  );

  test.each([
    ['oauth_timestamp', '-1'],
    ['oauth_timestamp', '1e9'],
    ['oauth_timestamp', `${SECONDS}.0`],
    ['oauth_timestamp', '0x6924f2c0'],
    ['oauth_timestamp', '1234567890123'],
    ['oauth_nonce', ''],
    ['oauth_nonce', 'x'.repeat(129)],
    ['oauth_nonce', 'a%20b'],
    ['oauth_consumer_key', 'x'.repeat(129)],
    ['oauth_consumer_key', '%C3%A9'],
    ['oauth_signature', 'AAA'],
    ['oauth_signature', 'AAB%3D'],
    ['oauth_signature', 'A-_A'],
    ['oauth_signature', 'A'.repeat(4000)],
  ])('%s="%s": MALFORMED_PARAMETER that names it', (name, text) => {
    expect(readSignedRequest(withParameter(validRequest(), name, text))).toMatchObject({
      ok: false,
      code: 'MALFORMED_PARAMETER',
      parameter: name,
    });
  });

  test.each(['HMAC-SHA1', 'RSA-SHA1', 'PLAINTEXT', 'HMAC-SHA256', 'rsa-sha256', 'RSA-PSS-SHA256', '__proto__'])(
    'oauth_signature_method %s: UNSUPPORTED_METHOD',
    (method) => {
      expect(readSignedRequest(withParameter(validRequest(), 'oauth_signature_method', method))).toMatchObject({
        ok: false,
        code: 'UNSUPPORTED_METHOD',
      });
    },
  );

  test.each(['2.0', '1', ''])('oauth_version "%s": UNSUPPORTED_VERSION', (version) => {
    expect(readSignedRequest(validRequest({ parameters: { oauth_version: version } }))).toMatchObject({
      ok: false,
      code: 'UNSUPPORTED_VERSION',
    });
  });

  test.each([
    [-301, 'TIMESTAMP_OUT_OF_RANGE'],
    [-300, 'accepted'],
    [0, 'accepted'],
    [300, 'accepted'],
    [301, 'TIMESTAMP_OUT_OF_RANGE'],
  ])('a timestamp %d s off is %s', async (offset, outcome) => {
    const parameters = { oauth_timestamp: String(SECONDS + offset) };
    expect(accepted(await verify(validRequest({ parameters })))).toBe(outcome);
  });

  test('under a clock that is no time: TIMESTAMP_OUT_OF_RANGE', () => {
    expect(readSignedRequest({ ...validRequest(), now: new Date(Number.NaN) })).toMatchObject({
      ok: false,
      code: 'TIMESTAMP_OUT_OF_RANGE',
    });
  });

  test.each([undefined, 'Bearer x'])('without an OAuth header (%s): MISSING_HEADER', (authorization) => {
    expect(readSignedRequest({ ...validRequest(), authorization })).toMatchObject({
      ok: false,
      code: 'MISSING_HEADER',
    });
  });

  test('with a header that is no list of pairs: MALFORMED_HEADER', () => {
    expect(readSignedRequest({ ...validRequest(), authorization: 'OAuth x' })).toMatchObject({
      ok: false,
      code: 'MALFORMED_HEADER',
    });
  });

  test.each([{ url: `${ORIGIN}/x?%zz` }, { url: '/x' }, { method: 'PO ST' }, { method: '' }])(
    'with a method or an address that is none (%j): MALFORMED_REQUEST',
    (change) => {
      expect(readSignedRequest({ ...validRequest(), ...change })).toMatchObject({
        ok: false,
        code: 'MALFORMED_REQUEST',
      });
    },
  );
});

test('no refusal quotes a value of the request', async () => {
  const secret = 'V4LUE';
  const requests = [
    validRequest({ parameters: { oauth_nonce: secret, oauth_body_hash: secret } }),
    validRequest({ parameters: { oauth_nonce: `${secret} ` } }),
    validRequest({ parameters: { oauth_signature_method: secret } }),
    { ...validRequest({ parameters: { oauth_nonce: secret } }), url: `${ORIGIN}/${secret}` },
  ];
  for (const request of requests) {
    const verdict = await verify(request);
    expect(verdict.ok).toBe(false);
    expect(verdict.ok || verdict.description).not.toContain(secret);
  }
});

test('nothing that arrives makes the verifier throw', async () => {
  const anything = fc.string({ unit: character });
  await fc.assert(
    fc.asyncProperty(anything, anything, anything, fc.uint8Array(), async (method, url, authorization, body) => {
      expect((await verify({ method, url, authorization: `OAuth ${authorization}`, body, now: NOW })).ok).toBe(false);
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom('RSA-SHA256', 'RSA-PSS'),
      async (signature, method) => {
        const text = encode(Buffer.from(signature).toString('base64'));
        const request = withParameter(
          validRequest({ parameters: { oauth_signature_method: method } }),
          'oauth_signature',
          text,
        );
        expect((await verify(request)).ok).toBe(false);
      },
    ),
  );
});

test('a key of another kind refuses, and does not throw', async () => {
  const { publicKey: elliptic } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(accepted(await verify(validRequest(), [elliptic]))).toBe('SIGNATURE_MISMATCH');
});
