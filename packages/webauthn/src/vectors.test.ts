/** The test vectors of W3C Web Authentication Level 3, §16. Each verifies under a policy that allows its properties, and under no stricter policy. */
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../test/valid-ceremony.ts';
import { authenticationOf, NOW, ROOT, registrationOf, SHOWN, shownBy, VECTORS } from '../test/vectors.ts';
import {
  buildAnchorTrust,
  type CeremonyErrorCode,
  type CeremonyPolicy,
  verifyAssertion,
  verifyRegistration,
} from './index.ts';

test('the document has fifteen vectors, and the table a row for each', () => {
  expect(VECTORS.map(({ id }) => id)).toEqual(Object.keys(SHOWN));
  expect(VECTORS).toHaveLength(15);
});

describe.each(VECTORS)('W3C vector $id verifies', (vector) => {
  const shown = shownBy(vector);

  test('registration, and what it shows is reported', async () => {
    const [userVerified] = shown.userVerified;
    const registration = await verifyRegistration(registrationOf(vector));
    expect(registration).toMatchObject({
      algorithm: shown.algorithm,
      attestationFormat: shown.format,
      attestationTrusted: shown.trusted,
      aaguidVerified: shown.aaguid !== undefined,
      signCount: 0,
      userVerified,
    });
    expect(registration.credentialId.toString('base64url')).toBe(vector.credentialId);
    if (shown.aaguid !== undefined) expect(registration.aaguid).toBe(shown.aaguid);
  });

  test('authentication, with the key of the registration', async () => {
    const { publicKey } = await verifyRegistration(registrationOf(vector));
    const { passkey, ...authentication } = authenticationOf(vector);
    const assertion = await verifyAssertion({ ...authentication, passkey: { ...passkey, publicKey } });
    expect(assertion).toMatchObject({ signCount: 0, userVerified: shown.userVerified[1], counterRegressed: false });
  });
});

describe.each(VECTORS)('W3C vector $id is refused where the policy does not allow', (vector) => {
  const shown = shownBy(vector);
  const otherAlgorithm: Partial<CeremonyPolicy> = { algorithms: shown.algorithm === -257 ? [-7] : [-257] };
  const frames: [string, Partial<CeremonyPolicy>, CeremonyErrorCode][] = shown.crossOrigin
    ? [['frames', { crossOrigin: 'refused' }, 'CROSS_ORIGIN']]
    : [];
  if (shown.crossOrigin?.topOrigins.length) {
    frames.push(['its top origin', { crossOrigin: { topOrigins: ['https://other.example'] } }, 'CROSS_ORIGIN']);
  }
  const both: [string, Partial<CeremonyPolicy>, CeremonyErrorCode][] = [
    ['its algorithm', otherAlgorithm, 'ALGORITHM_NOT_ALLOWED'],
    ['its origin', { origins: ['https://other.example'] }, 'ORIGIN_NOT_ALLOWED'],
    ['its relying party', { rpId: 'other.example' }, 'RP_ID_MISMATCH'],
    ...frames,
  ];
  const verified = { userVerification: 'required' } as const;
  const trust = buildAnchorTrust([ROOT]);
  const requiring = (change: object) => ({
    attestation: { demand: 'require', trust, allow: 'any', deny: [], ...change } as const,
  });
  const models: typeof both = shown.aaguid
    ? [
        ['its model', requiring({ allow: ['00000000-0000-0000-0000-000000000000'] }), 'AAGUID_NOT_ALLOWED'],
        ['any model', requiring({ allow: [] }), 'AAGUID_NOT_ALLOWED'],
        ['its model, by denying it', requiring({ deny: [shown.aaguid] }), 'AAGUID_NOT_ALLOWED'],
        ['any anchor', requiring({ trust: buildAnchorTrust([]) }), 'ATTESTATION_NOT_TRUSTED'],
      ]
    : [
        [
          'a model that is not proven',
          requiring({ allow: ['00000000-0000-0000-0000-000000000000'] }),
          shown.trusted ? 'AAGUID_NOT_ALLOWED' : 'ATTESTATION_NOT_TRUSTED',
        ],
      ];

  const registrations: typeof both = [
    ...both,
    ...(shown.userVerified[0] ? [] : ([['a user who is not verified', verified, 'USER_NOT_VERIFIED']] as typeof both)),
    [
      'its attestation format',
      { attestationFormats: [shown.format === 'none' ? 'packed' : 'none'] },
      'ATTESTATION_NOT_ALLOWED',
    ],
    ...models,
  ];
  test.each(registrations)('%s: registration', async (_, change, code) => {
    const registration = registrationOf(vector);
    const policy = { ...registration.policy, ...change };
    expect(await outcomeOf(verifyRegistration({ ...registration, policy }))).toBe(code);
  });

  const authentications: typeof both = [
    ...both,
    ...(shown.userVerified[1] ? [] : ([['a user who is not verified', verified, 'USER_NOT_VERIFIED']] as typeof both)),
  ];
  test.each(authentications)('%s: authentication', async (_, change, code) => {
    const authentication = authenticationOf(vector);
    const policy = { ...authentication.policy, ...change };
    expect(await outcomeOf(verifyAssertion({ ...authentication, policy }))).toBe(code);
  });
});

describe('a certificate has to be valid at the time that is passed in', () => {
  const certified = VECTORS.filter((vector) => shownBy(vector).trusted);
  test.each([
    ['before', '2023-12-31T23:59:59Z', 'ATTESTATION_NOT_TRUSTED'],
    ['at its first second', '2024-01-01T00:00:00Z', 'accepted'],
    ['at its last second', '3024-01-01T00:00:00Z', 'accepted'],
    ['after', '3024-01-01T00:00:01Z', 'ATTESTATION_NOT_TRUSTED'],
  ])('%s', async (_, now, outcome) => {
    for (const vector of certified) {
      expect(await outcomeOf(verifyRegistration({ ...registrationOf(vector), now: new Date(now) })), vector.id).toBe(
        outcome,
      );
    }
  });

  test('record keeps what it cannot trust, and takes no model from it', async () => {
    for (const vector of certified) {
      const { policy, ...registration } = registrationOf(vector);
      const attestation = { demand: 'record', trust: buildAnchorTrust([]) } as const;
      const recorded = await verifyRegistration({ ...registration, policy: { ...policy, attestation }, now: NOW });
      expect(recorded).toMatchObject({ attestationTrusted: false, aaguidVerified: false });
    }
  });
});
