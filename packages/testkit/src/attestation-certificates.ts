/** The certificates of a made-up authenticator vendor, as WebAuthn L3 §8.2.1 wants them: a CA, and the attestation certificate below it. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface AttestationIssuer {
  readonly privateKey: KeyObject;
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
}

/** Makes both key pairs (P-256) and certificates, valid from 2024 to 2124. `certifiedAaguid` has 16 bytes. */
export function createAttestationIssuer(certifiedAaguid: Uint8Array): AttestationIssuer {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authorityName = name({ unit: 'Authenticator Attestation CA', commonName: 'Example Attestation CA' });
  const authorityCertificate = certificate({
    serial: 1,
    issuer: authorityName,
    subject: authorityName,
    publicKey: authority.publicKey,
    extensions: [extension(BASIC_CONSTRAINTS, sequence(TRUE), { critical: true })],
    signingKey: authority.privateKey,
  });
  const leafCertificate = certificate({
    serial: 2,
    issuer: authorityName,
    subject: name({ unit: 'Authenticator Attestation', commonName: 'Example Authenticator' }),
    publicKey: leaf.publicKey,
    extensions: [
      extension(BASIC_CONSTRAINTS, sequence(), { critical: true }),
      extension(FIDO_GEN_CE_AAGUID, der(0x04, certifiedAaguid), { critical: false }),
    ],
    signingKey: authority.privateKey,
  });
  return { privateKey: leaf.privateKey, chain: [leafCertificate, authorityCertificate] };
}

/** DER contents of the object identifiers. */
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const BASIC_CONSTRAINTS = '551d13';
const FIDO_GEN_CE_AAGUID = '2b0601040182e51c010104';
const [COUNTRY, ORGANISATION, UNIT, COMMON_NAME] = ['550406', '55040a', '55040b', '550403'];
const TRUE = der(0x01, Buffer.of(0xff));

/** RFC 5280 §4.1. */
function certificate(input: {
  readonly serial: number;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly signingKey: KeyObject;
}): Buffer {
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(input.serial)),
    algorithm,
    input.issuer,
    sequence(der(0x17, Buffer.from('240101000000Z')), der(0x18, Buffer.from('21240101000000Z'))),
    input.subject,
    input.publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...input.extensions)),
  );
  return sequence(body, algorithm, bitString(sign('sha256', body, input.signingKey)));
}

function name({ unit, commonName }: { readonly unit: string; readonly commonName: string }): Buffer {
  return sequence(
    attribute(COUNTRY as string, der(0x13, Buffer.from('US'))),
    attribute(ORGANISATION as string, utf8('Example Authenticators')),
    attribute(UNIT as string, utf8(unit)),
    attribute(COMMON_NAME as string, utf8(commonName)),
  );
}

function attribute(oid: string, value: Buffer): Buffer {
  return der(0x31, sequence(objectIdentifier(oid), value));
}

function extension(oid: string, value: Buffer, { critical }: { readonly critical: boolean }): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [TRUE] : []), der(0x04, value));
}

function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

function bitString(bytes: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.of(0), bytes]));
}

function objectIdentifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...members: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members));
}

/** Tag, length (X.690 §8.1.3, below 2¹⁶), contents. */
function der(tag: number, contents: Uint8Array): Buffer {
  const { length } = contents;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), contents]);
}
