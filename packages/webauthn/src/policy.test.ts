import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildCreation, POLICY } from '../test/valid-ceremony.ts';
import { verifyRegistration } from './index.ts';

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
  ])('%s', async (_, fault) => {
    await expect(verifyRegistration({ ...creation, policy: { ...POLICY, ...fault } })).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  test('a challenge of fewer than 16 bytes', async () => {
    await expect(verifyRegistration({ ...creation, challenge: randomBytes(15) })).rejects.toBeInstanceOf(TypeError);
  });
});
