/** The authenticator data: what the authenticator itself says (WebAuthn L3 §6.1). */
import { hash } from 'node:crypto';
import { parseAuthenticatorData } from '@simplewebauthn/server/helpers';
import { attempt, ensure } from './errors.ts';
import type { CeremonyPolicy } from './policy.ts';

export type AuthenticatorData = ReturnType<typeof parseAuthenticatorData>;

/**
 * Reads authenticator data and holds it against the policy: relying party, user present, user verified, backed up only where it can
 * be (WebAuthn L3 §7.1 steps 14 to 17, §7.2 steps 15 to 18). Throws MALFORMED (cut short, or bytes left over), RP_ID_MISMATCH,
 * USER_NOT_PRESENT, USER_NOT_VERIFIED, BACKUP_STATE_INVALID.
 */
export function checkAuthenticatorData(bytes: Uint8Array, policy: CeremonyPolicy): AuthenticatorData {
  const data = attempt('MALFORMED', () => parseAuthenticatorData(Uint8Array.from(bytes)));
  ensure(hash('sha256', policy.rpId, 'buffer').equals(data.rpIdHash), 'RP_ID_MISMATCH');
  ensure(data.flags.up, 'USER_NOT_PRESENT');
  ensure(data.flags.uv, 'USER_NOT_VERIFIED');
  ensure(data.flags.be || !data.flags.bs, 'BACKUP_STATE_INVALID');
  return data;
}
