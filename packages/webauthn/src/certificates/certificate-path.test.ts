/** RFC 5280 §6.1: the part that attestation and metadata need. */
import { generateKeyPairSync } from 'node:crypto';
import {
  basicConstraints,
  CERTIFICATE_DEFAULTS,
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
  der,
  issueCertificate,
  sequence,
} from '@payment-passkeys/authenticator';
import { describe, expect, test } from 'vitest';
import { readCertificate } from './certificate.ts';
import { reachesAnchor } from './certificate-path.ts';
import { membersOf, readDer } from './der.ts';

const AT = new Date('2026-11-24T12:00:00Z');
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const root = createCertificateAuthority({ commonName: 'Root' });
const middle = createCertificateAuthority({ commonName: 'Middle', issuer: root });
const low = createCertificateAuthority({ commonName: 'Low', issuer: middle });

function leafOf(issuer: CertificateAuthority, change: Partial<CertificateRequest> = {}): Buffer {
  const subject = [['2.5.4.3', 'Leaf']] as const;
  return issueCertificate(issuer, { ...CERTIFICATE_DEFAULTS, subject, publicKey: keys.publicKey, ...change });
}

function reaches(chain: readonly Buffer[], anchors: readonly Buffer[], at: Date = AT): boolean {
  return reachesAnchor(chain.map(readCertificate), { anchors: anchors.map(readCertificate), at });
}

const full = [leafOf(low), low.certificate, middle.certificate];

describe('a chain reaches', () => {
  test.each<[string, Buffer[], Buffer[], boolean]>([
    ['the root that issued its last', full, [root.certificate], true],
    ['the root that it holds itself', [...full, root.certificate], [root.certificate], true],
    ['an intermediate that is an anchor', full, [middle.certificate], true],
    ['an anchor that issued its first', [leafOf(low)], [low.certificate], true],
    ['a leaf that is an anchor', [leafOf(low)], [], false],
    ['one of several anchors', full, [leafOf(middle), root.certificate], true],
    ['no anchor of an empty list', full, [], false],
    ['nothing, being empty', [], [root.certificate], false],
    ['no anchor past a gap', [leafOf(low), middle.certificate], [root.certificate], false],
    ['no anchor in another order', [leafOf(low), middle.certificate, low.certificate], [root.certificate], false],
  ])('%s', (_, chain, anchors, expected) => {
    expect(reaches(chain, anchors)).toBe(expected);
  });

  test('itself, where the leaf is the anchor (WebAuthn L3 §7.1 step 24)', () => {
    const leaf = leafOf(low);
    expect(reaches([leaf], [leaf])).toBe(true);
  });
});

describe('a chain does not reach its root', () => {
  const past = new Date('2026-11-24T11:59:59Z');
  const unknown = { oid: '2.5.29.30', value: sequence(), critical: true };
  const keyUsage = (bits: number) => ({ oid: '2.5.29.15', value: der(0x03, Buffer.of(0, bits)), critical: true });
  const authorityWith = (change: Parameters<typeof createCertificateAuthority>[0] | object): Buffer[] => {
    const authority = createCertificateAuthority({ commonName: 'Changed', issuer: root, ...change });
    return [leafOf(authority), authority.certificate];
  };
  const isAuthority = basicConstraints({ authority: true });
  const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

  test('but does where nothing is wrong', () => {
    expect(reaches(authorityWith({}), [root.certificate])).toBe(true);
    expect(reaches(authorityWith({ extensions: [isAuthority, keyUsage(0x04)] }), [root.certificate])).toBe(true);
  });

  test.each<[string, Buffer[]]>([
    ['an authority that has expired', authorityWith({ validTo: past })],
    ['a leaf that has expired', [leafOf(root, { validTo: past })]],
    ['a leaf that is yet to come', [leafOf(root, { validFrom: new Date('2026-11-24T12:00:01Z') })]],
    ['an issuer that is no authority', authorityWith({ extensions: [basicConstraints({ authority: false })] })],
    ['an issuer without basic constraints', authorityWith({ extensions: [] })],
    ['an issuer of version 1', authorityWith({ version: 1 })],
    ['an issuer that may not sign certificates', authorityWith({ extensions: [isAuthority, keyUsage(0x80)] })],
    ['name constraints, which are not understood', authorityWith({ extensions: [isAuthority, unknown] })],
    ['a critical extension of the leaf that is not understood', [leafOf(root, { extensions: [unknown] })]],
    ['SHA-1', [leafOf(root, { digest: 'sha1' })]],
    ['an authority on a weak curve', authorityWith({ keyPair: curve('secp224r1') })],
    ['a leaf on a curve of another kind', [leafOf(root, { publicKey: curve('secp256k1').publicKey })]],
    ['a short RSA key', authorityWith({ keyPair: generateKeyPairSync('rsa', { modulusLength: 1024 }) })],
  ])('with %s', (_, chain) => {
    expect(reaches(chain, [root.certificate])).toBe(false);
  });

  test('when that has expired itself', () => {
    const old = createCertificateAuthority({ commonName: 'Old', validTo: past });
    expect(reaches([leafOf(old)], [old.certificate])).toBe(false);
    expect(reaches([leafOf(old)], [old.certificate], new Date('2026-11-24T11:59:59Z'))).toBe(true);
  });

  test('with an authority of the same name and another key', () => {
    const impostor = createCertificateAuthority({ commonName: 'Root' });
    expect(reaches([leafOf(impostor)], [root.certificate])).toBe(false);
    expect(reaches([leafOf(impostor), root.certificate], [root.certificate])).toBe(false);
  });

  test.each([
    [0, false],
    [1, true],
  ])('§4.2.1.9: beyond a path length of %i, with one authority below', (pathLength, expected) => {
    const bounded = createCertificateAuthority({ commonName: 'Bounded', pathLength });
    const below = createCertificateAuthority({ commonName: 'Below', issuer: bounded });
    expect(reaches([leafOf(bounded)], [bounded.certificate])).toBe(true);
    expect(reaches([leafOf(below), below.certificate], [bounded.certificate])).toBe(expected);
    expect(reaches([leafOf(below), below.certificate, bounded.certificate], [bounded.certificate])).toBe(expected);
  });
});

test('§4.1.1.3: a signature of other than whole bytes would be a second spelling of the certificate', () => {
  let leaf = leafOf(root);
  // Looks for a signature whose last bit is 0: a reader that pads with 0 would read the shortened signature as the same one.
  while ((leaf.at(-1) ?? 1) % 2 === 1) leaf = leafOf(root);
  const [, , signature] = membersOf(readDer(leaf));
  signature?.content.writeUInt8(1, 0);
  expect(() => readCertificate(leaf)).toThrow(SyntaxError);
});

test('§4.2: an extension twice is no certificate', () => {
  const twice = basicConstraints({ authority: false });
  expect(() => readCertificate(leafOf(root, { extensions: [twice, twice] }))).toThrow();
});
