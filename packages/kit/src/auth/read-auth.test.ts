import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type OAuth2Auth, readAuth } from './read-auth.ts';

const network = {
  clientId: 'bank',
  apiUrl: 'https://verify.example',
  signature: { dialect: 'RFC_5849', method: 'RSA-SHA256' },
} as const;
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const readKey = (key: OAuth2Auth['key']) => readAuth({ auth: { scheme: 'OAUTH2', key } }, network);

describe('the key of OAuth 2.0', () => {
  test.each([
    ['a KeyObject on P-256', elliptic, 'ES256'],
    ['a KeyObject of RSA', rsa, 'PS256'],
    ['PEM', pemOf(elliptic), 'ES256'],
    ['PEM in SEC 1', elliptic.export({ type: 'sec1', format: 'pem' }).toString(), 'ES256'],
    ['PEM with text before BEGIN (RFC 7468 §2)', `Bag Attributes\n    friendlyName: signing\n${pemOf(rsa)}`, 'PS256'],
    ['PEM on one line', pemOf(elliptic).replaceAll('\n', '\\n'), 'ES256'],
  ])('is taken as %s', (_title, key, algorithm) =>
    expect(readKey(key)).toMatchObject({ oauth2: { signer: { algorithm } } }),
  );

  test('is taken as a function with its algorithm', () => {
    const signer = { algorithm: 'ES256', sign: async () => Buffer.alloc(64) } as const;
    expect(readKey(signer)).toMatchObject({ oauth2: { signer } });
  });

  test.each([
    ['of Ed25519', pemOf(generateKeyPairSync('ed25519').privateKey)],
    ['of 1024 bits', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)],
    ['that is public', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['beside another one', pemOf(rsa) + pemOf(elliptic)],
    ['that is none', 'no key'],
  ])('one %s is INVALID_OPTIONS, and nothing of it is in the error', (_title, key) => {
    const read = () => readKey(key);
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
    expect(read).toThrow(/^auth\.key must be a private key: RSA of 2048 bits or more, or P-256$/);
    expect(read).not.toThrow(expect.objectContaining({ cause: expect.anything() }));
  });
});

test('auth beside consumerKey is INVALID_OPTIONS: it is unclear which one is meant', () => {
  const auth = { scheme: 'OAUTH2', key: elliptic } as const;
  expect(() => readAuth({ auth, consumerKey: 'a!b' }, network)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTIONS' }),
  );
});
