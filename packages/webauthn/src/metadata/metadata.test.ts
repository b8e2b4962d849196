/** FIDO Metadata Service v3.1 §3: a BLOB made here, valid, and with one thing wrong. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  basicConstraints,
  CERTIFICATE_DEFAULTS,
  type CertificateRequest,
  createCertificateAuthority,
  der,
  issueCertificate,
  sequence,
} from '@payment-passkeys/authenticator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AAGUID_TEXT, buildAttestedCreation, RSA_KEYS } from '../../test/attested-creation.ts';
import { outcomeOf, POLICY } from '../../test/valid-ceremony.ts';
import {
  buildPaymentPolicy,
  MetadataError,
  type MetadataErrorCode,
  openMetadata,
  verifyRegistration,
} from '../index.ts';

const SIGNER = 'mds.example';
const NOW = new Date('2026-11-24T12:00:00Z');
const root = createCertificateAuthority({ commonName: 'Example Root' });
const intermediate = createCertificateAuthority({ commonName: 'Example TLS CA', issuer: root, pathLength: 0 });
const vendor = createCertificateAuthority({ commonName: 'Example Attestation CA' });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface BlobParts {
  readonly header: Record<string, unknown>;
  readonly payload: unknown;
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly signingKey: KeyObject;
  readonly request: Partial<CertificateRequest>;
  readonly chain: (leaf: Buffer) => Buffer[];
}

const hostName = (host: string) => ({
  oid: '2.5.29.17',
  value: sequence(der(0x82, Buffer.from(host))),
  critical: false,
});
const notAuthority = basicConstraints({ authority: false });

const entry = (change: object = {}) => ({
  aaguid: AAGUID_TEXT,
  metadataStatement: { attestationRootCertificates: [vendor.certificate.toString('base64')] },
  statusReports: [{ status: 'FIDO_CERTIFIED_L1', effectiveDate: '2025-01-01' }],
  timeOfLastStatusChange: '2025-01-01',
  ...change,
});
const payloadOf = (no: number, ...entries: unknown[]) => ({
  legalHeader: 'Example',
  no,
  nextUpdate: '2026-12-24',
  entries,
});

function buildBlob(change: Partial<BlobParts> = {}): string {
  const keys = change.keys ?? elliptic;
  const request = {
    ...CERTIFICATE_DEFAULTS,
    subject: [['2.5.4.3', SIGNER]] as const,
    publicKey: keys.publicKey,
    extensions: [notAuthority, hostName(SIGNER)],
    ...change.request,
  };
  const chain = (change.chain ?? ((leaf) => [leaf, intermediate.certificate]))(issueCertificate(intermediate, request));
  const alg = keys.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const header = encode({
    alg,
    typ: 'JWT',
    x5c: chain.map((certificate) => certificate.toString('base64')),
    ...change.header,
  });
  const signed = `${header}.${encode(change.payload ?? payloadOf(7, entry()))}`;
  const key = { key: change.signingKey ?? keys.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metadata-'));
});
afterEach(() => rm(folder, { recursive: true }));

const [file, lastGoodFile] = [() => join(folder, 'blob.jwt'), () => join(folder, 'last-good.jwt')];
const source = (change: object = {}) => ({
  file: file(),
  lastGoodFile: lastGoodFile(),
  roots: [root.certificate],
  signer: SIGNER,
  clock: () => NOW,
  ...change,
});
async function openBlob(blob: string, change: object = {}) {
  await writeFile(file(), blob);
  return openMetadata(source(change));
}
const codeOf = (opening: Promise<unknown>): Promise<MetadataErrorCode | 'opened'> =>
  opening.then(
    () => 'opened' as const,
    (error: unknown) => {
      expect(error).toBeInstanceOf(MetadataError);
      return (error as MetadataError).code;
    },
  );

describe('a BLOB that is right', () => {
  test.each([
    ['ES256', {}],
    ['RS256', { keys: RSA_KEYS }],
    ['with its root in the chain', { chain: (leaf: Buffer) => [leaf, intermediate.certificate, root.certificate] }],
  ])('%s', async (_, change) => {
    const metadata = await openBlob(`${buildBlob(change)}\n`);
    expect(metadata.status()).toEqual({ number: 7, nextUpdate: '2026-12-24', models: 1 });
    expect(metadata.trust.findAnchors(AAGUID_TEXT)).toHaveLength(1);
    expect(metadata.trust.findAnchors('00000000-0000-0000-0000-000000000000')).toEqual([]);
  });

  test('its anchors are trusted for their own model, and for no other', async () => {
    const { trust } = await openBlob(buildBlob());
    const policy = buildPaymentPolicy({
      ...POLICY,
      attestation: { demand: 'require', trust, allow: [AAGUID_TEXT], deny: [] },
    });
    const creation = { format: 'packed', authority: vendor, policy } as const;
    expect(await outcomeOf(verifyRegistration(buildAttestedCreation(creation)))).toBe('accepted');
    const aaguid = Buffer.alloc(16, 9);
    const other = {
      ...creation,
      device: { aaguid },
      request: (it: CertificateRequest) => ({ ...it, extensions: [notAuthority] }),
    };
    expect(await outcomeOf(verifyRegistration(buildAttestedCreation(other)))).toBe('ATTESTATION_NOT_TRUSTED');
  });

  test('after nextUpdate the BLOB stays in use', async () => {
    await writeFile(file(), buildBlob());
    const metadata = await openMetadata(source({ clock: () => new Date('2026-12-25T00:00:00Z') }));
    expect(metadata.trust.findAnchors(AAGUID_TEXT)).toHaveLength(1);
  });
});

describe('the name of a model', () => {
  const named = (description: unknown, statusReports: unknown = []) =>
    buildBlob({ payload: payloadOf(7, entry({ metadataStatement: { description }, statusReports })) });

  test('is the description of its statement, also of a model that is not trusted', async () => {
    const { findModel } = await openBlob(named('Example Key 5', [{ status: 'REVOKED' }]));
    expect(findModel(AAGUID_TEXT)).toBe('Example Key 5');
    expect(findModel('00000000-0000-0000-0000-000000000000')).toBeUndefined();
  });

  test.each([
    ['no text', 7],
    ['an empty one', ''],
    ['a line break', 'Example\nKey'],
    ['more than 200 characters', 'K'.repeat(201)],
  ])('%s is not taken', async (_, description) => {
    const { findModel } = await openBlob(named(description));
    expect(findModel(AAGUID_TEXT)).toBeUndefined();
  });
});

describe('§3.1.4: a model that was compromised once has no anchors', () => {
  test.each([
    'REVOKED',
    'USER_VERIFICATION_BYPASS',
    'ATTESTATION_KEY_COMPROMISE',
    'USER_KEY_REMOTE_COMPROMISE',
    'USER_KEY_PHYSICAL_COMPROMISE',
  ])('%s', async (status) => {
    const statusReports = [{ status }, { status: 'FIDO_CERTIFIED_L2' }];
    const { trust } = await openBlob(buildBlob({ payload: payloadOf(7, entry({ statusReports })) }));
    expect(trust.findAnchors(AAGUID_TEXT)).toEqual([]);
  });

  test.each<[string, object]>([
    ['no status reports', { statusReports: undefined }],
    ['a status report that is none', { statusReports: [null] }],
    ['no statement', { metadataStatement: undefined }],
    ['no anchors', { metadataStatement: {} }],
    ['an anchor that is none', { metadataStatement: { attestationRootCertificates: ['AAAA', 7] } }],
    ['an AAGUID in capitals', { aaguid: AAGUID_TEXT.toUpperCase() }],
    ['no AAGUID', { aaguid: undefined, aaid: '4e4e#4005' }],
  ])('nor has an entry with %s; the others stay', async (_, change) => {
    const sound = '11111111-1111-1111-1111-111111111111';
    const payload = payloadOf(7, entry(change), 'no entry', entry({ aaguid: sound }));
    const { trust } = await openBlob(buildBlob({ payload }));
    expect(trust.findAnchors(AAGUID_TEXT)).toEqual([]);
    expect(trust.findAnchors(sound)).toHaveLength(1);
  });
});

describe('§3.2: one thing wrong is refused', () => {
  const flipped = (blob: string, part: 0 | 1 | 2) =>
    blob
      .split('.')
      .map((text, index) => (index === part ? flip(text) : text))
      .join('.');
  const flip = (text: string) => {
    const bytes = Buffer.from(text, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
    return bytes.toString('base64url');
  };
  const stranger = createCertificateAuthority({ commonName: 'Example Root' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });

  test.each<[string, string, MetadataErrorCode]>([
    ['nothing', '', 'MALFORMED'],
    ['no JWT', 'metadata', 'MALFORMED'],
    ['four parts', `${buildBlob()}.AAAA`, 'MALFORMED'],
    ['a header that is no JSON', buildBlob().replace(/^[^.]+/, 'AAAA'), 'MALFORMED'],
    ['no certificates', buildBlob({ header: { x5c: undefined } }), 'MALFORMED'],
    [
      'an address for the certificates',
      buildBlob({ header: { x5c: undefined, x5u: 'https://mds.example/' } }),
      'MALFORMED',
    ],
    ['a certificate that is none', buildBlob({ header: { x5c: ['AAAA'] } }), 'MALFORMED'],
    ['an empty chain', buildBlob({ header: { x5c: [] } }), 'CHAIN_NOT_TRUSTED'],
    ['nine certificates', buildBlob({ chain: (leaf) => Array.from({ length: 9 }, () => leaf) }), 'MALFORMED'],
    ['no intermediate', buildBlob({ chain: (leaf) => [leaf] }), 'CHAIN_NOT_TRUSTED'],
    ['a root of the same name', buildBlob({ chain: (leaf) => [leaf, stranger.certificate] }), 'CHAIN_NOT_TRUSTED'],
    [
      'a certificate that has expired',
      buildBlob({ request: { validTo: new Date('2026-11-24T11:59:59Z') } }),
      'CHAIN_NOT_TRUSTED',
    ],
    [
      'a certificate that is yet to come',
      buildBlob({ request: { validFrom: new Date('2026-11-24T12:00:01Z') } }),
      'CHAIN_NOT_TRUSTED',
    ],
    ['a certificate signed with SHA-1', buildBlob({ request: { digest: 'sha1' } }), 'CHAIN_NOT_TRUSTED'],
    ['a certificate of a short RSA key', buildBlob({ keys: weak }), 'CHAIN_NOT_TRUSTED'],
    ['another host', buildBlob({ request: { extensions: [notAuthority, hostName('other.example')] } }), 'WRONG_SIGNER'],
    ['another key', buildBlob({ signingKey: otherKeys.privateKey }), 'SIGNATURE_INVALID'],
    ['no algorithm', buildBlob({ header: { alg: 'none' } }), 'SIGNATURE_INVALID'],
    ['an algorithm of Object', buildBlob({ header: { alg: 'constructor' } }), 'SIGNATURE_INVALID'],
    ['a symmetric algorithm', buildBlob({ header: { alg: 'HS256' } }), 'SIGNATURE_INVALID'],
    ["another key type's algorithm", buildBlob({ header: { alg: 'RS256' } }), 'SIGNATURE_INVALID'],
    ['a changed payload', flipped(buildBlob(), 1), 'SIGNATURE_INVALID'],
    ['a changed signature', flipped(buildBlob(), 2), 'SIGNATURE_INVALID'],
    ['a payload that is no object', buildBlob({ payload: [] }), 'MALFORMED'],
    ['a payload that is no JSON', buildBlob({ payload: '{' }), 'MALFORMED'],
    ['no number', buildBlob({ payload: { ...payloadOf(7), no: '7' } }), 'MALFORMED'],
    ['no date', buildBlob({ payload: { ...payloadOf(7), nextUpdate: 'soon' } }), 'MALFORMED'],
    ['no entries', buildBlob({ payload: { ...payloadOf(7), entries: {} } }), 'MALFORMED'],
  ])('%s', async (_, blob, code) => {
    expect(await codeOf(openBlob(blob))).toBe(code);
  });

  test('no roots, no metadata', async () => {
    expect(await codeOf(openBlob(buildBlob(), { roots: [] }))).toBe('CHAIN_NOT_TRUSTED');
  });

  test('no file', async () => {
    expect(await codeOf(openMetadata(source()))).toBe('UNREADABLE');
  });
});

describe('refresh', () => {
  const newer = () => buildBlob({ payload: payloadOf(8) });

  test('a newer BLOB takes the place of the old one', async () => {
    const metadata = await openBlob(buildBlob());
    await writeFile(file(), newer());
    await Promise.all([metadata.refresh(), metadata.refresh()]);
    expect(metadata.status()).toMatchObject({ number: 8, models: 0 });
    expect(metadata.trust.findAnchors(AAGUID_TEXT)).toEqual([]);
  });

  test.each<[string, string, MetadataErrorCode]>([
    ['an older BLOB', buildBlob({ payload: payloadOf(6) }), 'OLDER'],
    ['a BLOB of another signer', buildBlob({ signingKey: otherKeys.privateKey }), 'SIGNATURE_INVALID'],
    ['half a BLOB', buildBlob().slice(0, 900), 'MALFORMED'],
  ])('%s leaves the last good copy in use, also after a restart', async (_, blob, code) => {
    const metadata = await openBlob(buildBlob());
    await writeFile(file(), blob);
    expect(await codeOf(metadata.refresh())).toBe(code);
    expect(metadata.status().number).toBe(7);
    const restarted = await openMetadata(source());
    expect(restarted.status().number).toBe(7);
    expect(restarted.trust.findAnchors(AAGUID_TEXT)).toHaveLength(1);
  });

  test('a file that is gone does likewise, and a later good one is taken', async () => {
    const metadata = await openBlob(buildBlob());
    await rm(file());
    expect(await codeOf(metadata.refresh())).toBe('UNREADABLE');
    expect((await openMetadata(source())).status().number).toBe(7);
    await writeFile(file(), newer());
    await metadata.refresh();
    expect(metadata.status().number).toBe(8);
    expect(await readFile(lastGoodFile(), 'utf8')).toBe(await readFile(file(), 'utf8'));
  });

  test('the last good copy is verified too', async () => {
    await writeFile(lastGoodFile(), buildBlob({ signingKey: otherKeys.privateKey }));
    await writeFile(file(), 'half a BL');
    expect(await codeOf(openMetadata(source()))).toBe('MALFORMED');
  });
});
