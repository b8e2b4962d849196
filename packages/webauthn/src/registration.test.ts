import type { CreateFault } from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import {
  ALGORITHMS,
  ATTESTATIONS,
  buildCreation,
  type DeviceSettings,
  outcomeOf,
  outcomeOfCreation,
  POLICY,
} from '../test/valid-ceremony.ts';
import { type CeremonyErrorCode, verifyRegistration } from './index.ts';
import { TRANSPORTS } from './transports.ts';

const COSE = { ES256: -7, EdDSA: -8, RS256: -257 };
const SELF: DeviceSettings = { attestation: 'packed-self' };
const X5C: DeviceSettings = { attestation: 'packed-x5c' };

describe('WebAuthn L3 §7.1: a creation that is right is accepted', () => {
  for (const algorithm of ALGORITHMS) {
    for (const attestation of ATTESTATIONS) {
      test(`${algorithm}, attestation ${attestation}`, async () => {
        const creation = buildCreation({ algorithm, attestation });
        const registration = await verifyRegistration(creation);
        const [held] = creation.device.credentials;
        expect(registration).toMatchObject({
          credentialId: held?.credentialId,
          algorithm: COSE[algorithm],
          signCount: 1,
          aaguid: '7061796d-656e-742d-7061-73736b657973',
          attestationFormat: attestation === 'none' ? 'none' : 'packed',
          backupEligible: false,
          backedUp: false,
          transports: ['internal'],
          residentKeyConfirmed: true,
        });
        expect(registration.attestationChain).toHaveLength(attestation === 'packed-x5c' ? 2 : 0);
      });
    }
  }
});

const STEPS: readonly [string, CreateFault, CeremonyErrorCode, DeviceSettings?][] = [
  ['§5.1: id is rawId', 'id-is-not-raw-id', 'CREDENTIAL_MISMATCH'],
  ['§5.4.4: a platform authenticator was asked for', 'cross-platform', 'ATTACHMENT_NOT_ALLOWED'],
  ['§7.1 step 6: the client data is JSON', 'client-data-not-json', 'MALFORMED'],
  ['§7.1 step 7: the type is webauthn.create', 'wrong-type', 'WRONG_TYPE'],
  ['§7.1 step 8: the challenge is the one of the options', 'wrong-challenge', 'CHALLENGE_MISMATCH'],
  ['§7.1 step 9: the origin is expected, exactly', 'wrong-origin', 'ORIGIN_NOT_ALLOWED'],
  ['§7.1 step 10: no frame of another origin (crossOrigin)', 'cross-origin', 'CROSS_ORIGIN'],
  ['§7.1 step 11: no frame of another origin (topOrigin)', 'top-origin', 'CROSS_ORIGIN'],
  ['§7.1 step 13: the attestation object ends where it ends', 'attestation-object-trailing-bytes', 'MALFORMED'],
  ['§7.1 step 13: the authenticator data is whole', 'authenticator-data-truncated', 'MALFORMED'],
  ['§7.1 step 13: the authenticator data ends where it ends', 'authenticator-data-trailing-bytes', 'MALFORMED'],
  ['§7.1 step 13: the credential is the attested one', 'other-credential-id', 'CREDENTIAL_MISMATCH'],
  ['§7.1 step 14: the RP ID hash', 'wrong-rp-id', 'RP_ID_MISMATCH'],
  ['§7.1 step 15: UP is set', 'user-not-present', 'USER_NOT_PRESENT'],
  ['§7.1 step 16: UV is set', 'user-not-verified', 'USER_NOT_VERIFIED'],
  ['§7.1 step 17: no BS without BE', 'backed-up-but-not-eligible', 'BACKUP_STATE_INVALID'],
  ['§7.1 step 20: the algorithm was offered', 'algorithm-not-offered', 'ALGORITHM_NOT_ALLOWED'],
  ["§5.8.5: the algorithm is the key's own", 'algorithm-swapped', 'PUBLIC_KEY_INVALID'],
  ['§5.8.5: the point is on the curve', 'public-key-damaged', 'PUBLIC_KEY_INVALID'],
  ['§5.8.5: the exponent is 65,537', 'public-key-damaged', 'PUBLIC_KEY_INVALID', { algorithm: 'RS256' }],
  [
    'RFC 8032 §5.1: the point is not of small order',
    'public-key-forgeable',
    'PUBLIC_KEY_INVALID',
    { algorithm: 'EdDSA' },
  ],
  ['RFC 8017 §3.1: the modulus is odd', 'public-key-forgeable', 'PUBLIC_KEY_INVALID', { algorithm: 'RS256' }],
  ['§7.1 step 21: an unknown format', 'attestation-format-unknown', 'ATTESTATION_NOT_ALLOWED', SELF],
  ['§8.7: a none statement is empty', 'none-with-statement', 'ATTESTATION_INVALID'],
  ['§7.1 step 22: a self attestation verifies', 'attestation-signature', 'ATTESTATION_INVALID', SELF],
  ['§7.1 step 22: an x5c attestation verifies', 'attestation-signature', 'ATTESTATION_INVALID', X5C],
  ["§8.2: a self attestation's alg is the key's", 'attestation-algorithm', 'ATTESTATION_INVALID', SELF],
  ['§8.2: the certificate is for this AAGUID', 'attestation-aaguid', 'ATTESTATION_INVALID', X5C],
  ['§10.1.4: rk false is no resident key', 'not-resident', 'NOT_RESIDENT'],
];

describe('WebAuthn L3 §7.1: one thing wrong is refused', () => {
  for (const [title, fault, code, settings] of STEPS) {
    const algorithms = settings?.algorithm || fault === 'public-key-damaged' ? [settings?.algorithm] : ALGORITHMS;
    for (const algorithm of algorithms) {
      test(`${title}: ${algorithm ?? 'ES256'}`, async () => {
        expect(await outcomeOfCreation({ ...settings, ...(algorithm && { algorithm }) }, fault)).toBe(code);
      });
    }
  }
});

describe('what a registration says', () => {
  test('§10.1.4: a browser without credProps is accepted, and resident is not confirmed', async () => {
    const { credential, ...creation } = buildCreation();
    const silent = { ...credential, clientExtensionResults: {} };
    expect(await verifyRegistration({ ...creation, credential: silent })).toMatchObject({
      residentKeyConfirmed: false,
    });
  });

  test('§7.1 steps 18 and 19: both backup flags are reported', async () => {
    const synced = buildCreation({ backupEligible: true, backedUp: true, counts: false });
    expect(await verifyRegistration(synced)).toMatchObject({ backupEligible: true, backedUp: true, signCount: 0 });
    const eligible = buildCreation({ backupEligible: true });
    expect(await verifyRegistration(eligible)).toMatchObject({ backupEligible: true, backedUp: false });
  });

  test('§7.1 step 24: a chain that ends at no anchor is recorded and not trusted', async () => {
    const { attestationTrusted, attestationChain } = await verifyRegistration(buildCreation(X5C));
    expect(attestationTrusted).toBe(false);
    expect(attestationChain.every((certificate) => certificate[0] === 0x30)).toBe(true);
  });

  test('§7.1 step 22: a self attestation is verified although the policy asked for none', async () => {
    const policy = { ...POLICY, attestation: 'none' } as const;
    const settings: DeviceSettings = { ...SELF, aaguid: Buffer.alloc(16) };
    const registration = await verifyRegistration(buildCreation(settings, undefined, policy));
    expect(registration).toMatchObject({ attestationFormat: 'packed', aaguid: '00000000-0000-0000-0000-000000000000' });
    const broken = buildCreation(settings, 'attestation-signature', policy);
    expect(await outcomeOf(verifyRegistration(broken))).toBe('ATTESTATION_INVALID');
  });

  test.each([
    [
      ['internal', 'internal', 'telepathy', 7, '', 'x'.repeat(33), 'hybrid'],
      ['internal', 'hybrid'],
    ],
    [['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'a', 'b', 'usb'], [...TRANSPORTS]],
    [[''], []],
    [null, []],
    [undefined, []],
    ['internal', []],
  ])('§5.8.4: of the transports %j the known ones are kept', async (transports, kept) => {
    const { credential, ...creation } = buildCreation();
    const response = { ...credential.response, transports };
    const registration = await verifyRegistration({ ...creation, credential: { ...credential, response } });
    expect(registration.transports).toEqual(kept);
  });

  test.each(['a-value-of-tomorrow', '', null, undefined, 7, {}])(
    '§5.1: an unknown authenticatorAttachment, %j, is treated as null',
    async (authenticatorAttachment) => {
      const { credential, ...creation } = buildCreation();
      const registration = verifyRegistration({ ...creation, credential: { ...credential, authenticatorAttachment } });
      expect(await outcomeOf(registration)).toBe('accepted');
    },
  );

  test.each([null, undefined, 7, []])(
    '§5.1: clientExtensionResults of %j say nothing',
    async (clientExtensionResults) => {
      const { credential, ...creation } = buildCreation();
      const registration = await verifyRegistration({
        ...creation,
        credential: { ...credential, clientExtensionResults },
      });
      expect(registration.residentKeyConfirmed).toBe(false);
    },
  );

  test('§7.1 step 20: an algorithm that this policy leaves out is refused', async () => {
    const creation = buildCreation({ algorithm: 'RS256' });
    const policy = { ...POLICY, algorithms: [-7] };
    expect(await outcomeOf(verifyRegistration({ ...creation, policy }))).toBe('ALGORITHM_NOT_ALLOWED');
  });
});

describe('§7.1 step 25: the credential id has at most 1,023 bytes', () => {
  const ofLength = (length: number) => buildCreation({ random: () => Buffer.alloc(length, 7) });
  test.each([
    [1, 'accepted'],
    [1023, 'accepted'],
    [1024, 'MALFORMED'],
  ])('%i bytes', async (length, outcome) => {
    expect(await outcomeOf(verifyRegistration(ofLength(length)))).toBe(outcome);
  });
});
