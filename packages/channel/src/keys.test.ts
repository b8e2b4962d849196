/** Keys and certificates: accepted forms, refused forms, and key ids. */
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelError } from './channel-error.ts';
import {
  certificateFingerprint,
  generateEncryptionKey,
  generateSigningKey,
  pickPublicPem,
  readAnyPrivateKey,
  readCertificates,
  readPrivateKey,
  readPublicKey,
  spkiFingerprint,
} from './keys.ts';

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
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
const oneLine = (pem: string) => pem.replaceAll('\n', '\\n');
const other = await generateEncryptionKey({ name: 'other', ...VALIDITY });
/** An even modulus: its last byte, the one before the exponent (02 03 01 00 01), has the lowest bit cleared. */
const evenDer = Buffer.from(key.publicKey.export({ type: 'spki', format: 'der' }));
evenDer[evenDer.length - 6] = (evenDer.at(-6) ?? 0) & 0xfe;
const evenModulus = `-----BEGIN PUBLIC KEY-----\n${evenDer.toString('base64')}\n-----END PUBLIC KEY-----\n`;
/** The text before a key, as OpenSSL 3.0 writes it; the numbers are shortened. */
const BAG_ATTRIBUTES = `Bag Attributes
    friendlyName: signing
    localKeyID: 2E 1B 9C
subject=CN = verify.example, O = The Network
issuer=CN = verify.example, O = The Network
`;
const CERTIFICATE_TEXT = `Certificate:
    Data:
        Version: 3 (0x2)
        Subject Public Key Info:
            Public Key Algorithm: rsaEncryption
                Public-Key: (2048 bit)
                Modulus:
                    00:c0:9f
                Exponent: 65537 (0x10001)
`;
const PRIVATE_TEXT = `Private-Key: (2048 bit, 2 primes)
modulus:
    00:c0:9f
publicExponent: 65537 (0x10001)
privateExponent:
    1f:2e
`;
const code = (expected: string) => expect.objectContaining({ code: expected });

function outcomeOf(read: () => string): unknown {
  try {
    return read();
  } catch (error) {
    return (error as ChannelError).code;
  }
}

describe('readPublicKey', () => {
  test.each([
    ['SubjectPublicKeyInfo', spki],
    ['PKCS#1', pkcs1],
    ['a certificate', key.certificate],
    ['a PEM with blanks around it', `\n  ${spki}\n`],
    ['a PEM with text before BEGIN (RFC 7468 §2): openssl pkcs12 -nokeys', BAG_ATTRIBUTES + key.certificate],
    ['a PEM with text before BEGIN: openssl x509 -text', CERTIFICATE_TEXT + key.certificate],
    ['a PEM with text behind END', `${spki}kept by the payments team\n`],
    ['a PEM with a byte order mark', `\ufeff${spki}`],
    ['a PEM of Windows', spki.replaceAll('\n', '\r\n')],
    ['a PEM on one line, its breaks as literal \\n', oneLine(spki)],
    ['a PEM on one line, its breaks as literal \\r\\n', spki.replaceAll('\n', '\\r\\n')],
    ['a PEM on one line, its breaks as blanks', spki.replaceAll('\n', ' ')],
    ['a certificate by its old label (RFC 7468 §5.1)', key.certificate.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
    ['the first of a chain', key.certificate + other.certificate],
  ])('reads %s', (_what, pem) => expect(readPublicKey(pem).equals(key.publicKey)).toBe(true));

  test.each([
    ['nothing', 'KEY_UNREADABLE', ''],
    ['a private key', 'KEY_UNREADABLE', pkcs8],
    ['a private key with text before BEGIN', 'KEY_UNREADABLE', BAG_ATTRIBUTES + pkcs8],
    ['a private key on one line', 'KEY_UNREADABLE', oneLine(pkcs8)],
    ['a public key followed by its private key', 'KEY_UNREADABLE', spki + pkcs8],
    ['a public key followed by its encrypted private key', 'KEY_UNREADABLE', spki + encrypted],
    ['a certificate behind its private key', 'KEY_UNREADABLE', pkcs8 + key.certificate],
    ['a public key before a private key that is cut', 'KEY_UNREADABLE', spki + pkcs8.slice(0, 200)],
    ['a public key on one line, followed by its private key', 'KEY_UNREADABLE', oneLine(spki + pkcs8)],
    ['the private numbers before a public key: openssl rsa -text -pubout', 'KEY_UNREADABLE', PRIVATE_TEXT + spki],
    ['a block that ends by another label', 'KEY_UNREADABLE', spki.replace('END PUBLIC KEY', 'END CERTIFICATE')],
    ['a PEM without a key in it', 'KEY_UNREADABLE', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['an elliptic key', 'KEY_TYPE_NOT_ALLOWED', publicPem(elliptic)],
    ['an RSA key restricted to PSS', 'KEY_TYPE_NOT_ALLOWED', publicPem(pss)],
    ['RSA of 1024 bits', 'KEY_TOO_WEAK', publicPem(weak)],
    ['RSA with the exponent 3', 'KEY_TOO_WEAK', publicPem(smallExponent)],
    ['RSA with an even modulus, which is factored already', 'KEY_TOO_WEAK', evenModulus],
  ])('%s: %s', (_what, expected, pem) => expect(() => readPublicKey(pem)).toThrow(code(expected)));

  /** Text without a PEM block and without a JWK. */
  const around = fc.string({ unit: character }).filter((text) => !/-----|privateExponent/i.test(text));

  test('whatever text stands around a key, it is that key, and what is kept is the key alone', () => {
    fc.assert(
      fc.property(around, around, fc.boolean(), (before, behind, onOneLine) => {
        const pem = `${before}\n${spki}${behind}`;
        expect(pickPublicPem(onOneLine ? oneLine(pem) : pem)).toBe(spki);
      }),
    );
  });

  test('whatever text stands around a private key, it is not taken beside a public one, before or behind', () => {
    const secret = fc.constantFrom(pkcs8, encrypted, pkcs8.slice(0, 300));
    fc.assert(
      fc.property(around, secret, fc.boolean(), (text, pem, first) => {
        const parts = first ? [pem, text, spki] : [spki, text, pem];
        expect(() => pickPublicPem(parts.join('\n'))).toThrow(code('KEY_UNREADABLE'));
      }),
    );
  });

  test('throws nothing but ChannelError', () => {
    const pem = fc.string({ unit: character }).map((text) => `-----BEGIN PUBLIC KEY-----\n${text}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: character }), pem), (text) => {
        expect(() => readPublicKey(text)).toThrow(code('KEY_UNREADABLE'));
      }),
    );
  });
});

test('pickPublicPem keeps the key or the certificate alone, in one form', () => {
  expect(pickPublicPem(`${CERTIFICATE_TEXT}${spki}behind`)).toBe(spki);
  expect(pickPublicPem(pkcs1)).toBe(spki);
  expect(pickPublicPem(oneLine(BAG_ATTRIBUTES + key.certificate + other.certificate)).trim()).toBe(
    key.certificate.trim(),
  );
  const hidden = Buffer.concat([key.publicKey.export({ type: 'spki', format: 'der' }), Buffer.from('hidden')]);
  const behind = `-----BEGIN PUBLIC KEY-----\n${hidden.toString('base64')}\n-----END PUBLIC KEY-----`;
  expect(outcomeOf(() => pickPublicPem(behind))).toBeOneOf([spki, 'KEY_UNREADABLE']);
});

test('readCertificates reads every certificate of a file, and none where a private key is with them', () => {
  const chain = BAG_ATTRIBUTES + key.certificate + CERTIFICATE_TEXT + other.certificate;
  expect(readCertificates(chain).map(({ raw }) => raw)).toEqual(
    [key, other].map(({ certificate }) => new X509Certificate(certificate).raw),
  );
  for (const text of ['', spki, chain + pkcs8, pkcs8, chain.replace('MII', 'MIJ')]) {
    expect(() => readCertificates(text)).toThrow(code('KEY_UNREADABLE'));
  }
});

describe('readPrivateKey', () => {
  test.each(['pkcs8', 'pkcs1'] as const)('reads %s', (type) => {
    expect(readPrivateKey(key.privateKey.export({ type, format: 'pem' }).toString()).equals(key.privateKey)).toBe(true);
  });

  test.each([
    ['with text before BEGIN: openssl pkcs12 -nodes', BAG_ATTRIBUTES + pkcs8],
    ['beside its certificate', BAG_ATTRIBUTES + key.certificate + BAG_ATTRIBUTES + pkcs8],
    ['on one line', oneLine(pkcs8)],
  ])('reads one %s', (_what, pem) => expect(readPrivateKey(pem).equals(key.privateKey)).toBe(true));

  test.each([
    ['a public key', 'KEY_UNREADABLE', spki],
    ['an encrypted key', 'KEY_UNREADABLE', encrypted],
    ['two private keys', 'KEY_UNREADABLE', pkcs8 + privatePem(other)],
    ['an elliptic key', 'KEY_TYPE_NOT_ALLOWED', privatePem(elliptic)],
    ['RSA of 1024 bits', 'KEY_TOO_WEAK', privatePem(weak)],
  ])('%s: %s', (_what, expected, pem) => {
    const read = () => readPrivateKey(pem);
    expect(read).toThrow(code(expected));
    // Neither the message nor its cause contains the key.
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining(pem.slice(40, 60)) }));
    expect(read).not.toThrow(expect.objectContaining({ cause: expect.anything() }));
  });
});

describe('readAnyPrivateKey', () => {
  test.each([
    ['an elliptic key in SEC 1', elliptic.privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
    ['an elliptic key with text before BEGIN', BAG_ATTRIBUTES + privatePem(elliptic)],
    ['an elliptic key on one line', oneLine(privatePem(elliptic))],
  ])('reads %s', (_what, pem) => expect(readAnyPrivateKey(pem).equals(elliptic.privateKey)).toBe(true));
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
