import { epochSeconds } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { buildDecryptionKey, encryptPayload } from './encryption.ts';
import { signJwt } from './jwt.ts';
import { generateSigningKey, spkiFingerprint } from './keys.ts';
import {
  decryptVerificationAccount,
  issueVerificationRequest,
  issueVerificationResponse,
  verifyVerificationRequest,
  verifyVerificationResponse,
} from './verification.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const NETWORK = 'https://verify.example';
const BANK = 'test-bank';
const REQUEST_ID = 'r'.repeat(32);
const ACCOUNT = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' };

const [networkKey, bankKey, bankEncryption, stranger] = await Promise.all([
  generateSigningKey(),
  generateSigningKey(),
  generateSigningKey(),
  generateSigningKey(),
]);

const issueRequest = (changes: Partial<Parameters<typeof issueVerificationRequest>[0]> = {}) =>
  issueVerificationRequest({
    issuer: NETWORK,
    audience: BANK,
    requestId: REQUEST_ID,
    returnUri: `${NETWORK}/auth/verification`,
    merchantName: 'Corner Shop',
    account: ACCOUNT,
    encryptionKey: bankEncryption.publicKey,
    key: networkKey,
    now: NOW,
    ...changes,
  });
const readRequest = async (request: string, changes: Partial<Parameters<typeof verifyVerificationRequest>[0]> = {}) =>
  verifyVerificationRequest({ request, keys: [networkKey], issuer: NETWORK, audience: BANK, now: NOW, ...changes });

const issueResponse = (changes: Partial<Parameters<typeof issueVerificationResponse>[0]> = {}) =>
  issueVerificationResponse({
    issuer: BANK,
    audience: NETWORK,
    inResponseTo: REQUEST_ID,
    answer: { result: 'VERIFIED', method: 'OTP', verifiedAt: NOW },
    key: bankKey,
    now: NOW,
    ...changes,
  });
const readResponse = (response: string, changes: Partial<Parameters<typeof verifyVerificationResponse>[0]> = {}) =>
  verifyVerificationResponse({
    response,
    publicKey: bankKey.publicKey,
    issuer: BANK,
    audience: NETWORK,
    now: NOW,
    ...changes,
  });

describe('the network’s question', () => {
  test('says to the issuer who asks, and about which card', async () => {
    const verdict = await readRequest(await issueRequest());
    expect(verdict).toEqual({
      ok: true,
      claims: {
        iss: NETWORK,
        aud: BANK,
        jti: REQUEST_ID,
        iat: epochSeconds(NOW),
        exp: epochSeconds(NOW) + 300,
        returnUri: `${NETWORK}/auth/verification`,
        merchantName: 'Corner Shop',
        lastFour: '4444',
        encryptedAccount: expect.any(String),
      },
    });
    if (!verdict.ok) throw new Error('It has just been ok.');
    const { encryptedAccount } = verdict.claims;
    const keys = [buildDecryptionKey(bankEncryption)];
    expect(await decryptVerificationAccount({ encryptedAccount, keys })).toEqual(ACCOUNT);
    expect(
      await decryptVerificationAccount({ encryptedAccount, keys: [buildDecryptionKey(stranger)] }),
    ).toBeUndefined();
  });

  test('fits into an address: at most 2,000 characters with the longest card', async () => {
    const account = { ...ACCOUNT, primaryAccountNumber: '5'.repeat(19) };
    expect((await issueRequest({ account, merchantName: 'ス'.repeat(100) })).length).toBeLessThan(2500);
    expect((await issueRequest({ account })).length).toBeLessThan(2000);
  });

  test('shows the card number to nobody but the issuer', async () => {
    const request = await issueRequest();
    const text = Buffer.from(request.split('.')[1] ?? '', 'base64url').toString();
    expect(text).not.toContain(ACCOUNT.primaryAccountNumber);
    expect(text).not.toContain('2032');
  });

  test('is refused from another network, for another issuer, by another key, and from 300 seconds on', async () => {
    const request = await issueRequest();
    const invalid = { ok: false, code: 'REQUEST_INVALID' };
    expect(await readRequest(request, { issuer: 'https://other.example' })).toEqual(invalid);
    expect(await readRequest(request, { audience: 'other-bank' })).toEqual(invalid);
    expect(await readRequest(request, { keys: [{ kid: networkKey.kid, publicKey: stranger.publicKey }] })).toEqual(
      invalid,
    );
    expect(await readRequest(request, { now: later(299) })).toMatchObject({ ok: true });
    expect(await readRequest(request, { now: later(300) })).toEqual({ ok: false, code: 'REQUEST_EXPIRED' });
  });

  test('with a longer life, or without a claim, is no question, however well signed', async () => {
    const verdict = await readRequest(await issueRequest());
    if (!verdict.ok) throw new Error('The question is valid.');
    const { claims } = verdict;
    const signed = async (changes: object) =>
      readRequest(await signJwt({ claims: { ...claims, ...changes }, key: networkKey }));
    expect(await signed({})).toMatchObject({ ok: true });
    expect(await signed({ exp: claims.iat + 301 })).toMatchObject({ code: 'REQUEST_INVALID' });
    for (const name of ['jti', 'returnUri', 'merchantName', 'lastFour', 'encryptedAccount']) {
      expect(await signed({ [name]: undefined })).toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });

  test('is not issued about what is no card', async () => {
    const account = { ...ACCOUNT, primaryAccountNumber: '12' };
    await expect(issueRequest({ account })).rejects.toMatchObject({ code: 'CLAIMS_INVALID' });
  });

  test('an account that is none is not decrypted to one', async () => {
    const key = { kid: spkiFingerprint(bankEncryption.publicKey), publicKey: bankEncryption.publicKey };
    for (const payload of [{ primaryAccountNumber: 'x' }, Buffer.from('not JSON'), Buffer.of(0xff)]) {
      const encryptedAccount = encryptPayload({ payload, key, encryption: 'A256GCM' });
      const account = await decryptVerificationAccount({
        encryptedAccount,
        keys: [buildDecryptionKey(bankEncryption)],
      });
      expect(account).toBeUndefined();
    }
  });
});

describe('the issuer’s answer', () => {
  test('VERIFIED says how and when', async () => {
    expect(await readResponse(await issueResponse())).toMatchObject({
      ok: true,
      claims: { inResponseTo: REQUEST_ID, result: 'VERIFIED', method: 'OTP', verifiedAt: epochSeconds(NOW) },
    });
  });

  test('REFUSED says no more than that', async () => {
    const verdict = await readResponse(await issueResponse({ answer: { result: 'REFUSED' } }));
    expect(verdict).toMatchObject({ ok: true, claims: { result: 'REFUSED' } });
    expect(verdict).not.toHaveProperty('claims.method');
  });

  test('is refused from another issuer, for another network, and by another key', async () => {
    const response = await issueResponse();
    const invalid = { ok: false, code: 'RESPONSE_INVALID' };
    expect(await readResponse(response, { issuer: 'other-bank' })).toEqual(invalid);
    expect(await readResponse(response, { audience: 'https://other.example' })).toEqual(invalid);
    expect(await readResponse(response, { publicKey: stranger.publicKey })).toEqual(invalid);
    expect(await readResponse(await issueResponse({ key: { ...stranger, kid: bankKey.kid } }))).toEqual(invalid);
  });

  test('is too late from 300 seconds on, and where what it says was verified is that old', async () => {
    const response = await issueResponse();
    expect(await readResponse(response, { now: later(299) })).toMatchObject({ ok: true });
    expect(await readResponse(response, { now: later(300) })).toMatchObject({ ok: false, code: 'RESPONSE_EXPIRED' });
    const earlier = await issueResponse({ answer: { result: 'VERIFIED', method: 'OTP', verifiedAt: later(-200) } });
    expect(await readResponse(earlier, { now: later(99) })).toMatchObject({ ok: true });
    expect(await readResponse(earlier, { now: later(100) })).toMatchObject({ ok: false, code: 'RESPONSE_EXPIRED' });
  });

  test.each([[-300], [61]])('is not issued about a verification %d seconds from now', async (seconds) => {
    const answer = { result: 'VERIFIED', method: 'OTP', verifiedAt: later(seconds) } as const;
    await expect(issueResponse({ answer })).rejects.toMatchObject({ code: 'CLAIMS_INVALID' });
  });

  test.each([
    ['an unknown result', { result: 'MAYBE' }],
    ['VERIFIED without a method', { method: undefined }],
    ['VERIFIED without a time', { verifiedAt: undefined }],
    ['a longer life', { exp: epochSeconds(NOW) + 301 }],
    ['no request', { inResponseTo: undefined }],
  ])('%s is no answer, however well signed', async (_, changes) => {
    const verdict = await readResponse(await issueResponse());
    if (!verdict.ok) throw new Error('The answer is valid.');
    const response = await signJwt({ claims: { ...verdict.claims, ...changes }, key: bankKey });
    expect(await readResponse(response)).toEqual({ ok: false, code: 'RESPONSE_INVALID' });
  });
});
