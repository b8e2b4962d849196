/** The authenticator data: what the authenticator itself says (WebAuthn L3 §6.1). */
import { hash } from 'node:crypto';
import { parseAuthenticatorData } from '@simplewebauthn/server/helpers';
import { attempt, ensure } from './errors.ts';
import type { CeremonyPolicy } from './policy.ts';

/** rpIdHash, flags, signCount; then, where there is one, a credential (§6.5.1). */
const FIXED_BYTES = 32 + 1 + 4;
const [AAGUID_BYTES, LENGTH_BYTES] = [16, 2];

export type AuthenticatorData = ReturnType<typeof parseAuthenticatorData>;

/**
 * Reads authenticator data and holds it against the policy: relying party, user present, user verified, backed up only where it can
 * be (WebAuthn L3 §7.1 steps 14 to 17, §7.2 steps 15 to 18). Throws MALFORMED (cut short, or bytes left over), RP_ID_MISMATCH,
 * USER_NOT_PRESENT, USER_NOT_VERIFIED, BACKUP_STATE_INVALID.
 */
export function checkAuthenticatorData(bytes: Uint8Array, policy: CeremonyPolicy): AuthenticatorData {
  const data = attempt('MALFORMED', () => parseAuthenticatorData(Uint8Array.from(bytes)));
  ensure(isExact(bytes, data), 'MALFORMED');
  ensure(hash('sha256', policy.rpId, 'buffer').equals(data.rpIdHash), 'RP_ID_MISMATCH');
  ensure(data.flags.up, 'USER_NOT_PRESENT');
  ensure(data.flags.uv, 'USER_NOT_VERIFIED');
  ensure(data.flags.be || !data.flags.bs, 'BACKUP_STATE_INVALID');
  return data;
}

/**
 * Whether the CBOR parts are, byte for byte, what the library read in them. Its decoder takes a byte string that is cut short for a
 * shorter one, so that the key it answers need not be the key that came.
 */
function isExact(
  bytes: Uint8Array,
  { credentialID, credentialPublicKey, extensionsDataBuffer }: AuthenticatorData,
): boolean {
  const attestedHeader = credentialID === undefined ? 0 : AAGUID_BYTES + LENGTH_BYTES + credentialID.length;
  const parts = [credentialPublicKey ?? new Uint8Array(), extensionsDataBuffer ?? new Uint8Array()];
  return Buffer.concat(parts).equals(bytes.subarray(FIXED_BYTES + attestedHeader));
}
