import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Consents } from '../consent/index.ts';
import { createIssuer, type EnrolmentStore, type IssuerOptions, ourNetwork } from './index.ts';

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
  network: ourNetwork({ url: 'https://verify.network.example', proof: { verify: 'ISSUER', audience: 'a' } }),
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

  test.each<[string, Partial<IssuerOptions>]>([
    ['no callback origin', { callbackOrigins: [] }],
    ['no clientId', { clientId: '' }],
    ['no consumer key', { consumerKey: '' }],
    ['a weak key', { signingKey: weak }],
    ['a key that is not RSA', { signingKey: elliptic }],
    ['a public key', { signingKey: publicKey }],
    ['text that is no key', { signingKey: 'secret text' }],
  ])('refuses %s', (_title, changes) => {
    expect(refusalOf(changes)).toMatchObject({ name: 'IssuerError', code: 'INVALID_OPTIONS' });
  });

  test('the receipts that it was handed are at hand', () => {
    const consents = { find: unused } as unknown as Consents; // not called
    expect(createIssuer({ ...valid, consents }).consents).toBe(consents);
    expect('consents' in createIssuer(valid)).toBe(false);
  });

  test('a key that cannot be read is not quoted', () => {
    expect(String(refusalOf({ signingKey: 'secret text' }))).not.toContain('secret text');
  });
});
