import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { readBaseAddress, readSigningKey } from './read-options.ts';

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;

test('a private key of 2048 bits is taken, as KeyObject and as PEM; a function is taken as it is', () => {
  const key = rsa(2048);
  expect(readSigningKey(key)).toMatchObject({ type: 'private', asymmetricKeyType: 'rsa' });
  expect(readSigningKey(key.export({ type: 'pkcs8', format: 'pem' }).toString())).toMatchObject({ type: 'private' });
  const sign = async () => Buffer.alloc(256);
  expect(readSigningKey(sign)).toBe(sign);
});

test.each([
  ['a short key', () => rsa(1024)],
  ['an elliptic key', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['a public key', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  ['no key', () => 'not a key'],
])('%s is INVALID_OPTIONS', (_title, key) => {
  expect(() => readSigningKey(key())).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
});

test.each([
  ['https://verify.example/', 'https://verify.example'],
  ['https://verify.example/base/', 'https://verify.example/base'],
  ['http://verify.localhost:4000', 'http://verify.localhost:4000'],
])('the base address %s', (text, expected) => {
  expect(readBaseAddress('url', text)).toBe(expected);
});

test.each([
  'http://verify.example',
  'verify.example',
  'https://a@verify.example',
  'https://verify.example?x=1',
  'ftp://localhost',
  '',
])('%s is no base address, and the message names the option alone', (text) => {
  expect(() => readBaseAddress('network.url', text)).toThrow(/^network\.url must be/);
});
