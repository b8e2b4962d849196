import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createIssuer, type EnrolmentStore, type IssuerOptions } from './index.ts';

const unused = () => Promise.reject(new Error('not called'));
const store: EnrolmentStore = {
  addEnrolment: unused,
  findEnrolment: unused,
  noteProof: unused,
  completeEnrolment: unused,
};
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const valid: IssuerOptions = {
  network: { url: 'https://verify.network.example', audience: 'https://verify.network.example' },
  clientId: 'bank',
  consumerKey: 'key!1',
  signingKey: privateKey,
  callbackOrigins: ['https://bank.example'],
  store,
};

function refusalOf(changes: Partial<IssuerOptions>): unknown {
  try {
    createIssuer({ ...valid, ...changes });
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('createIssuer', () => {
  test('takes a KeyObject, PEM, or a signer', () => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const signingKey of [privateKey, pem, async (data: Uint8Array) => data]) {
      expect(refusalOf({ signingKey })).toBeUndefined();
    }
  });

  test('takes http only of localhost, and a base path', () => {
    const audience = 'a';
    expect(refusalOf({ network: { url: 'http://verify.localhost:4000', audience } })).toBeUndefined();
    expect(refusalOf({ network: { url: 'https://api.network.example/passkeys/', audience } })).toBeUndefined();
  });

  test.each<[string, Partial<IssuerOptions>]>([
    ['no callback origin', { callbackOrigins: [] }],
    ['a network over plain http', { network: { url: 'http://verify.network.example', audience: 'a' } }],
    ['a network address with a query', { network: { url: 'https://verify.network.example/?a=1', audience: 'a' } }],
    ['a network address with user info', { network: { url: 'https://a:b@verify.network.example', audience: 'a' } }],
    ['no network address', { network: { url: '', audience: 'a' } }],
    ['no audience', { network: { url: 'https://verify.network.example', audience: '' } }],
    ['no clientId', { clientId: '' }],
    ['no consumer key', { consumerKey: '' }],
    ['a weak key', { signingKey: weak }],
    ['a key that is not RSA', { signingKey: elliptic }],
    ['a public key', { signingKey: publicKey }],
    ['text that is no key', { signingKey: 'secret text' }],
  ])('refuses %s', (_title, changes) => {
    expect(refusalOf(changes)).toMatchObject({ name: 'IssuerError', code: 'INVALID_OPTIONS' });
  });

  test('a key that cannot be read is not quoted', () => {
    expect(String(refusalOf({ signingKey: 'secret text' }))).not.toContain('secret text');
  });
});
