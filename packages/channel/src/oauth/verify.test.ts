/** Contract §6, the receiver's side: it accepts the requests of a strict RFC 5849 signer and of Mastercard's library, and no input makes it throw. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import OAuth from 'mastercard-oauth1-signer';
import { describe, expect, test, vi } from 'vitest';
import {
  accepted,
  CONSUMER_KEY,
  encode,
  NOW,
  ORIGIN,
  other,
  pem,
  publicKey,
  SECONDS,
  validRequest,
  verify,
  withParameter,
} from './strict-signer.fixture.ts';

// Each test has hundreds of RSA operations; they take long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

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

  test('with its values raw in the header', async () => {
    const request = validRequest();
    const { authorization: escaped = '' } = request;
    const authorization = escaped.replace(
      /oauth_body_hash="([^"]*)"/,
      (_, value) => `oauth_body_hash="${decodeURIComponent(value)}"`,
    );
    expect(authorization).not.toBe(escaped);
    expect(accepted(await verify({ ...request, authorization }))).toBe('accepted');
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
          // The client signs the address as it is written; its HTTP library sends the WHATWG form.
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
