import { generateKeyPairSync } from 'node:crypto';
import { generateEncryptionKey, spkiFingerprint } from '@payment-passkeys/channel';
import { beforeAll, describe, expect, test } from 'vitest';
import { mastercard, ourNetwork, type ProofChoice } from './index.ts';

const proof: ProofChoice = { verify: 'ISSUER', audience: 'https://verify.network.example' };
let certificate = '';
let kid = '';
let jwk: Record<string, unknown> = {};

beforeAll(async () => {
  const key = await generateEncryptionKey({
    name: 'unused',
    subject: 'CN=encryption',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
  });
  certificate = key.certificate;
  kid = spkiFingerprint(key.publicKey);
  jwk = { ...key.publicKey.export({ format: 'jwk' }), kid: 'a-name' };
});

function codeOf(call: () => unknown): unknown {
  try {
    call();
    return 'RETURNED';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('ourNetwork', () => {
  test('page, APIs and key sets are below one address', () => {
    expect(ourNetwork({ url: 'https://verify.network.example/', proof })).toMatchObject({
      apiUrl: 'https://verify.network.example',
      pageOrigin: 'https://verify.network.example',
      paths: { sessions: '/authentication/sessions', authenticators: '/authentication/authenticators' },
      signature: { dialect: 'RFC_5849' },
      encryption: { key: { keySetUrl: 'https://verify.network.example/keys/encryption' } },
      proof: {
        verify: 'ISSUER',
        issuer: 'https://verify.network.example',
        keySetUrl: 'https://verify.network.example/.well-known/jwks.json',
      },
    });
  });

  test('http is taken of localhost alone, and a base path is kept', () => {
    expect(ourNetwork({ url: 'http://verify.localhost:4000', proof }).apiUrl).toBe('http://verify.localhost:4000');
    const below = ourNetwork({ url: 'https://network.example/passkeys/', proof });
    expect([below.apiUrl, below.pageOrigin]).toEqual(['https://network.example/passkeys', 'https://network.example']);
  });

  test.each<[string, Parameters<typeof ourNetwork>[0]]>([
    ['plain http', { url: 'http://verify.network.example', proof }],
    ['a query', { url: 'https://verify.network.example/?a=1', proof }],
    ['user info', { url: 'https://a:b@verify.network.example', proof }],
    ['no address', { url: '', proof }],
    ['no audience', { url: 'https://verify.network.example', proof: { ...proof, audience: '' } }],
    ['nobody who verifies', { url: 'https://verify.network.example', proof: { audience: 'a' } as ProofChoice }],
    ['no proof policy', { url: 'https://verify.network.example' } as never],
  ])('%s is refused', (_title, options) => {
    expect(codeOf(() => ourNetwork(options))).toBe('INVALID_OPTIONS');
  });
});

describe('mastercard', () => {
  const left = { verify: 'NETWORK', audience: 'https://mastercard.com' } as const;

  test.each([
    ['sandbox', 'https://sandbox.api.mastercard.com/src/api/digital/payments', 'https://stage.verify.mastercard.com'],
    ['production', 'https://api.mastercard.com/src/api/digital/payments', 'https://verify.mastercard.com'],
  ] as const)(
    '%s: APIs apart from the page, signed as its gateway checks, encrypted to the key handed over',
    (environment, apiUrl, pageOrigin) => {
      expect(mastercard({ environment, encryptionKey: { certificate }, proof: left })).toMatchObject({
        apiUrl,
        pageOrigin,
        signature: { dialect: 'MASTERCARD', method: 'RSA-SHA256' },
        encryption: { content: 'A256GCM', key: { handedOver: { kid, use: 'enc' } } },
        proof: left,
      });
    },
  );

  test('every assumed value can be put right', () => {
    const profile = mastercard({
      environment: 'sandbox',
      encryptionKey: { certificate, kid: 'another' },
      apiUrl: 'https://sandbox.api.mastercard.com/elsewhere/',
      paths: { sessions: '/v2/sessions' },
      pageOrigin: 'https://page.example',
      fields: { authenticationSessionId: 'sessionId' },
      sessionConstants: { serviceId: 'SRC' },
      contentEncryption: 'A128GCM',
      proof: { verify: 'ISSUER', audience: 'a', keySetUrl: 'https://keys.example/set' },
    });
    expect(profile).toMatchObject({
      apiUrl: 'https://sandbox.api.mastercard.com/elsewhere',
      paths: { sessions: '/v2/sessions', authenticators: '/authentication/authenticators' },
      pageOrigin: 'https://page.example',
      encryption: { content: 'A128GCM', key: { handedOver: { kid: 'another' } } },
      proof: { issuer: 'https://page.example', keySetUrl: 'https://keys.example/set' },
    });
    expect(profile.fields).toMatchObject({ authenticationSessionId: 'sessionId', uri: 'uri' });
  });

  test('the key may be a JWK', () => {
    const profile = mastercard({ environment: 'sandbox', encryptionKey: { jwk }, proof: left });
    expect(profile.encryption.key).toMatchObject({ handedOver: { kid: 'a-name' } });
  });

  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  test.each<[string, object]>([
    ['no environment', { environment: undefined }],
    ['another environment', { environment: 'staging' }],
    ['a certificate that is none', { encryptionKey: { certificate: 'x' } }],
    [
      'a public key in place of a certificate',
      { encryptionKey: { certificate: weak.export({ type: 'spki', format: 'pem' }) } },
    ],
    ['a weak JWK', { encryptionKey: { jwk: { ...weak.export({ format: 'jwk' }), kid: 'k' } } }],
    ['no choice of who verifies', { proof: undefined }],
    ['an issuer that verifies without a key set', { proof: { verify: 'ISSUER', audience: 'a' } }],
    ['a path with a query', { paths: { sessions: '/sessions?a=1' } }],
    ['a page that is no origin', { pageOrigin: 'https://page.example/auth' }],
  ])('%s is refused', (_title, changes) => {
    const options = { environment: 'sandbox', encryptionKey: { certificate }, proof: left, ...changes };
    expect(codeOf(() => mastercard(options as never))).toBe('INVALID_OPTIONS');
  });
});
