/** The attestation object: what a new passkey says about its origin (WebAuthn L3 §6.5.4). */
import { type CborMap, type CborValue, decodeCbor } from '../cbor.ts';
import { attempt, ensure } from '../errors.ts';

export interface AttestationObject {
  readonly format: string;
  readonly statement: CborMap;
  readonly authenticatorData: Buffer;
}

/** CBOR-decodes an attestation object (WebAuthn L3 §7.1 step 13). No byte may be left over. Throws MALFORMED. */
export function readAttestationObject(bytes: Uint8Array): AttestationObject {
  const object: CborValue = attempt('MALFORMED', () => decodeCbor(bytes));
  ensure(object instanceof Map, 'MALFORMED');
  const [format, statement, authenticatorData]: (CborValue | undefined)[] = ['fmt', 'attStmt', 'authData'].map((key) =>
    object.get(key),
  );
  ensure(typeof format === 'string' && statement instanceof Map && authenticatorData instanceof Buffer, 'MALFORMED');
  return { format, statement, authenticatorData };
}
