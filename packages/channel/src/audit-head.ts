/** Signed heads of the network's audit trail: a JWS with the key that signs proofs, and a type of its own. */
import { epochSeconds } from '@payment-passkeys/protocol';
import { type JwtSigningKey, openToken, signToken, type VerificationKeys } from './jwt.ts';

/** RFC 8725 §3.11: no verifier of proofs accepts this type. */
const TYPE = 'audit-head+jwt';

/** The last entry of an audit trail at a time. */
export interface AuditHead {
  /** 0: there is no entry yet. */
  readonly position: number;
  /** SHA-256 of the entry's line. */
  readonly hash: Buffer;
  /** The network's origin. */
  readonly issuer: string;
  /** In whole seconds. */
  readonly signedAt: Date;
}

/** Signs a head: `{ iss, iat, position, hash }`, with the hash in hexadecimal. */
export function signAuditHead({
  position,
  hash,
  issuer,
  signedAt,
  key,
}: AuditHead & { readonly key: JwtSigningKey }): Promise<string> {
  const claims = { iss: issuer, iat: epochSeconds(signedAt), position, hash: hash.toString('hex') };
  return signToken({ type: TYPE, claims, key });
}

/** Reads a head if it was signed with one of the keys; otherwise undefined. Checks neither the issuer nor the time. */
export async function readAuditHead(jws: string, keys: VerificationKeys): Promise<AuditHead | undefined> {
  const opened = await openToken({ token: jws, type: TYPE, keys });
  if (!opened.ok) return undefined;
  const { iss, iat, position, hash } = opened.claims;
  if (typeof iss !== 'string' || !isCount(iat) || !isCount(position)) return undefined;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return undefined;
  return { position, hash: Buffer.from(hash, 'hex'), issuer: iss, signedAt: new Date(iat * 1000) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
