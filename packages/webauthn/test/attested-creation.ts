/** A creation with an attestation of any format, by a made-up vendor: valid, or with one thing changed before it is signed. */
import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import {
  basicConstraints,
  buildAttestationRequest,
  type CborValue,
  CERTIFICATE_DEFAULTS,
  type CertificateAuthority,
  type CertificateExtension,
  type CertificateRequest,
  der,
  encodeCbor,
  integer,
  issueCertificate,
  name,
  objectIdentifier,
  octets,
  sequence,
} from '@payment-passkeys/authenticator';
import { readAttestationObject } from '../src/attestation/attestation-object.ts';
import type { AttestationFormat, CeremonyPolicy } from '../src/index.ts';
import { buildCreation, type DeviceSettings } from './valid-ceremony.ts';

/** The functions change a part where it is made. */
export interface AttestedCreation {
  readonly format: Exclude<AttestationFormat, 'none'>;
  readonly authority: CertificateAuthority;
  readonly policy: CeremonyPolicy;
  readonly device?: DeviceSettings;
  /** The attestation key. If the format wants it, this is the passkey's own key. */
  readonly attestationKey?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly alg?: number;
  readonly digest?: 'sha1' | 'sha256';
  readonly request?: (request: CertificateRequest) => CertificateRequest;
  readonly tpm?: (parts: TpmParts) => TpmParts;
  readonly androidKey?: (parts: AndroidParts) => AndroidParts;
  readonly nonce?: (nonce: Buffer) => Buffer;
  readonly chain?: (chain: readonly Buffer[]) => readonly CborValue[];
  /** Changes the statement after it is signed. */
  readonly statement?: (statement: Map<string, CborValue>) => Map<string, CborValue>;
}

export interface TpmParts {
  readonly magic: number;
  readonly type: number;
  readonly extraData: Buffer;
  readonly name: Buffer;
  readonly pubArea: Buffer;
  readonly left: Buffer;
}

export interface AndroidParts {
  readonly challenge: Buffer;
  readonly software: readonly Buffer[];
  readonly trusted: readonly Buffer[];
}

export const AAGUID: Buffer = Buffer.from('7061796d656e742d706173736b657973', 'hex');
export const AAGUID_TEXT = '7061796d-656e-742d-7061-73736b657973';
export const RSA_KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What `verifyRegistration` takes. */
export function buildAttestedCreation(input: AttestedCreation) {
  const creation = buildCreation({ attestation: 'none', aaguid: AAGUID, ...input.device }, undefined, input.policy);
  const { response } = creation.credential;
  const { authenticatorData } = readAttestationObject(Buffer.from(response.attestationObject, 'base64url'));
  const clientDataHash = hash('sha256', Buffer.from(response.clientDataJSON, 'base64url'), 'buffer');
  const [held] = creation.device.credentials;
  if (held === undefined) throw new Error('The passkey has just been made.');
  const attested: Attested = { authenticatorData, clientDataHash, own: held.keyPair, credentialId: held.credentialId };
  const statement = STATEMENTS[input.format](input, attested);
  const object = new Map<string, CborValue>([
    ['fmt', input.format],
    ['attStmt', (input.statement ?? ((it) => it))(statement)],
    ['authData', authenticatorData],
  ]);
  const attestationObject = encodeCbor(object).toString('base64url');
  return { ...creation, credential: { ...creation.credential, response: { ...response, attestationObject } } };
}

interface Attested {
  readonly authenticatorData: Buffer;
  readonly clientDataHash: Buffer;
  readonly own: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly credentialId: Buffer;
}

type Statement = Map<string, CborValue>;

const STATEMENTS: Readonly<
  Record<AttestedCreation['format'], (input: AttestedCreation, attested: Attested) => Statement>
> = { packed, tpm, 'android-key': androidKey, apple, 'fido-u2f': fidoU2f };

function packed(input: AttestedCreation, attested: Attested): Statement {
  const keys = input.attestationKey ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new Map<string, CborValue>([
    ['alg', input.alg ?? -7],
    ['sig', sign('sha256', signedBy(attested), keys.privateKey)],
    ['x5c', certify(input, buildAttestationRequest({ publicKey: keys.publicKey, certifiedAaguid: AAGUID }))],
  ]);
}

/** WebAuthn L3 §8.3; TPM 2.0 Library, Part 2. */
function tpm(input: AttestedCreation, attested: Attested): Statement {
  const keys = input.attestationKey ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const digest = input.digest ?? 'sha256';
  const pubArea = encodePublicArea(attested.own.publicKey);
  const parts = (input.tpm ?? ((it) => it))({
    magic: 0xff544347,
    type: 0x8017,
    extraData: hash(digest, signedBy(attested), 'buffer'),
    name: nameOf(pubArea),
    pubArea,
    left: Buffer.alloc(0),
  });
  const head = Buffer.alloc(6);
  head.writeUInt32BE(parts.magic);
  head.writeUInt16BE(parts.type, 4);
  const certInfo = Buffer.concat([
    head,
    sized(Buffer.alloc(34, 1)),
    sized(parts.extraData),
    Buffer.alloc(17 + 8, 2),
    sized(parts.name),
    sized(Buffer.alloc(34, 3)),
    parts.left,
  ]);
  return new Map<string, CborValue>([
    ['ver', '2.0'],
    ['alg', input.alg ?? -7],
    ['x5c', certify(input, buildIdentityRequest(keys.publicKey))],
    ['sig', sign(digest, certInfo, keys.privateKey)],
    ['certInfo', certInfo],
    ['pubArea', parts.pubArea],
  ]);
}

export const TPM_NAMES: readonly (readonly [string, string])[] = [
  ['2.23.133.2.1', 'id:00000000'],
  ['2.23.133.2.2', 'Example TPM'],
  ['2.23.133.2.3', 'id:00000001'],
];

export function alternativeName(names: readonly (readonly [string, string])[]): CertificateExtension {
  return { oid: '2.5.29.17', value: sequence(der(0xa4, name(names))), critical: true };
}

export function keyUsages(...purposes: readonly string[]): CertificateExtension {
  return { oid: '2.5.29.37', value: sequence(...purposes.map(objectIdentifier)), critical: false };
}

/** §8.3.1. */
function buildIdentityRequest(publicKey: KeyObject): CertificateRequest {
  const extensions = [basicConstraints({ authority: false }), keyUsages('2.23.133.8.3'), alternativeName(TPM_NAMES)];
  return { ...CERTIFICATE_DEFAULTS, subject: [], publicKey, extensions };
}

/** TPMT_PUBLIC: type, name algorithm, attributes, policy, symmetric, scheme, curve and derivation or bits and exponent, unique. */
export function encodePublicArea(publicKey: KeyObject): Buffer {
  const { kty, x, y, n } = publicKey.export({ format: 'jwk' });
  const bytes = (text: string | undefined) => sized(Buffer.from(text ?? '', 'base64url'));
  const head = Buffer.from('000b00040000000000100010', 'hex');
  if (kty === 'RSA') {
    return Buffer.concat([Buffer.of(0, 1), head, Buffer.from('080000000000', 'hex'), bytes(n)]);
  }
  return Buffer.concat([Buffer.of(0, 0x23), head, Buffer.from('00030010', 'hex'), bytes(x), bytes(y)]);
}

/** Part 1 §16: the name algorithm, here SHA-256, and the digest of the public area. */
export function nameOf(pubArea: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0, 0x0b), hash('sha256', pubArea, 'buffer')]);
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

/** WebAuthn L3 §8.4; the schema is Android's. */
function androidKey(input: AttestedCreation, attested: Attested): Statement {
  const parts = (input.androidKey ?? ((it) => it))({
    challenge: attested.clientDataHash,
    software: [],
    trusted: [explicit(1, der(0x31, integer(2))), explicit(702, integer(0))],
  });
  const enumerated = der(0x0a, Buffer.of(1));
  const description = sequence(
    ...[integer(300), enumerated, integer(300), enumerated, octets(parts.challenge), octets(Buffer.alloc(0))],
    sequence(...parts.software),
    sequence(...parts.trusted),
  );
  const keys = input.attestationKey ?? attested.own;
  const extensions = [{ oid: '1.3.6.1.4.1.11129.2.1.17', value: description, critical: false }];
  const request = { ...CERTIFICATE_DEFAULTS, subject: COMMON_NAME, publicKey: keys.publicKey, extensions };
  return new Map<string, CborValue>([
    ['alg', input.alg ?? -7],
    ['sig', sign('sha256', signedBy(attested), keys.privateKey)],
    ['x5c', certify(input, request)],
  ]);
}

export function explicit(tag: number, content: Buffer): Buffer {
  return der(tag < 31 ? 0xa0 | tag : (tag < 0x100 ? 0x100 : 0) + tag, content);
}

/** WebAuthn L3 §8.8. */
function apple(input: AttestedCreation, attested: Attested): Statement {
  const nonce = (input.nonce ?? ((it) => it))(hash('sha256', signedBy(attested), 'buffer'));
  const extensions = [{ oid: '1.2.840.113635.100.8.2', value: sequence(der(0xa1, octets(nonce))), critical: false }];
  const { publicKey } = input.attestationKey ?? attested.own;
  return new Map<string, CborValue>([
    ['x5c', certify(input, { ...CERTIFICATE_DEFAULTS, subject: COMMON_NAME, publicKey, extensions })],
  ]);
}

/** WebAuthn L3 §8.6. */
function fidoU2f(input: AttestedCreation, attested: Attested): Statement {
  const keys = input.attestationKey ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = attested.own.publicKey.export({ format: 'jwk' });
  const signed = Buffer.concat([
    Buffer.of(0),
    attested.authenticatorData.subarray(0, 32),
    attested.clientDataHash,
    attested.credentialId,
    Buffer.of(4),
    Buffer.from(x ?? '', 'base64url'),
    Buffer.from(y ?? '', 'base64url'),
  ]);
  const request = { ...CERTIFICATE_DEFAULTS, subject: COMMON_NAME, publicKey: keys.publicKey };
  return new Map<string, CborValue>([
    ['sig', sign('sha256', signed, keys.privateKey)],
    ['x5c', certify(input, request)],
  ]);
}

const COMMON_NAME: CertificateRequest['subject'] = [['2.5.4.3', 'Example Authenticator']];

function certify({ authority, request, chain }: AttestedCreation, asked: CertificateRequest): readonly CborValue[] {
  const leaf = issueCertificate(authority, (request ?? ((it) => it))(asked));
  return (chain ?? ((it) => it))([leaf]);
}

function signedBy({ authenticatorData, clientDataHash }: Attested): Buffer {
  return Buffer.concat([authenticatorData, clientDataHash]);
}
