import { describe, expect, test } from 'vitest';
import {
  buildAnchorTrust,
  buildCreationOptions,
  buildDiscoverableOptions,
  buildPaymentPolicy,
  buildRequestOptions,
} from './index.ts';

const challenge = Buffer.alloc(32, 1);
const policy = buildPaymentPolicy({
  rpId: 'verify.example',
  rpName: 'Example Network',
  origins: ['https://verify.example'],
  algorithms: [-7, -8, -257],
  attestation: 'none',
});

describe('contract §2: the options', () => {
  const known = { credentialId: Buffer.alloc(3, 0xff), transports: ['internal', 'hybrid'] };

  test('creation', () => {
    const userId = Buffer.alloc(32, 2);
    const names = { userName: '•••• 4444', userDisplayName: 'Example card' };
    expect(buildCreationOptions({ policy, challenge, userId, ...names, excludeCredentials: [known] })).toEqual({
      rp: { id: 'verify.example', name: 'Example Network' },
      user: { id: userId.toString('base64url'), name: '•••• 4444', displayName: 'Example card' },
      challenge: challenge.toString('base64url'),
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -8 },
        { type: 'public-key', alg: -257 },
      ],
      timeout: 120_000,
      excludeCredentials: [{ type: 'public-key', id: '____', transports: ['internal', 'hybrid'] }],
      authenticatorSelection: {
        authenticatorAttachment: 'platform',
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      attestation: 'none',
      extensions: { credProps: true, payment: { isPayment: true } },
    });
  });

  test.each(['record', 'require'] as const)('attestation is asked for where the policy says %s', (demand) => {
    const attestation = { demand, trust: buildAnchorTrust([]), allow: 'any', deny: [] } as const;
    const asking = buildPaymentPolicy({ ...policy, attestation });
    const user = { userId: Buffer.alloc(32, 2), userName: 'a', userDisplayName: 'a', excludeCredentials: [] };
    expect(buildCreationOptions({ policy: asking, challenge, ...user }).attestation).toBe('direct');
  });

  test.each([
    ['none is known', []],
    ['what is stored is none', ['', 'telepathy', 'cable']],
  ])('use; transports are left out where %s', (_title, transports) => {
    const allowCredentials = [{ ...known, transports }];
    expect(buildRequestOptions({ policy, challenge, allowCredentials })).toEqual({
      rpId: 'verify.example',
      challenge: challenge.toString('base64url'),
      timeout: 120_000,
      userVerification: 'required',
      allowCredentials: [{ type: 'public-key', id: '____' }],
    });
  });

  test('a use that would allow any passkey is never asked for', () => {
    expect(() => buildRequestOptions({ policy, challenge, allowCredentials: [] })).toThrow(TypeError);
  });

  test('use of any passkey that the cardholder chooses', () => {
    expect(buildDiscoverableOptions({ policy, challenge })).toEqual({
      rpId: 'verify.example',
      challenge: challenge.toString('base64url'),
      timeout: 120_000,
      userVerification: 'required',
    });
    expect(() => buildDiscoverableOptions({ policy, challenge: Buffer.alloc(15) })).toThrow(TypeError);
  });

  test('user ids have 32 bytes', () => {
    const names = { userName: 'a', userDisplayName: 'a', excludeCredentials: [] };
    expect(() => buildCreationOptions({ policy, challenge, userId: Buffer.alloc(16), ...names })).toThrow(TypeError);
  });
});
