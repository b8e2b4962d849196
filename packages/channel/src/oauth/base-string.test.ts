import fc from 'fast-check';
import OAuth from 'mastercard-oauth1-signer';
import { describe, expect, test } from 'vitest';
import type { Parameter } from './authorization.ts';
import { buildBaseStrings, libraryBaseString, readTarget, strictBaseString, type Target } from './base-string.ts';

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

function target(url: string): Target {
  const read = readTarget(url);
  if (read === undefined) throw new Error(`not a target: ${url}`);
  return read;
}

describe('the strict base string', () => {
  test('RFC 5849 §3.4.1.1, the example', () => {
    const parameters: readonly Parameter[] = [
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
      // The example has a form body, c2&a3=2+q. Our bodies are JSON, so the test passes the body's parameters with the others.
      ['c2', ''],
      ['a3', '2 q'],
    ];
    expect(
      strictBaseString({
        method: 'POST',
        target: target('http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'),
        parameters,
      }),
    ).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
        'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
        'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  test.each([
    ['http://EXAMPLE.COM:80/r%20v/X?id=123', 'http%3A%2F%2Fexample.com%2Fr%2520v%2FX'],
    ['https://www.example.net:8080/?q=1', 'https%3A%2F%2Fwww.example.net%3A8080%2F'],
    ['https://www.example.net:443', 'https%3A%2F%2Fwww.example.net%2F'],
    ['http://www.example.net:443/', 'http%3A%2F%2Fwww.example.net%3A443%2F'],
  ])('RFC 5849 §3.4.1.2: the base string URI of %s', (url, expected) => {
    const [, uri] = strictBaseString({ method: 'GET', target: target(url), parameters: [] }).split('&');
    expect(uri).toBe(expected);
  });

  test("RFC 5849 §3.6: unreserved characters stay, * ! ' ( ) and all others are encoded in upper case", () => {
    const parameters: readonly Parameter[] = [['k', "-._~*!'()+ é"]];
    expect(strictBaseString({ method: 'GET', target: target('http://a.example/'), parameters })).toBe(
      'GET&http%3A%2F%2Fa.example%2F&k%3D-._~%252A%2521%2527%2528%2529%252B%2520%25C3%25A9',
    );
  });
});

describe('readTarget', () => {
  test.each([
    '',
    '/path',
    'ftp://a.example/',
    'http:///x',
    'http://a.example/#f',
    'http://user@a.example/',
    'http://a.example:99999999/',
    'http://a.example/é',
    'http://a.example/ x',
    'http://a.example/?a=%zz',
    'http://a.example/?%ff',
  ])('refuses %j', (url) => expect(readTarget(url)).toBeUndefined());

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: character }), (text) => void readTarget(text)));
    fc.assert(fc.property(fc.string({ unit: character }), (text) => void readTarget(`http://a.example/${text}`)));
  });
});

/** Internal functions of the official library. Its type declarations do not have them. */
const official = OAuth as unknown as {
  extractQueryParams(url: string): Map<string, Set<string>>;
  toOAuthParamString(query: Map<string, Set<string>>, parameters: Map<string, string>): string;
  getBaseUriString(url: string): string;
  getSignatureBaseString(method: string, baseUri: string, parameters: string): string;
};

function officialBaseString(method: string, url: string, parameters: readonly Parameter[]): string {
  const parameterString = official.toOAuthParamString(official.extractQueryParams(url), new Map(parameters));
  return official.getSignatureBaseString(method, official.getBaseUriString(url), parameterString);
}

/** Every printable character, except where it would change the parts of the address: `#`, a lone `%`, and `?` and `\` in a path. */
const ESCAPES = ['%20', '%2a', '%C3%A9', '%41', '%25'] as const;
const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).filter((c) => !'#%'.includes(c));
const pathPiece = fc.constantFrom(...PRINTABLE.filter((c) => !'?\\'.includes(c)), ...ESCAPES);
const queryPiece = fc.oneof(
  fc.constantFrom('a', 'b', '=', '&', '&a=1', '!', '*'),
  fc.constantFrom(...PRINTABLE, ...ESCAPES),
);
const address = fc
  .tuple(
    fc.constantFrom('https://verify.example', 'http://verify.localhost:4000', 'https://VERIFY.example:8443'),
    fc.array(pathPiece, { maxLength: 12 }),
    fc.option(fc.array(queryPiece, { maxLength: 20 })),
  )
  .map(([origin, path, query]) => `${origin}/${path.join('')}${query === null ? '' : `?${query.join('')}`}`);
const value = fc.string({ unit: fc.constantFrom(...PRINTABLE), minLength: 1, maxLength: 40 });

describe("the base string of Mastercard's own libraries", () => {
  test('is what mastercard-oauth1-signer makes, character for character, for any address and any values', () => {
    fc.assert(
      fc.property(fc.constantFrom('POST', 'GET'), address, value, value, (method, url, consumerKey, nonce) => {
        const parameters: readonly Parameter[] = [
          ['oauth_body_hash', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
          ['oauth_consumer_key', consumerKey],
          ['oauth_nonce', nonce],
          ['oauth_timestamp', '137131201'],
        ];
        expect(libraryBaseString({ method, target: target(url), parameters })).toBe(
          officialBaseString(method, url, parameters),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['values are encoded once', 'https://a.example/', [['k', 'a=b']]],
    [
      'only the first * of the parameters and the first ! of the whole are escaped',
      'https://a.example/!*',
      [['k', '!!**']],
    ],
    ["' ( ) are not escaped", 'https://a.example/()', [['k', "'()"]]],
    ['identical pairs collapse', 'https://a.example/?b=1&b=1&b=2', []],
    ['a pair that begins with = is all name', 'https://a.example/?=b&a&c=', []],
    ['names are sorted with a comma behind them', 'https://a.example/?a=1&a!=2&a%20b=3', []],
    ['an explicit default port is kept', 'https://a.example:443/', []],
  ] as const)('traps 3: %s', (_quirk, url, parameters) => {
    const input = { method: 'POST', target: target(url), parameters };
    const expected = officialBaseString('POST', url, parameters);
    expect(expected).not.toBe(strictBaseString(input));
    expect([...buildBaseStrings(input)]).toContain(expected);
  });
});

test('a signature is accepted over these strings and no others: RFC 5849, the libraries, and theirs with the default port', () => {
  const parameters: readonly Parameter[] = [['k', '=']];
  const strings = (url: string) => [...buildBaseStrings({ method: 'POST', target: target(url), parameters })];
  expect(strings('https://a.example/x')).toEqual([
    'POST&https%3A%2F%2Fa.example%2Fx&k%3D%253D',
    'POST&https%3A%2F%2Fa.example%2Fx&k%3D%3D',
    'POST&https%3A%2F%2Fa.example%3A443%2Fx&k%3D%3D',
  ]);
  expect(strings('https://a.example:8443/x')).toEqual([
    'POST&https%3A%2F%2Fa.example%3A8443%2Fx&k%3D%253D',
    'POST&https%3A%2F%2Fa.example%3A8443%2Fx&k%3D%3D',
  ]);
});
