/** WebAuthn L3 §8: each attestation statement format accepts a valid statement, and refuses it with one thing wrong. */
import { generateKeyPairSync } from 'node:crypto';
import {
  basicConstraints,
  type CborValue,
  type CertificateRequest,
  createCertificateAuthority,
  der,
  integer,
  octets,
} from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import {
  AAGUID_TEXT,
  type AttestedCreation,
  alternativeName,
  buildAttestedCreation,
  encodePublicArea,
  explicit,
  keyUsages,
  nameOf,
  RSA_KEYS,
  TPM_NAMES,
} from '../../test/attested-creation.ts';
import { buildCreation, outcomeOf, POLICY } from '../../test/valid-ceremony.ts';
import { buildAnchorTrust, buildPaymentPolicy, type CeremonyPolicy, verifyRegistration } from '../index.ts';

const authority = createCertificateAuthority({ commonName: 'Example Attestation CA' });
const trust = buildAnchorTrust([authority.certificate]);
const policy: CeremonyPolicy = buildPaymentPolicy({
  ...POLICY,
  attestation: { demand: 'require', trust, allow: 'any', deny: [] },
});
const FORMATS = ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const;
const otherKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

type Change = Partial<AttestedCreation>;
const attest = (format: AttestedCreation['format'], change: Change = {}) =>
  verifyRegistration(buildAttestedCreation({ format, authority, policy, ...change }));

/** Each builds one change: of a member of the statement, or of the certificate request. */
const member = (key: string, value: CborValue): Change => ({ statement: (it) => new Map([...it, [key, value]]) });
const without = (key: string): Change => ({ statement: (it) => new Map([...it].filter(([name]) => name !== key)) });
const request = (change: Partial<CertificateRequest>): Change => ({ request: (it) => ({ ...it, ...change }) });
const extensions = (change: (oid: string) => boolean, ...added: CertificateRequest['extensions']): Change => ({
  request: (it) => ({ ...it, extensions: [...it.extensions.filter(({ oid }) => change(oid)), ...added] }),
});
const subject = (oid: string, text: string): Change => ({
  request: (it) => ({
    ...it,
    subject: it.subject.map(([type, value]) => [type, type === oid ? text : value] as const),
  }),
});
const [CONSTRAINTS, USAGE, NAMES, MODEL] = ['2.5.29.19', '2.5.29.37', '2.5.29.17', '1.3.6.1.4.1.45724.1.1.4'];
const [NONCE, DESCRIPTION] = ['1.2.840.113635.100.8.2', '1.3.6.1.4.1.11129.2.1.17'];
const isNot = (removed: string | undefined) => (oid: string) => oid !== removed;
const authorityConstraints = basicConstraints({ authority: true });
const modelOf = (bytes: Buffer, critical = false) => ({ oid: MODEL as string, value: octets(bytes), critical });

describe('what is right is accepted, and trusted', () => {
  test.each(FORMATS)('%s', async (format) => {
    expect(await attest(format)).toMatchObject({
      attestationFormat: format,
      attestationTrusted: true,
      aaguid: AAGUID_TEXT,
      aaguidVerified: format !== 'fido-u2f',
    });
  });

  test.each<[string, AttestedCreation['format'], Change]>([
    ['packed without a model in its certificate', 'packed', extensions(isNot(MODEL))],
    ['tpm of an RSA passkey', 'tpm', { device: { algorithm: 'RS256' } }],
    ['tpm by an RSA key', 'tpm', { attestationKey: RSA_KEYS, alg: -257 }],
    ['tpm by RSA with SHA-1, as many have it', 'tpm', { attestationKey: RSA_KEYS, alg: -65_535, digest: 'sha1' }],
    [
      'android-key that may sign and verify',
      'android-key',
      {
        androidKey: (it) => ({
          ...it,
          trusted: [explicit(1, der(0x31, integer(2), integer(3))), explicit(702, integer(0))],
        }),
      },
    ],
    ['android-key of an RSA passkey', 'android-key', { device: { algorithm: 'RS256' }, alg: -257 }],
  ])('%s', async (_, format, change) => {
    expect(await attest(format, change)).toMatchObject({ attestationTrusted: true });
  });
});

const offAuthorities = createCertificateAuthority({ commonName: 'Another CA' });

describe('one thing wrong is refused: ATTESTATION_INVALID', () => {
  const everywhere: readonly [string, Change][] = [
    ['no x5c', without('x5c')],
    ['x5c that is a byte string', member('x5c', Buffer.alloc(3))],
    ['an empty x5c', member('x5c', [])],
    ['x5c of nine', { chain: ([leaf]) => Array.from({ length: 9 }, () => leaf as Buffer) }],
    ['x5c of no certificate', member('x5c', [Buffer.alloc(64)])],
    ['a certificate with a byte behind it', { chain: ([leaf]) => [Buffer.concat([leaf as Buffer, Buffer.of(0)])] }],
  ];
  for (const format of FORMATS) {
    // `packed` without x5c is a self attestation: then the passkey's own key must have signed it, and it did not.
    test.each(everywhere)(`${format}: %s`, async (_, change) => {
      expect(await outcomeOf(attest(format, change))).toBe('ATTESTATION_INVALID');
    });
  }
  for (const format of FORMATS.filter((name) => name !== 'apple')) {
    test.each<[string, Change]>([
      ['no signature', without('sig')],
      ['a signature that is text', member('sig', 'signature')],
      ['an empty signature', member('sig', Buffer.alloc(0))],
      ['another signature', member('sig', Buffer.alloc(70, 0x30))],
    ])(`${format}: %s`, async (_, change) => {
      expect(await outcomeOf(attest(format, change))).toBe('ATTESTATION_INVALID');
    });
  }

  test.each<[string, Change]>([
    ['§8.2: another algorithm than the certificate key', member('alg', -35)],
    ['§8.2: an algorithm that is none', member('alg', 'ES256')],
    ['§8.2: SHA-1', { attestationKey: RSA_KEYS, alg: -65_535 }],
    ['§8.2: a certificate of another model', extensions(isNot(MODEL), modelOf(Buffer.alloc(16, 0xff)))],
    ['§8.2: a model of another length', extensions(isNot(MODEL), modelOf(Buffer.alloc(15)))],
    [
      '§8.2.1: a critical model',
      extensions(isNot(MODEL), modelOf(Buffer.from(AAGUID_TEXT.replaceAll('-', ''), 'hex'), true)),
    ],
    ['§8.2.1: version 1', request({ version: 1 })],
    ['§8.2.1: a country that is none', subject('2.5.4.6', 'USA')],
    ['§8.2.1: no organisation', subject('2.5.4.10', '')],
    ['§8.2.1: another unit', subject('2.5.4.11', 'Authenticator Attestation CA')],
    ['§8.2.1: no common name', subject('2.5.4.3', '')],
    ['§8.2.1: an authority', extensions(isNot(CONSTRAINTS), authorityConstraints)],
    ['§8.2.1: no basic constraints', extensions(isNot(CONSTRAINTS))],
  ])('packed: %s', async (_, change) => {
    expect(await outcomeOf(attest('packed', change))).toBe('ATTESTATION_INVALID');
  });

  const tpm = (change: (parts: Parameters<NonNullable<AttestedCreation['tpm']>>[0]) => object): Change => ({
    tpm: (parts) => ({ ...parts, ...change(parts) }),
  });
  const otherArea = encodePublicArea(otherKeys.publicKey);
  const flipped = (bytes: Buffer, at: number) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    return changed;
  };
  test.each<[string, Change]>([
    ['another version', member('ver', '1.2')],
    ['no certInfo', without('certInfo')],
    ['no pubArea', without('pubArea')],
    ['an algorithm without a digest of its own', member('alg', -8)],
    ['another algorithm than the certificate key', member('alg', -257)],
    ['the magic of no TPM', tpm(() => ({ magic: 0xff544348 }))],
    ['a quote instead of a certification', tpm(() => ({ type: 0x8018 }))],
    ['extra data of another ceremony', tpm(({ extraData }) => ({ extraData: flipped(extraData, 0) }))],
    ['extra data by another hash', { attestationKey: RSA_KEYS, alg: -257, digest: 'sha1' }],
    ['the name of another key', tpm(({ name }) => ({ name: flipped(name, 33) }))],
    ['a name by another algorithm', tpm(({ name }) => ({ name: flipped(name, 1) }))],
    ['bytes behind certInfo', tpm(() => ({ left: Buffer.alloc(1) }))],
    ['certInfo cut short', member('certInfo', Buffer.from('ff5443478017', 'hex'))],
    ['the public area of another key', tpm(({ pubArea }) => ({ pubArea: flipped(pubArea, pubArea.length - 1) }))],
    ['the certification of another key', tpm(() => ({ pubArea: otherArea, name: nameOf(otherArea) }))],
    ['bytes behind pubArea', tpm(({ pubArea }) => ({ pubArea: Buffer.concat([pubArea, Buffer.alloc(1)]) }))],
    ['a public area of a hash', tpm(({ pubArea }) => ({ pubArea: flipped(pubArea, 1) }))],
    ['a name algorithm that is not supported', tpm(({ pubArea }) => ({ pubArea: flipped(pubArea, 2) }))],
    ['a curve that is not supported', tpm(({ pubArea }) => ({ pubArea: flipped(pubArea, 14) }))],
    ['§8.3.1: version 1', request({ version: 1 })],
    ['§8.3.1: a subject', request({ subject: [['2.5.4.3', 'Example TPM']] })],
    ['§8.3.1: no alternative name', extensions(isNot(NAMES))],
    ...TPM_NAMES.map(([oid]): [string, Change] => [
      `§8.3.1: no ${oid}`,
      extensions(isNot(NAMES), alternativeName(TPM_NAMES.filter(([it]) => it !== oid))),
    ]),
    ['§8.3.1: no key usage', extensions(isNot(USAGE))],
    ['§8.3.1: another key usage', extensions(isNot(USAGE), keyUsages('1.3.6.1.5.5.7.3.1'))],
    ['§8.3.1: an authority', extensions(isNot(CONSTRAINTS), authorityConstraints)],
    ['§8.3.1: no basic constraints', extensions(isNot(CONSTRAINTS))],
    ['a certificate of another model', extensions(() => true, modelOf(Buffer.alloc(16, 0xff)))],
  ])('tpm: %s', async (_, change) => {
    expect(await outcomeOf(attest('tpm', change))).toBe('ATTESTATION_INVALID');
  });

  const android = (change: Partial<{ challenge: Buffer; software: Buffer[]; trusted: Buffer[] }>): Change => ({
    androidKey: (parts) => ({ ...parts, ...change }),
  });
  const [purpose, origin] = [explicit(1, der(0x31, integer(2))), explicit(702, integer(0))];
  const allApplications = explicit(600, der(0x05));
  test.each<[string, Change]>([
    ['a certificate of another key', { attestationKey: otherKeys }],
    ['another algorithm', member('alg', -35)],
    ['no key description', extensions(isNot(DESCRIPTION))],
    ['the challenge of another ceremony', android({ challenge: Buffer.alloc(32) })],
    [
      'a key for all applications, says the trusted environment',
      android({ trusted: [purpose, origin, allApplications] }),
    ],
    ['a key for all applications, says the software', android({ software: [allApplications] })],
    ['an imported key', android({ trusted: [purpose, explicit(702, integer(2))] })],
    ['a key that may not sign', android({ trusted: [explicit(1, der(0x31, integer(3))), origin] })],
    ['an origin that only the software tells', android({ trusted: [purpose], software: [origin] })],
    ['a purpose that only the software tells', android({ trusted: [origin], software: [purpose] })],
    ['an imported key, says the software', android({ software: [explicit(702, integer(2))] })],
  ])('android-key: %s', async (_, change) => {
    expect(await outcomeOf(attest('android-key', change))).toBe('ATTESTATION_INVALID');
  });

  test('android-key: what only the software tells is enough where the policy takes any', async () => {
    const any: CeremonyPolicy = { ...policy, androidKeys: 'any' };
    expect(
      await outcomeOf(attest('android-key', { ...android({ trusted: [], software: [purpose, origin] }), policy: any })),
    ).toBe('accepted');
    const imported = android({ trusted: [], software: [purpose, explicit(702, integer(2))] });
    expect(await outcomeOf(attest('android-key', { ...imported, policy: any }))).toBe('ATTESTATION_INVALID');
  });

  test.each<[string, Change]>([
    ['no nonce', extensions(isNot(NONCE))],
    ['the nonce of another ceremony', { nonce: () => Buffer.alloc(32) }],
    ['a certificate of another key', { attestationKey: otherKeys }],
  ])('apple: %s', async (_, change) => {
    expect(await outcomeOf(attest('apple', change))).toBe('ATTESTATION_INVALID');
  });

  test.each<[string, Change]>([
    [
      '§8.6 step 2: two certificates',
      { statement: (it) => new Map([...it, ['x5c', [...(it.get('x5c') as CborValue[]), authority.certificate]]]) },
    ],
    ['§8.6 step 2: an RSA key', { attestationKey: RSA_KEYS }],
    ['§8.6 step 2: a key on P-384', { attestationKey: generateKeyPairSync('ec', { namedCurve: 'P-384' }) }],
    ['§8.6: a passkey of another algorithm', { device: { algorithm: 'RS256' } }],
  ])('fido-u2f: %s', async (_, change) => {
    expect(await outcomeOf(attest('fido-u2f', change))).toBe('ATTESTATION_INVALID');
  });
});

describe('§7.1 step 24: what ends at no anchor is refused where trust is required', () => {
  test.each(FORMATS)('%s', async (format) => {
    expect(await outcomeOf(attest(format, { authority: offAuthorities }))).toBe('ATTESTATION_NOT_TRUSTED');
  });

  test('a self attestation and none end nowhere', async () => {
    for (const attestation of ['none', 'packed-self'] as const) {
      const creation = buildCreation({ attestation }, undefined, policy);
      expect(await outcomeOf(verifyRegistration(creation))).toBe('ATTESTATION_NOT_TRUSTED');
    }
  });
});

describe('§8.6: a model that is only claimed is on no list', () => {
  const other = '00000000-0000-0000-0000-000000000000';
  test.each<[string, 'any' | string[], string[], string]>([
    ['allowed by its claim', [AAGUID_TEXT], [], 'AAGUID_NOT_ALLOWED'],
    ['not denied by its claim', 'any', [other], 'AAGUID_NOT_ALLOWED'],
    ['where there is no list', 'any', [], 'accepted'],
  ])('%s', async (_, allow, deny, outcome) => {
    const listed = buildPaymentPolicy({ ...POLICY, attestation: { demand: 'require', trust, allow, deny } });
    expect(await outcomeOf(attest('fido-u2f', { policy: listed }))).toBe(outcome);
  });

  test.each<[string, 'any' | string[], string[], string]>([
    ['allowed', [other, AAGUID_TEXT], [], 'accepted'],
    ['allowed and denied', [AAGUID_TEXT], [AAGUID_TEXT], 'AAGUID_NOT_ALLOWED'],
    ['not denied', 'any', [other], 'accepted'],
  ])('a proven one is: %s', async (_, allow, deny, outcome) => {
    const listed = buildPaymentPolicy({ ...POLICY, attestation: { demand: 'require', trust, allow, deny } });
    expect(await outcomeOf(attest('packed', { policy: listed }))).toBe(outcome);
  });
});

describe('payment policies', () => {
  test('without an attestation policy, formats but none and packed are refused, as before', async () => {
    const none = buildPaymentPolicy({ ...POLICY, attestation: 'none' });
    for (const format of FORMATS) {
      const outcome = await outcomeOf(attest(format, { policy: none }));
      expect(outcome, format).toBe(format === 'packed' ? 'accepted' : 'ATTESTATION_NOT_ALLOWED');
    }
  });

  test('… and nothing that comes is trusted', async () => {
    const none = buildPaymentPolicy({ ...POLICY, attestation: 'none' });
    expect(await attest('packed', { policy: none })).toMatchObject({
      attestationTrusted: false,
      aaguidVerified: false,
    });
  });
});
