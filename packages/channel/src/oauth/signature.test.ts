/** Contract §6, the sender's side, against a verifier written independently of the code under test. */
import { constants, createHash, createVerify, sign } from 'node:crypto';
import fc from 'fast-check';
import OAuth from 'mastercard-oauth1-signer';
import { describe, expect, test, vi } from 'vitest';
import { generateSigningKey } from '../keys.ts';
import { type RequestToSign, signRequest } from './signature.ts';
import { readSignedRequest, verifySignature } from './verify.ts';

// Each test has hundreds of RSA operations; they take long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const { privateKey, publicKey } = await generateSigningKey();
const NOW = new Date('2026-11-24T12:00:00.900Z');

const valid: RequestToSign = {
  method: 'POST',
  url: 'https://verify.example/authentication/sessions',
  body: '{}',
  consumerKey: `${'a'.repeat(48)}!${'b'.repeat(48)}`,
  signingKey: privateKey,
  algorithm: 'RSA-SHA256',
  now: NOW,
  nonce: '6f1c1c9e',
};

/** RFC 5849 §3.2 by the letter: every value of the header is decoded; the values in the base string are encoded twice. */
function acceptsStrictly(header: string, request: Pick<RequestToSign, 'method' | 'url' | 'body'>): boolean {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = [...header.matchAll(/([a-z_]+)="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, decodeURIComponent(value)] as const,
  );
  const parameters = Object.fromEntries(pairs);
  const url = new URL(request.url);
  const normalized = [...url.searchParams, ...pairs.filter(([name]) => name !== 'oauth_signature')]
    .map(([name, value]) => `${encode(name)}\0${encode(value)}`)
    .sort()
    .map((pair) => pair.replace('\0', '='))
    .join('&');
  const baseString = [request.method.toUpperCase(), encode(url.origin + url.pathname), encode(normalized)].join('&');
  const padding = { 'RSA-SHA256': constants.RSA_PKCS1_PADDING, 'RSA-PSS': constants.RSA_PKCS1_PSS_PADDING }[
    parameters.oauth_signature_method ?? ''
  ];
  return (
    padding !== undefined &&
    parameters.oauth_body_hash === createHash('sha256').update(request.body).digest('base64') &&
    createVerify('sha256')
      .update(baseString)
      .verify({ key: publicKey, padding, saltLength: 32 }, parameters.oauth_signature ?? '', 'base64')
  );
}

describe('signRequest', () => {
  test.each(['RSA-SHA256', 'RSA-PSS'] as const)(
    '%s: a strict RFC 5849 verifier accepts it, for any query, body, nonce and consumer key',
    async (algorithm) => {
      const printable = fc.string({
        unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
        minLength: 1,
        maxLength: 97,
      });
      const query = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
        maxLength: 4,
      });
      const bodies = fc.oneof(fc.constant(''), fc.uint8Array(), fc.string({ unit: 'grapheme' }));
      await fc.assert(
        fc.asyncProperty(query, bodies, printable, printable, async (pairs, body, nonce, consumerKey) => {
          const url = new URL(valid.url);
          for (const [name, value] of pairs) url.searchParams.append(name, value);
          const request = { ...valid, url: url.href, body, nonce, consumerKey, algorithm };
          expect(acceptsStrictly(await signRequest(request), request)).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
  );

  test('writes every parameter once, percent-encoded, and the time in whole seconds', async () => {
    const header = await signRequest({ ...valid, body: '' });
    expect(header).toMatch(
      /^OAuth oauth_body_hash="47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D",oauth_consumer_key="a{48}%21b{48}",oauth_nonce="6f1c1c9e",oauth_signature_method="RSA-SHA256",oauth_timestamp="1795521600",oauth_version="1.0",oauth_signature="[A-Za-z0-9%]+"$/,
    );
  });

  test('signs the address as fetch sends it: normalised, and without its fragment', async () => {
    const written = { ...valid, url: "HTTPS://Verify.EXAMPLE:443/a b/../sessions?q=é'#fragment" };
    const sent = { ...valid, url: 'https://verify.example/sessions?q=%C3%A9%27' };
    expect(await signRequest(written)).toBe(await signRequest(sent));
    expect(acceptsStrictly(await signRequest(written), sent)).toBe(true);
  });

  test("as MASTERCARD, its header is the official library's to the letter", async () => {
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const url = 'https://sandbox.api.mastercard.com/x?b=2&a=1!';
    const official = OAuth.getAuthorizationHeader(url, 'POST', '{"é":1}', valid.consumerKey, key);
    const [, nonce = '', seconds = ''] = /oauth_nonce="([^"]*)".*oauth_timestamp="([^"]*)"/.exec(official) ?? [];
    const now = new Date(Number(seconds) * 1000);
    expect(await signRequest({ ...valid, url, body: '{"é":1}', nonce, now, dialect: 'MASTERCARD' })).toBe(official);
  });

  test.each(['RFC_5849', 'MASTERCARD'] as const)(
    'as %s, our own verifier accepts it, whoever holds the key',
    async (dialect) => {
      const signer = async (data: Uint8Array) => sign('sha256', data, privateKey);
      for (const signingKey of [privateKey, signer]) {
        const authorization = await signRequest({ ...valid, signingKey, dialect });
        const reading = readSignedRequest({
          method: 'POST',
          url: valid.url,
          authorization,
          body: Buffer.from('{}'),
          now: NOW,
        });
        if (!reading.ok) throw new Error(reading.code);
        expect(await verifySignature({ request: reading.request, publicKeys: [publicKey] })).toMatchObject({
          ok: true,
          nonce: valid.nonce,
        });
      }
    },
  );

  test.each(['', '/path', 'ftp://verify.example/', 'https://user@verify.example/', 'https://verify.example/?%zz'])(
    'throws URL_INVALID for %j',
    async (url) => {
      await expect(signRequest({ ...valid, url })).rejects.toMatchObject({ code: 'URL_INVALID' });
    },
  );

  test.each([
    { nonce: '' },
    { nonce: 'a b' },
    { consumerKey: 'a\r\nb' },
    { consumerKey: 'é' },
    { nonce: 'x'.repeat(129) },
    { now: new Date(Number.NaN) },
  ])('throws PARAMETER_INVALID for %j', async (change) => {
    await expect(signRequest({ ...valid, ...change })).rejects.toMatchObject({ code: 'PARAMETER_INVALID' });
  });
});
