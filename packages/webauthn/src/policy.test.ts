import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildCreation, POLICY } from '../test/valid-ceremony.ts';
import { buildAnchorTrust, buildPaymentPolicy, SUPPORTED_ALGORITHMS, verifyRegistration } from './index.ts';

const trust = buildAnchorTrust([]);
function requiring(change: object) {
  return { attestation: { demand: 'require', trust, allow: 'any', deny: [], ...change } as const };
}

describe('the payment policy', () => {
  const settings = { rpId: 'verify.example', rpName: 'Example Network', origins: ['https://verify.example'] };
  const held = {
    ...settings,
    algorithms: [-7, -8, -257],
    crossOrigin: 'refused',
    userVerification: 'required',
    attachment: 'platform',
    residentKey: 'required',
    androidKeys: 'trusted-environment',
  };

  test('without attestation it takes none and packed', () => {
    const policy = buildPaymentPolicy({ ...settings, algorithms: [-7, -8, -257], attestation: 'none' });
    expect(policy).toEqual({ ...held, attestation: 'none', attestationFormats: ['none', 'packed'] });
  });

  test.each(['record', 'require'] as const)('with %s it takes every format, and holds all else alike', (demand) => {
    const attestation = { demand, trust, allow: 'any', deny: [] } as const;
    const policy = buildPaymentPolicy({ ...settings, algorithms: [-7, -8, -257], attestation });
    const attestationFormats = ['none', 'packed', 'tpm', 'android-key', 'apple', 'fido-u2f'];
    expect(policy).toEqual({ ...held, attestation, attestationFormats });
  });

  test.each(SUPPORTED_ALGORITHMS.filter((algorithm) => ![-7, -8, -257].includes(algorithm)))(
    'algorithm %i is none of it',
    (algorithm) => {
      const build = () => buildPaymentPolicy({ ...settings, algorithms: [-7, algorithm], attestation: 'none' });
      expect(build).toThrow(TypeError);
    },
  );
});

describe('a faulty policy or challenge is no fault of the ceremony', () => {
  const creation = buildCreation();
  test.each([
    ['no origins', { origins: [] }],
    ['an origin with a path', { origins: ['https://verify.example/'] }],
    ['a wildcard', { origins: ['https://*.verify.example', '*'] }],
    ['no algorithms', { algorithms: [] }],
    ['an algorithm without key checks of its own', { algorithms: [-7, -37] }],
    ['no attestation formats', { attestationFormats: [] }],
    ['a top origin with a path', { crossOrigin: { topOrigins: ['https://shop.example/'] } }],
    ['no RP ID', { rpId: '' }],
    ['a denied AAGUID in capitals', requiring({ deny: ['7061796D-656E-742D-7061-73736B657973'] })],
    ['an allowed AAGUID without hyphens', requiring({ allow: ['7061796d656e742d706173736b657973'] })],
  ])('%s', async (_, fault) => {
    await expect(verifyRegistration({ ...creation, policy: { ...POLICY, ...fault } })).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  test('a challenge of fewer than 16 bytes', async () => {
    await expect(verifyRegistration({ ...creation, challenge: randomBytes(15) })).rejects.toBeInstanceOf(TypeError);
  });
});
