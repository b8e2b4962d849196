import { generateDpopKey, readJwkThumbprint, signDpopProof } from '@payment-passkeys/channel';
import { beforeAll, expect, test } from 'vitest';
import { type RefusedOAuth2, readClaims } from './claims.ts';

const PUBLIC_URL = 'https://verify.network.example';
const PAN = '5555555555554444';
const MAIL = 'avery@mail.example';
const NOW = new Date('2026-11-29T10:32:00Z');
const ROUTE = '/authentication/sessions/:authenticationSessionId';
const key = generateDpopKey();

const jwt = (header: object, claims: object) =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.c2ln`;

const token = jwt(
  { typ: 'at+jwt', alg: 'RS256' },
  { exp: 1_796_000_000, scope: 'events', cnf: { jkt: key.jkt }, client_key: 'ab' },
);

let refused: RefusedOAuth2;
beforeAll(async () => {
  const target = '/authentication/sessions/dGhpcyBpcyBhIHNlc3Npb24';
  refused = {
    ...{ because: 'DPOP_METHOD', method: 'GET', target, route: ROUTE, receivedAt: NOW, publicUrl: PUBLIC_URL },
    ...{ clientId: 'bank', token, assertion: undefined, nonce: '29933912.AAAAAAAAAAAAAAAAAAAAAA' },
    proof: await signDpopProof({
      ...{ key, method: 'POST', url: PUBLIC_URL + target, accessToken: token, nonce: undefined, jti: 'j', now: NOW },
    }),
  };
});

const valuesOf = (changes: Partial<RefusedOAuth2>) =>
  Object.fromEntries(
    readClaims({ ...refused, ...changes }).map(({ name, given, expected }) => [name, [given, expected]]),
  );

test('a refused proof: each claim beside what the network has, and the fault where the guard found it', () => {
  const claims = readClaims(refused);
  expect(claims.filter(({ wrong }) => wrong)).toEqual([
    { of: 'PROOF', name: 'htm', given: 'POST', expected: 'GET', wrong: true },
  ]);
  const values = valuesOf({});
  const address = `${PUBLIC_URL}/authentication/sessions/dGhpcyBpcyBhIHNlc3Npb24`;
  expect(values).toMatchObject({
    typ: ['dpop+jwt', 'dpop+jwt'],
    alg: ['ES256', 'PS256, ES256'],
    jwk: [key.jkt, key.jkt],
    htu: [address, address],
    iat: [NOW.toISOString(), NOW.toISOString()],
    nonce: [undefined, '29933912.AAAAAAAAAAAAAAAAAAAAAA'],
    jti: ['* (1)', '1 to 128 visible characters'],
  });
  expect(values.ath?.[0]).toBe(values.ath?.[1]);
});

test('a token that is bound to another key: the thumbprints of both', () => {
  const other = generateDpopKey();
  const claims = readClaims({ ...refused, because: 'DPOP_OTHER_KEY', proof: jwt({ jwk: other.jwk }, {}) });
  expect(readJwkThumbprint(other.jwk)).toBe(other.jkt);
  expect(claims.filter(({ wrong }) => wrong)).toEqual([
    { of: 'PROOF', name: 'jwk', given: other.jkt, expected: key.jkt, wrong: true },
    { of: 'TOKEN', name: 'cnf.jkt', given: key.jkt, expected: other.jkt, wrong: true },
  ]);
});

test.each([
  ['TOKEN_EXPIRED', 'exp'],
  ['SCOPE', 'scope'],
  ['KEY_REMOVED', 'client_key'],
])('a token of the network that is refused by %s', (because, name) => {
  const claims = readClaims({ ...refused, because });
  expect(claims.filter(({ wrong }) => wrong).map((claim) => [claim.of, claim.name])).toEqual([['TOKEN', name]]);
});

test.each(['TOKEN_FORGED', 'BEARER', 'CLIENT_SUSPENDED', ''])('nothing of a token that is refused by %j', (because) =>
  expect(readClaims({ ...refused, because })).toEqual([]),
);

test('an assertion: addresses and times as they arrived, and its own client', () => {
  const claims = { iss: 'bank', sub: 'bank', aud: `${PUBLIC_URL}/`, exp: 1_796_000_000, jti: 'j' };
  const values = valuesOf({ because: 'ASSERTION_AUDIENCE', assertion: jwt({ alg: 'RS256' }, claims) });
  expect(values).toMatchObject({
    alg: ['RS256', 'PS256, ES256'],
    iss: ['bank', 'bank'],
    aud: [`${PUBLIC_URL}/`, `${PUBLIC_URL} or ${PUBLIC_URL}/oauth2/token`],
    exp: [new Date(1_796_000_000_000).toISOString(), NOW.toISOString()],
  });
});

test('a proof or an assertion that is no JWT has no claims', () => {
  expect(readClaims({ ...refused, because: 'DPOP_MALFORMED', proof: 'a.b.c' })).toEqual([]);
  expect(readClaims({ ...refused, because: 'ASSERTION_MALFORMED', assertion: MAIL })).toEqual([]);
});

test('no account is kept, wherever it stands', () => {
  for (const mark of [
    PAN,
    Number(PAN),
    MAIL,
    [PAN],
    { [PAN]: PAN },
    `https://${PAN}.example/`,
    `https://a.example/${PAN}?${PAN}=${PAN}#${PAN}`,
  ]) {
    const header = { typ: mark, alg: mark, jwk: mark };
    const all = { htm: mark, htu: mark, iat: mark, exp: mark, nbf: mark, nonce: mark, ath: mark, jti: mark };
    const assertion = jwt(header, { ...all, iss: mark, sub: mark, aud: mark });
    const target = `/authentication/sessions/${PAN}?a=${PAN}`;
    const claims = [
      ...readClaims({ ...refused, because: 'DPOP_URL', proof: jwt(header, all), target }),
      ...readClaims({ ...refused, because: 'ASSERTION_TIME', assertion, target }),
    ];
    expect(claims.length).toBeGreaterThan(15);
    expect(JSON.stringify(claims)).not.toMatch(/5555|avery/);
  }
});
