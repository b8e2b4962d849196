/** Keys and certificates: what is read, what is refused, and under which names. */
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  certificateFingerprint,
  generateEncryptionKey,
  generateSigningKey,
  readPrivateKey,
  readPublicKey,
  spkiFingerprint,
} from './keys.ts';

/** Any UTF-16 code unit, lone surrogates included, ASCII more often than not. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

const VALIDITY = {
  subject: 'CN=verify.example, O=The Network',
  notBefore: new Date('2026-11-24T12:00:00Z'),
  notAfter: new Date('2028-11-24T12:00:00Z'),
};
const key = await generateEncryptionKey({ name: '20261124-enc', ...VALIDITY });

const pkcs1 = key.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const smallExponent = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });

const publicPem = (pair: { publicKey: KeyObject }) => pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = (pair: { privateKey: KeyObject }) =>
  pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const spki = publicPem(key);
const pkcs8 = privatePem(key);
const encrypted = key.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('readPublicKey', () => {
  test.each([
    ['SubjectPublicKeyInfo', spki],
    ['PKCS#1', pkcs1],
    ['a certificate', key.certificate],
    ['a PEM with blanks around it', `\n  ${spki}\n`],
  ])('reads %s', (_what, pem) => expect(readPublicKey(pem).equals(key.publicKey)).toBe(true));

  test.each([
    ['nothing', 'KEY_UNREADABLE', ''],
    ['a private key', 'KEY_UNREADABLE', pkcs8],
    ['a PEM without a key in it', 'KEY_UNREADABLE', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['an elliptic key', 'KEY_TYPE_NOT_ALLOWED', publicPem(elliptic)],
    ['an RSA key restricted to PSS', 'KEY_TYPE_NOT_ALLOWED', publicPem(pss)],
    ['RSA of 1024 bits', 'KEY_TOO_WEAK', publicPem(weak)],
    ['RSA with the exponent 3', 'KEY_TOO_WEAK', publicPem(smallExponent)],
  ])('%s: %s', (_what, expected, pem) => expect(() => readPublicKey(pem)).toThrow(code(expected)));

  test('throws nothing but ChannelError', () => {
    const pem = fc.string({ unit: character }).map((text) => `-----BEGIN PUBLIC KEY-----\n${text}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: character }), pem), (text) => {
        expect(() => readPublicKey(text)).toThrow(code('KEY_UNREADABLE'));
      }),
    );
  });
});

describe('readPrivateKey', () => {
  test.each(['pkcs8', 'pkcs1'] as const)('reads %s', (type) => {
    expect(readPrivateKey(key.privateKey.export({ type, format: 'pem' }).toString()).equals(key.privateKey)).toBe(true);
  });

  test.each([
    ['a public key', 'KEY_UNREADABLE', spki],
    ['an encrypted key', 'KEY_UNREADABLE', encrypted],
    ['an elliptic key', 'KEY_TYPE_NOT_ALLOWED', privatePem(elliptic)],
    ['RSA of 1024 bits', 'KEY_TOO_WEAK', privatePem(weak)],
  ])('%s: %s', (_what, expected, pem) => {
    const read = () => readPrivateKey(pem);
    expect(read).toThrow(code(expected));
    // Neither the message nor a cause quotes the key.
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining(pem.slice(40, 60)) }));
    expect(read).not.toThrow(expect.objectContaining({ cause: expect.anything() }));
  });
});

describe('fingerprints', () => {
  test('of a key: lower-case hex SHA-256 of its SubjectPublicKeyInfo', () => {
    const der = key.publicKey.export({ type: 'spki', format: 'der' });
    expect(spkiFingerprint(key.publicKey)).toBe(createHash('sha256').update(der).digest('hex'));
  });

  test('of a certificate: SHA-256 of its DER, in hex, base64 and base64url', () => {
    const fingerprint256 = new X509Certificate(key.certificate).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(certificateFingerprint(key.certificate, 'hex')).toBe(fingerprint256);
    for (const encoding of ['base64', 'base64url'] as const) {
      expect(Buffer.from(certificateFingerprint(key.certificate, encoding), encoding).toString('hex')).toBe(
        fingerprint256,
      );
    }
    expect(() => certificateFingerprint('', 'hex')).toThrow(code('KEY_UNREADABLE'));
  });
});

test('generateSigningKey makes RSA-2048 with the exponent 65537, named by its fingerprint', async () => {
  const { kid, publicKey, privateKey } = await generateSigningKey();
  expect(publicKey.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n });
  expect(kid).toBe(spkiFingerprint(publicKey));
  expect(readPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()).equals(privateKey)).toBe(true);
});

test('generateEncryptionKey makes a certificate of the key, signed by itself, for the dates and the subject it was given', () => {
  const certificate = new X509Certificate(key.certificate);
  expect(certificate.publicKey.equals(key.publicKey)).toBe(true);
  expect(certificate.verify(key.publicKey)).toBe(true);
  expect([certificate.validFromDate, certificate.validToDate]).toEqual([VALIDITY.notBefore, VALIDITY.notAfter]);
  expect(certificate.subject).toBe('CN=verify.example\nO=The Network');
  expect(certificate.ca).toBe(false);
  expect(certificate.serialNumber).toMatch(/^[0-7][0-9A-F]{31}$/);
  expect(key.kid).toBe('20261124-enc');
});
