/** The test vectors of W3C Web Authentication Level 3, §16. Each has a policy that allows only its own properties. */
import { readAttestationObject } from '../src/attestation/attestation-object.ts';
import { readAuthenticatorData } from '../src/authenticator-data.ts';
import {
  type AttestationFormat,
  type AttestationPolicy,
  buildAnchorTrust,
  type CeremonyPolicy,
  type StoredPasskey,
} from '../src/index.ts';
import document from '../src/vectors/webauthn-l3.json' with { type: 'json' };

export type Vector = (typeof document.vectors)[number];
export type CeremonyName = 'registration' | 'authentication';

export const VECTORS: readonly Vector[] = document.vectors;
/** The root certificate of the document, the only trust anchor. */
export const ROOT: Buffer = Buffer.from(document.attestationRootCertificate, 'base64url');
export const NOW = new Date('2026-11-24T12:00:00Z');

export interface Shown {
  readonly algorithm: number;
  readonly format: AttestationFormat;
  /** The flag in the registration, and in the authentication. */
  readonly userVerified: readonly [boolean, boolean];
  readonly crossOrigin?: { readonly topOrigins: readonly string[] };
  /** Lower-case UUID, where the attestation proves it. */
  readonly aaguid?: string;
  /** The chain ends at {@link ROOT}. */
  readonly trusted: boolean;
}

const none = { format: 'none', algorithm: -7, trusted: false } as const;
const packed = { format: 'packed', trusted: true } as const;

export const SHOWN: Readonly<Record<string, Shown>> = {
  'none-es256': { ...none, userVerified: [false, false] },
  'packed-self-es256': { format: 'packed', algorithm: -7, trusted: false, userVerified: [true, false] },
  'none-es256-crossOrigin': { ...none, userVerified: [true, true], crossOrigin: { topOrigins: [] } },
  'none-es256-topOrigin': {
    ...none,
    userVerified: [false, true],
    crossOrigin: { topOrigins: ['https://example.com'] },
  },
  'none-es256-long-credential-id': { ...none, userVerified: [false, true] },
  'packed-es256': {
    ...packed,
    algorithm: -7,
    userVerified: [true, true],
    aaguid: '876ca4f5-2071-c3e9-b255-09ef2cdf7ed6',
  },
  'packed-es384': {
    ...packed,
    algorithm: -35,
    userVerified: [false, true],
    aaguid: 'e950dcda-3bda-e1d0-87cd-a380a897848b',
  },
  'packed-es512': {
    ...packed,
    algorithm: -36,
    userVerified: [true, false],
    aaguid: '39d8ce6a-3cf6-1025-7750-83a738e5c254',
  },
  'packed-rs256': {
    ...packed,
    algorithm: -257,
    userVerified: [true, false],
    aaguid: '428f8878-298b-9862-a36a-d8c7527bfef2',
  },
  'packed-eddsa': {
    ...packed,
    algorithm: -8,
    userVerified: [false, false],
    aaguid: 'd5aa3358-1e8c-a478-e20f-e713f5d32ff2',
  },
  'packed-ed448': {
    ...packed,
    algorithm: -53,
    userVerified: [false, true],
    aaguid: '41c913ae-da92-5fe0-2273-322e34c2ae67',
  },
  'tpm-es256': {
    format: 'tpm',
    algorithm: -7,
    trusted: true,
    userVerified: [true, true],
    aaguid: '4b92a377-fc5f-6107-c4c8-5c190adbfd99',
  },
  'android-key-es256': {
    format: 'android-key',
    algorithm: -7,
    trusted: true,
    userVerified: [true, false],
    aaguid: 'ade9705e-1ce7-085b-899a-540d02199bf8',
  },
  'apple-es256': {
    format: 'apple',
    algorithm: -7,
    trusted: true,
    userVerified: [false, false],
    aaguid: '748210a2-0076-616a-733b-2114336fc384',
  },
  'fido-u2f-es256': { format: 'fido-u2f', algorithm: -7, trusted: true, userVerified: [false, false] },
};

export function shownBy({ id }: Vector): Shown {
  const shown = SHOWN[id];
  if (shown === undefined) throw new Error(`No row for ${id}.`);
  return shown;
}

/** Requires a trusted attestation if the vector has one, and its model if the attestation proves the model. */
export function policyFor(vector: Vector, ceremony: CeremonyName): CeremonyPolicy {
  const shown = shownBy(vector);
  return {
    rpId: document.rpId,
    rpName: 'Test vectors',
    origins: [document.origin],
    crossOrigin: shown.crossOrigin ?? 'refused',
    userVerification: shown.userVerified[ceremony === 'registration' ? 0 : 1] ? 'required' : 'optional',
    attachment: 'any',
    residentKey: 'optional',
    algorithms: [shown.algorithm],
    attestation: attestationFor(shown),
    attestationFormats: [shown.format],
    // The vector's key description has two empty lists.
    androidKeys: 'any',
  };
}

function attestationFor({ trusted, aaguid }: Shown): AttestationPolicy {
  const trust = buildAnchorTrust([ROOT]);
  if (!trusted) return { demand: 'record', trust };
  return { demand: 'require', trust, allow: aaguid === undefined ? 'any' : [aaguid], deny: [] };
}

/** What `verifyRegistration` takes. */
export function registrationOf(vector: Vector) {
  const { challenge, ...response } = vector.registration;
  const credential = { ...identify(vector), response };
  return { policy: policyFor(vector, 'registration'), challenge: decode(challenge), credential, now: NOW };
}

/** What `verifyAssertion` takes. The passkey is taken from the registration without verifying it. */
export function authenticationOf(vector: Vector) {
  const { challenge, ...response } = vector.authentication;
  const credential = { ...identify(vector), response };
  const passkey = storedPasskeyOf(vector);
  return { policy: policyFor(vector, 'authentication'), challenge: decode(challenge), credential, passkey };
}

function identify({ credentialId }: Vector) {
  return { id: credentialId, rawId: credentialId, type: 'public-key' };
}

function storedPasskeyOf({ credentialId, registration }: Vector): StoredPasskey {
  const { authenticatorData } = readAttestationObject(decode(registration.attestationObject));
  const { credential } = readAuthenticatorData(authenticatorData);
  if (credential === undefined) throw new Error('A registration has a credential.');
  const { publicKey } = credential;
  return { credentialId: decode(credentialId), publicKey, signCount: 0, userHandle: Buffer.alloc(32) };
}

export function decode(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
