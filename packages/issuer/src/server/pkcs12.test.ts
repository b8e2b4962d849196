import { createPublicKey, type KeyObject } from 'node:crypto';
import { generateEncryptionKey, spkiFingerprint } from '@payment-passkeys/channel';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import {
  ALIAS,
  KEY_FINGERPRINT,
  OPENSSL_3_FILE,
  PASSWORD,
  UMLAUT_FILES,
  UMLAUT_KEY_FINGERPRINT,
  UMLAUT_PASSWORD,
} from './pkcs12.fixture.ts';
import { readPkcs12 } from './pkcs12.ts';

/** A file like those of Mastercard's portal. The portal makes them in the browser, with node-forge and triple DES. */
async function makeLegacyFile(friendlyName: string) {
  const { privateKey, certificate } = await generateEncryptionKey({
    name: friendlyName,
    subject: 'CN=signing.example',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
  });
  const key = forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  const chain = [forge.pki.certificateFromPem(certificate)];
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, chain, PASSWORD, { algorithm: '3des', friendlyName });
  return { privateKey, file: Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary') };
}

const fingerprint = (key: KeyObject) => spkiFingerprint(createPublicKey(key));

function refusalOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('readPkcs12', () => {
  test('the key of a file that OpenSSL 3 wrote', () => {
    const key = readPkcs12({ file: OPENSSL_3_FILE, password: PASSWORD });
    expect(key.type).toBe('private');
    expect(fingerprint(key)).toBe(KEY_FINGERPRINT);
  });

  test('the key of a file with triple DES', async () => {
    const { file, privateKey } = await makeLegacyFile('signing');
    const key = readPkcs12({ file, password: PASSWORD, alias: 'signing' });
    expect(fingerprint(key)).toBe(fingerprint(privateKey));
  });

  test.each(Object.entries(UMLAUT_FILES))('a password with umlauts opens the file of OpenSSL: %s', (_title, file) => {
    expect(fingerprint(readPkcs12({ file, password: UMLAUT_PASSWORD, alias: ALIAS }))).toBe(UMLAUT_KEY_FINGERPRINT);
    const call = () => readPkcs12({ file, password: 'password' });
    expect(refusalOf(call)).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  test.each([
    ['a line feed', '\n'],
    ['a line break of Windows', '\r\n'],
  ])('%s behind the file does no harm', (_title, lineBreak) => {
    const file = Buffer.concat([OPENSSL_3_FILE, Buffer.from(lineBreak)]);
    expect(fingerprint(readPkcs12({ file, password: PASSWORD }))).toBe(KEY_FINGERPRINT);
    const more = Buffer.concat([OPENSSL_3_FILE, Buffer.from('more')]);
    expect(refusalOf(() => readPkcs12({ file: more, password: PASSWORD }))).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  test('the key of that alias, and of no other', () => {
    expect(fingerprint(readPkcs12({ file: OPENSSL_3_FILE, password: PASSWORD, alias: ALIAS }))).toBe(KEY_FINGERPRINT);
    const call = () => readPkcs12({ file: OPENSSL_3_FILE, password: PASSWORD, alias: 'other' });
    expect(refusalOf(call)).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  test.each([
    ['a wrong password', { file: OPENSSL_3_FILE, password: 'another password' }],
    ['no password', { file: OPENSSL_3_FILE, password: '' }],
    ['a file that is cut', { file: OPENSSL_3_FILE.subarray(0, 900), password: PASSWORD }],
    ['a file with one byte changed', { file: changed(OPENSSL_3_FILE), password: PASSWORD }],
    ['a file that is none', { file: Buffer.from('no PKCS#12'), password: PASSWORD }],
    ['an empty file', { file: new Uint8Array(), password: PASSWORD }],
  ])('%s is refused, and neither file nor password is quoted', (_title, options) => {
    const error = refusalOf(() => readPkcs12(options));
    expect(error).toMatchObject({ name: 'IssuerError', code: 'INVALID_OPTIONS' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toMatch(/another password|no PKCS#12$/);
  });
});

/** The file with one bit changed in the middle of the encrypted content, where only the MAC detects it. */
function changed(file: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(file);
  copy[1200] = (copy[1200] ?? 0) ^ 1;
  return copy;
}
