/** JWK sets: as they are published, and as a client reads them. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, createLocalJWKSet, importX509, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { buildDecryptionKey, decryptPayload, encryptPayload } from './encryption.ts';
import { buildEncryptionKeySet, buildSigningKeySet, findEncryptionKey, readKeySet } from './key-sets.ts';
import { certificateFingerprint, generateEncryptionKey, generateSigningKey } from './keys.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const validity = (from: string, to: string) => ({
  subject: 'CN=verify.example',
  notBefore: new Date(from),
  notAfter: new Date(to),
});
const signing = await generateSigningKey();
const current = await generateEncryptionKey({ name: 'current', ...validity('2026-01-01', '2028-01-01') });
const next = await generateEncryptionKey({ name: 'next', ...validity('2027-01-01', '2029-01-01') });

const wire = (set: object) => JSON.parse(JSON.stringify(set));
function read(set: unknown) {
  const reading = readKeySet(set);
  if (!reading.ok) throw new Error(reading.code);
  return reading.keys;
}

describe('the set of /.well-known/jwks.json', () => {
  const set = buildSigningKeySet([signing, { ...current, kid: 'b' }]);

  test('holds kty, n, e, kid, alg RS256 and use sig, and nothing private', () => {
    expect(set.keys.map(({ kid }) => kid)).toEqual([signing.kid, 'b']);
    for (const jwk of set.keys) {
      expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      expect(jwk).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig', e: 'AQAB' });
    }
  });

  test('jose verifies a token with it', async () => {
    const jwt = await new SignJWT({ a: 1 })
      .setProtectedHeader({ alg: 'RS256', kid: signing.kid })
      .sign(signing.privateKey);
    const { payload } = await jwtVerify(jwt, createLocalJWKSet(wire(set) as JSONWebKeySet));
    expect(payload).toEqual({ a: 1 });
  });

  test('reads back as the keys it was built from', () => {
    const keys = read(wire(set));
    expect(keys.map(({ kid, use }) => [kid, use])).toEqual([
      [signing.kid, 'sig'],
      ['b', 'sig'],
    ]);
    expect(keys[0]?.publicKey.equals(signing.publicKey)).toBe(true);
  });
});

describe('the set of /keys/encryption', () => {
  const set = buildEncryptionKeySet([next, current]);

  test('holds use enc, alg RSA-OAEP-256, x5c and x5t#S256, and nothing private', async () => {
    const [jwk] = set.keys;
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use', 'x5c', 'x5t#S256']);
    expect(jwk).toMatchObject({
      kty: 'RSA',
      use: 'enc',
      alg: 'RSA-OAEP-256',
      kid: 'next',
      'x5t#S256': certificateFingerprint(next.certificate, 'base64url'),
    });
    const pem = `-----BEGIN CERTIFICATE-----\n${jwk?.x5c?.[0]}\n-----END CERTIFICATE-----`;
    const publicKey = await importX509(pem, 'RSA-OAEP-256');
    const jwe = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A128GCM', kid: 'next' })
      .encrypt(publicKey);
    expect(await decryptPayload({ jwe, keys: [buildDecryptionKey(next)] })).toEqual({
      ok: true,
      plaintext: Buffer.from('{}'),
    });
  });

  test('a client picks its first key that is valid now, encrypts, and is understood', async () => {
    const keys = read(wire(set));
    const picked = findEncryptionKey({ keys, now: NOW });
    expect(picked?.kid).toBe('current');
    if (picked === undefined) throw new Error('unreachable');
    const jwe = encryptPayload({ payload: {}, key: picked, encryption: 'A256GCM' });
    expect((await decryptPayload({ jwe, keys: [next, current].map(buildDecryptionKey) })).ok).toBe(true);
  });

  test.each([
    ['2025-12-31T23:59:59Z', undefined],
    ['2026-01-01T00:00:00Z', 'current'],
    ['2027-01-01T00:00:00Z', 'next'],
    ['2029-01-01T00:00:00Z', 'next'],
    ['2029-01-01T00:00:01Z', undefined],
  ])('at %s it picks %s', (time, kid) => {
    expect(findEncryptionKey({ keys: read(wire(set)), now: new Date(time) })?.kid).toBe(kid);
  });

  test('a signing key is never picked to encrypt with', () => {
    expect(findEncryptionKey({ keys: read(wire(buildSigningKeySet([signing]))), now: NOW })).toBeUndefined();
  });

  test('a certificate of another key is refused: CERTIFICATE_MISMATCH', () => {
    const mixed = { ...current, certificate: next.certificate };
    expect(() => buildEncryptionKeySet([mixed])).toThrow(expect.objectContaining({ code: 'CERTIFICATE_MISMATCH' }));
  });
});

describe('readKeySet', () => {
  const [signingJwk] = wire(buildSigningKeySet([signing])).keys;
  const [encryptionJwk] = wire(buildEncryptionKeySet([current])).keys;
  const { n = '', ...exponent } = signing.publicKey.export({ format: 'jwk' });
  const even = { ...exponent, n: Buffer.from(n, 'base64url').fill(0, 255).toString('base64url') };
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

  test.each([
    ['no object', 7],
    ['null', null],
    ['without kid', { ...signingJwk, kid: undefined }],
    ['without use', { ...signingJwk, use: undefined }],
    ['an unknown use', { ...signingJwk, use: 'all' }],
    ['another algorithm', { ...signingJwk, alg: 'PS256' }],
    ['an encryption algorithm on a signing key', { ...signingJwk, alg: 'RSA-OAEP-256' }],
    ['an elliptic key', { ...elliptic, kid: 'a', use: 'sig', alg: 'RS256' }],
    ['RSA with an even modulus', { ...even, kid: 'a', use: 'sig', alg: 'RS256' }],
    ['RSA below 2048 bits', { ...weak, kid: 'a', use: 'sig', alg: 'RS256' }],
    ['a modulus that is no base64', { ...signingJwk, n: '%' }],
    ['a certificate of another key', { ...encryptionJwk, x5c: wire(buildEncryptionKeySet([next])).keys[0].x5c }],
    ['a certificate that is none', { ...encryptionJwk, x5c: ['AAAA'] }],
    ['an empty certificate chain', { ...encryptionJwk, x5c: [] }],
  ])('leaves out %s, and keeps the rest (RFC 7517 §5)', (_what, jwk) => {
    expect(read({ keys: [jwk, { ...signingJwk, kid: 'good' }] }).map(({ kid }) => kid)).toEqual(['good']);
  });

  test('takes a key without alg, and ignores what it does not know', () => {
    const { alg: _, ...jwk } = signingJwk;
    expect(read({ keys: [{ ...jwk, note: 1 }], note: 2 })).toHaveLength(1);
  });

  test('of two keys with one kid and use, the first counts', () => {
    const [second] = wire(buildSigningKeySet([{ ...current, kid: signing.kid }])).keys;
    const keys = read({ keys: [signingJwk, second] });
    expect(keys).toHaveLength(1);
    expect(keys[0]?.publicKey.equals(signing.publicKey)).toBe(true);
  });

  test.each([undefined, null, 7, 'x', [], {}, { keys: {} }, { keys: Array(101).fill({}) }])(
    '%j is KEY_SET_INVALID',
    (json) => {
      expect(readKeySet(json)).toEqual({ ok: false, code: 'KEY_SET_INVALID' });
    },
  );

  test('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void readKeySet({ keys: [json] })));
    const member = fc.constantFrom('kty', 'n', 'e', 'kid', 'use', 'alg', 'x5c');
    fc.assert(
      fc.property(
        fc.dictionary(member, fc.jsonValue()),
        (change) => void readKeySet({ keys: [{ ...encryptionJwk, ...change }] }),
      ),
    );
  });
});
