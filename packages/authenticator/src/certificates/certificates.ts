/** Certificates for tests: authorities, what they issue, and the attestation certificate of a made-up vendor (WebAuthn L3 §8.2.1). */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bitString, der, integer, type Name, name, objectIdentifier, octets, sequence, time } from './der.ts';

export interface CertificateExtension {
  readonly oid: string;
  readonly value: Uint8Array;
  readonly critical: boolean;
}

export interface CertificateRequest {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly extensions: readonly CertificateExtension[];
  readonly version: 1 | 3;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** The digest of the issuer's signature: ECDSA for an elliptic key, RSA for the others. */
  readonly digest: 'sha1' | 'sha256';
}

export interface CertificateAuthority {
  readonly subject: Name;
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Buffer;
}

export interface AttestationIssuer {
  readonly privateKey: KeyObject;
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
}

const [COUNTRY, ORGANISATION, UNIT, COMMON_NAME] = ['2.5.4.6', '2.5.4.10', '2.5.4.11', '2.5.4.3'] as const;
const BASIC_CONSTRAINTS = '2.5.29.19';
const FIDO_GEN_CE_AAGUID = '1.3.6.1.4.1.45724.1.1.4';
const SIGNATURE_ALGORITHMS = {
  'ec sha1': '1.2.840.10045.4.1',
  'ec sha256': '1.2.840.10045.4.3.2',
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa sha256': '1.2.840.113549.1.1.11',
} as const;

/** From 2024 to 2124, version 3, SHA-256, without extensions. */
export const CERTIFICATE_DEFAULTS = {
  extensions: [],
  version: 3,
  validFrom: new Date('2024-01-01T00:00:00Z'),
  validTo: new Date('2124-01-01T00:00:00Z'),
  digest: 'sha256',
} as const satisfies Omit<CertificateRequest, 'subject' | 'publicKey'>;

/** Makes both key pairs (P-256) and certificates, valid from 2024 to 2124. `certifiedAaguid` has 16 bytes. */
export function createAttestationIssuer(certifiedAaguid: Uint8Array): AttestationIssuer {
  const authority = createCertificateAuthority({ commonName: 'Example Attestation CA' });
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leaf = issueCertificate(authority, buildAttestationRequest({ publicKey, certifiedAaguid }));
  return { privateKey, chain: [leaf, authority.certificate] };
}

/** The contents that WebAuthn L3 §8.2.1 demands of an attestation certificate. */
export function buildAttestationRequest(input: {
  readonly publicKey: KeyObject;
  readonly certifiedAaguid: Uint8Array;
}): CertificateRequest {
  const model = { oid: FIDO_GEN_CE_AAGUID, value: octets(input.certifiedAaguid), critical: false };
  return {
    ...CERTIFICATE_DEFAULTS,
    subject: vendorName({ unit: 'Authenticator Attestation', commonName: 'Example Authenticator' }),
    publicKey: input.publicKey,
    extensions: [basicConstraints({ authority: false }), model],
  };
}

/** A key pair (P-256 unless given) and its certificate: self-signed, or issued by `issuer`. */
export function createCertificateAuthority(
  input: Partial<Omit<CertificateRequest, 'subject' | 'publicKey'>> & {
    readonly commonName: string;
    readonly issuer?: CertificateAuthority;
    readonly keyPair?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
    readonly pathLength?: number;
  },
): CertificateAuthority {
  const { commonName, issuer, keyPair, pathLength, ...changed } = input;
  const { publicKey, privateKey } = keyPair ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = vendorName({ unit: 'Authenticator Attestation CA', commonName });
  const extensions = [basicConstraints({ authority: true, pathLength })];
  const request = { ...CERTIFICATE_DEFAULTS, subject, publicKey, extensions, ...changed };
  const certificate = issueCertificate(issuer ?? { subject, privateKey }, request);
  return { subject, privateKey, certificate };
}

/** RFC 5280 §4.1. */
export function issueCertificate(
  issuer: Pick<CertificateAuthority, 'subject' | 'privateKey'>,
  request: CertificateRequest,
): Buffer {
  const { subject, publicKey, extensions, version, validFrom, validTo, digest } = request;
  const type = issuer.privateKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
  const algorithm = sequence(objectIdentifier(SIGNATURE_ALGORITHMS[`${type} ${digest}`]));
  const body = sequence(
    ...(version === 3 ? [der(0xa0, integer(2))] : []),
    integer(1),
    algorithm,
    name(issuer.subject),
    sequence(time(validFrom), time(validTo)),
    name(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...(version === 3 && extensions.length > 0 ? [der(0xa3, sequence(...extensions.map(encodeExtension)))] : []),
  );
  return sequence(body, algorithm, bitString(sign(digest, body, issuer.privateKey)));
}

/** RFC 5280 §4.2.1.9. */
export function basicConstraints(input: {
  readonly authority: boolean;
  readonly pathLength?: number | undefined;
}): CertificateExtension {
  const length = input.pathLength === undefined ? [] : [integer(input.pathLength)];
  return { oid: BASIC_CONSTRAINTS, value: sequence(...(input.authority ? [TRUE] : []), ...length), critical: true };
}

const TRUE = der(0x01, Buffer.of(0xff));

function encodeExtension({ oid, value, critical }: CertificateExtension): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [TRUE] : []), octets(value));
}

function vendorName({ unit, commonName }: { readonly unit: string; readonly commonName: string }): Name {
  return [
    [COUNTRY, 'US'],
    [ORGANISATION, 'Example Authenticators'],
    [UNIT, unit],
    [COMMON_NAME, commonName],
  ];
}
