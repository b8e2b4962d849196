/** Contract §6, the receiver's side: a request that differs in one thing from a valid one is refused, and no refusal quotes the request. */
import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import {
  accepted,
  BODY,
  NOW,
  ORIGIN,
  other,
  privateKey,
  SECONDS,
  signStrictly,
  validRequest,
  verify,
  withParameter,
} from './strict-signer.fixture.ts';
import { readSignedRequest } from './verify.ts';

// Each test has hundreds of RSA operations; they take long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

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
    ['the longest signature', withParameter(validRequest(), 'oauth_signature', 'A'.repeat(2732))],
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
    ['oauth_signature', ''],
    ['oauth_signature', 'AAA'],
    ['oauth_signature', 'AAB%3D'],
    ['oauth_signature', 'A-_A'],
    ['oauth_signature', 'A'.repeat(2736)],
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
