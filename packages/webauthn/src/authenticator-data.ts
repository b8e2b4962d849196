/** The authenticator data: what the authenticator itself says (WebAuthn L3 §6.1). */
import { decodeCborItem } from './cbor.ts';
import { attempt, ensure } from './errors.ts';
import type { CeremonyPolicy } from './policy.ts';
import { sha256 } from './signature.ts';

/** rpIdHash, flags, signCount; then, where its flag says so, a credential (§6.5.1) and extensions. */
const [FLAGS_AT, COUNTER_AT, FIXED_BYTES] = [32, 33, 37];
const [AAGUID_BYTES, LENGTH_BYTES] = [16, 2];
const [UP, UV, BE, BS, AT, ED] = [0x01, 0x04, 0x08, 0x10, 0x40, 0x80];

export interface AttestedCredential {
  /** 16 bytes. */
  readonly aaguid: Buffer;
  readonly credentialId: Buffer;
  /** COSE_Key, unchanged. */
  readonly publicKey: Buffer;
}

export interface AuthenticatorData {
  readonly bytes: Uint8Array;
  readonly rpIdHash: Buffer;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** 0 to 2³² - 1. */
  readonly signCount: number;
  readonly credential: AttestedCredential | undefined;
}

/**
 * Reads authenticator data and checks it against the policy: relying party, user present, user verified, and backed up only if it is
 * eligible (WebAuthn L3 §7.1 steps 14 to 17, §7.2 steps 15 to 18). Throws MALFORMED (truncated, or bytes left over), RP_ID_MISMATCH,
 * USER_NOT_PRESENT, USER_NOT_VERIFIED, BACKUP_STATE_INVALID. Extensions are read to find their end, and ignored.
 */
export function checkAuthenticatorData(bytes: Uint8Array, policy: CeremonyPolicy): AuthenticatorData {
  const data = readAuthenticatorData(bytes);
  ensure(sha256(policy.rpId).equals(data.rpIdHash), 'RP_ID_MISMATCH');
  ensure(data.userPresent, 'USER_NOT_PRESENT');
  ensure(data.userVerified || policy.userVerification !== 'required', 'USER_NOT_VERIFIED');
  ensure(data.backupEligible || !data.backedUp, 'BACKUP_STATE_INVALID');
  return data;
}

/** Reads authenticator data. No byte may be left over. Throws MALFORMED. */
export function readAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  ensure(view.length >= FIXED_BYTES, 'MALFORMED');
  const flags = view.readUInt8(FLAGS_AT);
  const attested = (flags & AT) === 0 ? undefined : readAttestedCredential(view.subarray(FIXED_BYTES));
  const end = FIXED_BYTES + (attested?.bytes ?? 0);
  ensure(((flags & ED) === 0 ? end : endOfExtensions(view, end)) === view.length, 'MALFORMED');
  return {
    bytes,
    rpIdHash: view.subarray(0, FLAGS_AT),
    userPresent: (flags & UP) !== 0,
    userVerified: (flags & UV) !== 0,
    backupEligible: (flags & BE) !== 0,
    backedUp: (flags & BS) !== 0,
    signCount: view.readUInt32BE(COUNTER_AT),
    credential: attested?.credential,
  };
}

function readAttestedCredential(view: Buffer): { readonly credential: AttestedCredential; readonly bytes: number } {
  const idAt = AAGUID_BYTES + LENGTH_BYTES;
  ensure(view.length >= idAt, 'MALFORMED');
  const keyAt = idAt + view.readUInt16BE(AAGUID_BYTES);
  const { value, end } = attempt('MALFORMED', () => decodeCborItem(view, keyAt));
  ensure(value instanceof Map, 'MALFORMED');
  const credential = {
    aaguid: view.subarray(0, AAGUID_BYTES),
    credentialId: view.subarray(idAt, keyAt),
    publicKey: view.subarray(keyAt, end),
  };
  return { credential, bytes: end };
}

function endOfExtensions(view: Buffer, start: number): number {
  const { value, end } = attempt('MALFORMED', () => decodeCborItem(view, start));
  ensure(value instanceof Map, 'MALFORMED');
  return end;
}

/** 16 bytes as a lower-case UUID. */
export function formatAaguid(aaguid: Buffer): string {
  const hex = aaguid.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
