/** The responses of a software authenticator (client data, authenticator data, attestation): right, or with one chosen fault. */
import { hash } from 'node:crypto';
import type { CreationOptions } from '@payment-passkeys/protocol';
import { type CborValue, encodeCbor } from './cbor.ts';
import { type AttestationIssuer, createAttestationIssuer } from './certificates/certificates.ts';
import type { CeremonyFault, CreateFault, UseFault } from './faults.ts';
import { type AuthenticatorAlgorithm, COSE_ALGORITHMS, encodePublicKey, type KeyPair, signWith } from './key-pairs.ts';

/** Settings that may be changed between two ceremonies. */
export interface AuthenticatorSettings {
  algorithm: AuthenticatorAlgorithm;
  /**
   * The attestation when the options ask for `direct`. When they ask for `none`, the browser removes the statement, except a self
   * attestation with a zero AAGUID (WebAuthn L3 §5.1.3).
   */
  attestation: 'none' | 'packed-self' | 'packed-x5c';
  backupEligible: boolean;
  backedUp: boolean;
  /** Whether it counts its uses, from 1 at creation. Otherwise the counter stays 0, as for a synced passkey. */
  counts: boolean;
}

/** A credential that the authenticator holds. */
export interface HeldCredential {
  readonly credentialId: Buffer;
  readonly rpId: string;
  readonly userHandle: Buffer;
  readonly keyPair: KeyPair;
  signCount: number;
}

/** An authenticator from the inside. */
export interface Device {
  readonly aaguid: Buffer;
  readonly settings: AuthenticatorSettings;
  readonly random: (bytes: number) => Uint8Array;
  /** By credential id, base64url. */
  readonly credentials: Map<string, HeldCredential>;
  /** Credential ids by RP ID and user handle: an authenticator holds one passkey for each pair. */
  readonly idOfUser: Map<string, string>;
  readonly lazy: { rsaKeyPair?: KeyPair; issuer?: AttestationIssuer };
}

/** WebAuthn L3 §5.8.1.1. */
export function buildClientData(input: {
  readonly type: 'webauthn.create' | 'webauthn.get';
  readonly challenge: string;
  readonly origin: string;
  readonly breaks: CeremonyFault | CreateFault | UseFault | undefined;
}): Buffer {
  const { type, challenge, origin, breaks } = input;
  if (breaks === 'client-data-not-json') return Buffer.from('{"type":');
  const otherType = type === 'webauthn.get' ? 'webauthn.create' : 'webauthn.get';
  return Buffer.from(
    JSON.stringify({
      type: breaks === 'wrong-type' ? otherType : type,
      challenge: breaks === 'wrong-challenge' ? hash('sha256', challenge, 'base64url') : challenge,
      origin: breaks === 'wrong-origin' ? 'https://other.example' : origin,
      crossOrigin: breaks === 'cross-origin',
      ...(breaks === 'top-origin' ? { topOrigin: 'https://other.example' } : {}),
    }),
  );
}

/** WebAuthn L3 §6.1. */
export function buildAuthenticatorData(
  { settings }: Device,
  credential: HeldCredential,
  { breaks, attested }: { readonly breaks: CreateFault | UseFault | undefined; readonly attested?: Buffer },
): Buffer {
  const unbackable = breaks === 'backed-up-but-not-eligible';
  const flags =
    (breaks === 'user-not-present' ? 0 : 0x01) |
    (breaks === 'user-not-verified' ? 0 : 0x04) |
    (settings.backupEligible && !unbackable ? 0x08 : 0) |
    (settings.backedUp || unbackable ? 0x10 : 0) |
    (attested ? 0x40 : 0);
  const data = Buffer.concat([
    hash('sha256', breaks === 'wrong-rp-id' ? 'other.example' : credential.rpId, 'buffer'),
    Buffer.of(flags),
    uint32(breaks === 'counter-behind' ? Math.max(0, credential.signCount - 2) : credential.signCount),
    attested ?? Buffer.alloc(0),
  ]);
  if (breaks === 'authenticator-data-truncated') return data.subarray(0, data.length - 1);
  if (breaks === 'authenticator-data-trailing-bytes') return Buffer.concat([data, Buffer.of(0)]);
  return data;
}

/** WebAuthn L3 §6.5.1. */
export function buildAttestedData(
  { aaguid }: Device,
  { credentialId, keyPair }: HeldCredential,
  breaks: CreateFault | undefined,
): Buffer {
  const alg = COSE_ALGORITHMS[keyPair.algorithm];
  const claimed =
    breaks === 'algorithm-not-offered' ? -35 : breaks === 'algorithm-swapped' ? (alg === -7 ? -257 : -7) : alg;
  const publicKey = encodePublicKey(keyPair, claimed);
  if (breaks === 'public-key-damaged') flipLastBit(publicKey);
  if (breaks === 'public-key-forgeable') makeForgeable(publicKey, keyPair.algorithm);
  return Buffer.concat([
    aaguid,
    Buffer.of(credentialId.length >> 8, credentialId.length & 0xff),
    credentialId,
    publicKey,
  ]);
}

/** The last 32 bytes of an Ed25519 key are its point. After an RSA modulus come two bytes of CBOR and an exponent of three bytes. */
function makeForgeable(publicKey: Buffer, algorithm: AuthenticatorAlgorithm): void {
  if (algorithm === 'ES256') throw new TypeError('A P-256 key cannot show public-key-forgeable.');
  if (algorithm === 'EdDSA') publicKey.fill(0, publicKey.length - 32)[publicKey.length - 32] = 1;
  else publicKey[publicKey.length - 6] = (publicKey.at(-6) ?? 0) & 0xfe;
}

/** WebAuthn L3 §6.5.4, with the statement of §8.2 or §8.7. */
export function buildAttestation(
  device: Device,
  input: {
    readonly credential: HeldCredential;
    readonly options: Pick<CreationOptions, 'attestation'>;
    readonly authData: Buffer;
    readonly clientData: Buffer;
    readonly breaks: CreateFault | undefined;
  },
): Buffer {
  const { credential, options, authData, clientData, breaks } = input;
  const kind = conveyed(device, options.attestation);
  assertFaultShows(kind, breaks);
  const statement = new Map<string, CborValue>(breaks === 'none-with-statement' ? [['alg', -7]] : []);
  if (kind !== 'none') {
    const self = { ...credential.keyPair, alg: COSE_ALGORITHMS[credential.keyPair.algorithm], x5c: undefined };
    const { algorithm, privateKey, alg, x5c } = kind === 'packed-self' ? self : attestedByVendor(device, breaks);
    const signature = signWith({ algorithm, privateKey }, signedData(authData, clientData));
    if (breaks === 'attestation-signature') flipLastBit(signature);
    statement.set('alg', breaks === 'attestation-algorithm' ? -39 : alg).set('sig', signature);
    if (x5c) statement.set('x5c', x5c);
  }
  const format = breaks === 'attestation-format-unknown' ? 'example' : kind === 'none' ? 'none' : 'packed';
  const object = encodeCbor(
    new Map<string, CborValue>([
      ['fmt', format],
      ['attStmt', statement],
      ['authData', authData],
    ]),
  );
  return breaks === 'attestation-object-trailing-bytes' ? Buffer.concat([object, Buffer.of(0)]) : object;
}

/** Throws when the fault is in a part that the response does not have: such a test could not fail. */
function assertFaultShows(kind: AuthenticatorSettings['attestation'], breaks: CreateFault | undefined): void {
  const shows = {
    'none-with-statement': kind === 'none',
    'attestation-signature': kind !== 'none',
    'attestation-algorithm': kind === 'packed-self',
    'attestation-aaguid': kind === 'packed-x5c',
  } as Partial<Record<CreateFault, boolean>>;
  if (breaks !== undefined && shows[breaks] === false)
    throw new TypeError(`Attestation ${kind} cannot show ${breaks}.`);
}

function conveyed(
  { settings, aaguid }: Device,
  asked: CreationOptions['attestation'],
): AuthenticatorSettings['attestation'] {
  const tellsNothing = settings.attestation === 'packed-self' && aaguid.every((byte) => byte === 0);
  return asked === 'direct' || tellsNothing ? settings.attestation : 'none';
}

function attestedByVendor(device: Device, breaks: CreateFault | undefined) {
  device.lazy.issuer ??= createAttestationIssuer(device.aaguid);
  const issuer = breaks === 'attestation-aaguid' ? createAttestationIssuer(Buffer.alloc(16, 0xff)) : device.lazy.issuer;
  return { algorithm: 'ES256' as const, privateKey: issuer.privateKey, alg: -7, x5c: issuer.chain };
}

export function signedData(authData: Buffer, clientData: Buffer): Buffer {
  return Buffer.concat([authData, hash('sha256', clientData, 'buffer')]);
}

export function flipLastBit(target: Buffer): void {
  target[target.length - 1] = (target.at(-1) ?? 0) ^ 1;
}

function uint32(value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32BE(value);
  return encoded;
}
