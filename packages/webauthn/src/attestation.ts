/** The attestation object: where a new passkey says that it comes from (WebAuthn L3 §6.5). */
import { decodeAttestationObject, isoCBOR } from '@simplewebauthn/server/helpers';
import { attempt, CeremonyError, ensure } from './errors.ts';
import { ACCEPTED_ATTESTATION_FORMATS, type AttestationFormat } from './policy.ts';

/** A chain is one to a few certificates; more, or larger ones, are not read. */
const MAX_CHAIN_LENGTH = 8;

export interface AttestationObject {
  readonly format: string;
  readonly statement: ReadonlyMap<unknown, unknown>;
  readonly authenticatorData: Uint8Array;
}

/** CBOR-decodes an attestation object (WebAuthn L3 §7.1 step 13), of which every byte has to belong to it. Throws MALFORMED. */
export function readAttestationObject(bytes: Uint8Array): AttestationObject {
  const decoded: unknown = attempt('MALFORMED', () => {
    const value: unknown = decodeAttestationObject(Uint8Array.from(bytes));
    // The decoder stops after the first item and tolerates long forms. Encoding again shows both.
    if (!Buffer.from(isoCBOR.encode(value as never)).equals(bytes)) throw new CeremonyError('MALFORMED');
    return value;
  });
  ensure(decoded instanceof Map, 'MALFORMED');
  const [format, statement, authenticatorData]: unknown[] = ['fmt', 'attStmt', 'authData'].map((key) =>
    decoded.get(key),
  );
  ensure(
    typeof format === 'string' && statement instanceof Map && authenticatorData instanceof Uint8Array,
    'MALFORMED',
  );
  return { format, statement, authenticatorData };
}

/**
 * What is asked of a statement before its signature is verified (WebAuthn L3 §7.1 step 21, §8.2, §8.7): an accepted format; nothing in a
 * `none` statement; the key's own algorithm in a self attestation. Answers the format and the certificates, DER, leaf first.
 * Throws ATTESTATION_NOT_ALLOWED, ATTESTATION_INVALID.
 */
export function checkAttestationStatement(
  { format, statement }: AttestationObject,
  algorithm: number,
): { readonly format: AttestationFormat; readonly chain: Buffer[] } {
  ensure(isAccepted(format), 'ATTESTATION_NOT_ALLOWED');
  if (format === 'none') {
    ensure(statement.size === 0, 'ATTESTATION_INVALID');
    return { format, chain: [] };
  }
  const chain: unknown = statement.get('x5c');
  if (chain === undefined) {
    ensure(statement.get('alg') === algorithm, 'ATTESTATION_INVALID');
    return { format, chain: [] };
  }
  ensure(isChain(chain), 'ATTESTATION_INVALID');
  return { format, chain: chain.map((certificate) => Buffer.from(certificate)) };
}

function isAccepted(format: string): format is AttestationFormat {
  return (ACCEPTED_ATTESTATION_FORMATS as readonly string[]).includes(format);
}

function isChain(value: unknown): value is Uint8Array[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_CHAIN_LENGTH &&
    value.every((certificate) => certificate instanceof Uint8Array)
  );
}
