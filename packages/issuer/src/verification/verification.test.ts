/** Contract §11 from the bank's side: real keys, real signatures; the network's key set is answered by a function. */
import {
  buildSigningKeySet,
  generateSigningKey,
  issueVerificationRequest,
  type SigningKey,
  verifyVerificationResponse,
} from '@payment-passkeys/channel';
import type { Fetch } from '@payment-passkeys/kit';
import { addSeconds, VERIFICATION_SECONDS } from '@payment-passkeys/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { createVerification, IssuerError, type Verification, type VerificationOptions } from './index.ts';

const NETWORK = 'https://verify.example';
const NOW = new Date('2026-11-24T10:00:00.000Z');
const ACCOUNT = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2030' };
const RETURN = `${NETWORK}/auth/verification`;

let networkKey: SigningKey;
let bankSigning: SigningKey;
let bankEncryption: SigningKey;

beforeAll(async () => {
  [networkKey, bankSigning, bankEncryption] = await Promise.all([
    generateSigningKey(),
    generateSigningKey(),
    generateSigningKey(),
  ]);
});

function ask(changes: Partial<Parameters<typeof issueVerificationRequest>[0]> = {}): Promise<string> {
  return issueVerificationRequest({
    issuer: NETWORK,
    audience: 'bank',
    requestId: 'R'.repeat(43),
    returnUri: RETURN,
    merchantName: 'Tidewick',
    account: ACCOUNT,
    encryptionKey: bankEncryption.publicKey,
    key: networkKey,
    now: NOW,
    ...changes,
  });
}

function verificationOn(changes: Partial<VerificationOptions> = {}): Verification {
  const fetch: Fetch = async (url) => {
    expect(url).toBe(`${NETWORK}/.well-known/jwks.json`);
    const text = JSON.stringify(buildSigningKeySet([networkKey]));
    return { status: 200, headers: { get: () => null }, text: async () => text };
  };
  return createVerification({
    networkUrl: NETWORK,
    clientId: 'bank',
    signingKey: bankSigning.privateKey,
    decryptionKeys: [bankEncryption.privateKey],
    clock: () => NOW,
    fetch,
    ...changes,
  });
}

describe('receive', () => {
  test('a genuine question: who asks, about which card, and until when', async () => {
    expect(await verificationOn().receive(await ask())).toEqual({
      status: 'ASKED',
      requestId: 'R'.repeat(43),
      merchantName: 'Tidewick',
      account: ACCOUNT,
      returnUri: RETURN,
      expiresAt: addSeconds(NOW, VERIFICATION_SECONDS),
    });
  });

  test('the old decryption key is taken while the bank rotates', async () => {
    const decryptionKeys = [(await generateSigningKey()).privateKey, bankEncryption.privateKey];
    expect(await verificationOn({ decryptionKeys }).receive(await ask())).toMatchObject({ status: 'ASKED' });
  });

  test('five minutes later it is EXPIRED', async () => {
    const clock = () => addSeconds(NOW, VERIFICATION_SECONDS);
    const received = await verificationOn({ clock }).receive(await ask());
    expect(received).toEqual({ status: 'REFUSED', because: 'EXPIRED' });
  });

  test.each([
    ['another issuer', async () => ask({ issuer: 'https://elsewhere.example' })],
    ['for another bank', async () => ask({ audience: 'another-bank' })],
    ['signed by a key that the network does not publish', async () => ask({ key: await generateSigningKey() })],
    [
      'a way back that is not the network’s',
      async () => ask({ returnUri: 'https://elsewhere.example/auth/verification' }),
    ],
    ['a way back to another path of the network’s', async () => ask({ returnUri: `${NETWORK}/auth/passkeys` })],
    ['an account for another bank’s key', async () => ask({ encryptionKey: (await generateSigningKey()).publicKey })],
    ['no token', async () => 'not.a.token'],
    ['nothing', async () => ''],
  ])('%s is INVALID', async (_title, request) => {
    expect(await verificationOn().receive(await request())).toEqual({ status: 'REFUSED', because: 'INVALID' });
  });

  test('a network whose keys cannot be had is no refusal', async () => {
    const fetch: Fetch = () => Promise.reject(new Error('down'));
    const timers = { wait: async () => {}, timeout: () => new AbortController().signal };
    const receiving = verificationOn({ fetch, timers }).receive(await ask());
    await expect(receiving).rejects.toMatchObject({ name: 'IssuerError', code: 'NETWORK_UNREACHABLE' });
  });
});

describe('answer', () => {
  async function answered(answer: Parameters<Verification['answer']>[1]) {
    const verification = verificationOn();
    const question = await verification.receive(await ask());
    if (question.status !== 'ASKED') throw new Error('The question was refused.');
    const address = new URL(await verification.answer(question, answer));
    expect(address.origin + address.pathname).toBe(RETURN);
    return verifyVerificationResponse({
      response: address.searchParams.get('response') ?? '',
      publicKey: bankSigning.publicKey,
      issuer: 'bank',
      audience: NETWORK,
      now: NOW,
    });
  }

  test('VERIFIED, signed by the bank, for this question and no other', async () => {
    expect(await answered({ result: 'VERIFIED', method: 'OTP', verifiedAt: NOW })).toMatchObject({
      ok: true,
      claims: { result: 'VERIFIED', method: 'OTP', inResponseTo: 'R'.repeat(43), verifiedAt: NOW.getTime() / 1000 },
    });
  });

  test('REFUSED says no more than that', async () => {
    const verdict = await answered({ result: 'REFUSED' });
    expect(verdict).toMatchObject({ ok: true, claims: { result: 'REFUSED' } });
    expect(JSON.stringify(verdict)).not.toContain('verifiedAt');
  });

  test('a verification of more than five minutes ago is not signed', async () => {
    const verifiedAt = addSeconds(NOW, -VERIFICATION_SECONDS);
    await expect(answered({ result: 'VERIFIED', method: 'OTP', verifiedAt })).rejects.toMatchObject({
      code: 'CLAIMS_INVALID',
    });
  });
});

test.each([
  ['plain http', { networkUrl: 'http://verify.example' }],
  ['no clientId', { clientId: '' }],
  ['no decryption key', { decryptionKeys: [] }],
  ['a key that is none', { signingKey: 'not a key' }],
])('%s is INVALID_OPTIONS', (_title, changes) => {
  expect(() => verificationOn(changes)).toThrow(IssuerError);
  expect(() => verificationOn(changes)).toThrow(/^INVALID_OPTIONS/);
});
