/** The common input, output and first steps of every attestation statement format (WebAuthn L3 §6.5.2). */
import type { AttestedCredential, AuthenticatorData } from '../authenticator-data.ts';
import type { CborMap, CborValue } from '../cbor.ts';
import { type Certificate, readCertificate } from '../certificates/certificate.ts';
import { ensure } from '../errors.ts';
import type { CeremonyPolicy } from '../policy.ts';
import type { CoseKey } from '../public-key.ts';

/** The maximum of certificates in a chain. */
const MAX_CHAIN_LENGTH = 8;

/** The input of each format's verification. */
export interface StatementInput {
  readonly statement: CborMap;
  readonly data: AuthenticatorData;
  readonly credential: AttestedCredential;
  readonly publicKey: CoseKey;
  /** SHA-256 of the client data. */
  readonly clientDataHash: Buffer;
  readonly androidKeys: CeremonyPolicy['androidKeys'];
}

export interface VerifiedStatement {
  /** The attestation trust path, leaf first; empty without attestation and with self attestation. Not yet verified to an anchor. */
  readonly chain: readonly Certificate[];
  /** Whether the attestation's signature covers the AAGUID. */
  readonly aaguidSigned: boolean;
}

/** Reads `x5c`, DER certificates, leaf first. Throws ATTESTATION_INVALID, or what reading a certificate throws. */
export function readChain(x5c: CborValue | undefined): readonly [Certificate, ...Certificate[]] {
  ensure(Array.isArray(x5c) && x5c.length <= MAX_CHAIN_LENGTH, 'ATTESTATION_INVALID');
  const [leaf, ...authorities] = x5c.map((certificate: CborValue) => {
    ensure(certificate instanceof Buffer, 'ATTESTATION_INVALID');
    return readCertificate(certificate);
  });
  ensure(leaf !== undefined, 'ATTESTATION_INVALID');
  return [leaf, ...authorities];
}

/** Throws ATTESTATION_INVALID unless the condition holds. */
export function ensureAttested(condition: boolean): asserts condition {
  ensure(condition, 'ATTESTATION_INVALID');
}
