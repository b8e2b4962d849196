/** The JWS of OAuth 2.0: client assertions and DPoP proofs, signed with PS256 or ES256 (FAPI 2.0 Security Profile §5.4). */
import { sign as cryptoSign, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import { OAUTH2_ALGORITHMS, type OAuth2Algorithm } from '@payment-passkeys/protocol';
import { ChannelError } from '../channel-error.ts';
import { type CompactJws, type JsonObject, readCompactJws, signCompactJws } from '../compact-jws.ts';
import { withOptions } from '../key-options.ts';
import { isP256, isStrongRsaKey } from '../keys.ts';
import { type Signer, signRsa, verifyRsa } from '../rsa.ts';

/** A token whose form is right. Its signature is not verified yet. */
export interface Jws extends CompactJws {
  readonly algorithm: OAuth2Algorithm;
}

/** Undefined if {@link readCompactJws} does not read it, or if its `alg` is neither PS256 nor ES256. */
export function readJws(token: string): Jws | undefined {
  const jws = readCompactJws(token);
  const algorithm = OAUTH2_ALGORITHMS.find((name) => name === jws?.header.alg);
  return jws === undefined || algorithm === undefined ? undefined : { ...jws, algorithm };
}

const P256_SIGNATURE_BYTES = 64;
/** The signature as JWS has it: both numbers, one after the other. */
const forEs256 = withOptions({ dsaEncoding: 'ieee-p1363' as const });

/** Whether the signature is by this key. False for a key of another kind than the algorithm's, and for a weak key. */
export function isSignedBy({ algorithm, signed, signature }: Jws, publicKey: KeyObject): boolean {
  if (algorithm === 'ES256') {
    if (!isP256(publicKey) || signature.length !== P256_SIGNATURE_BYTES) return false;
    return cryptoVerify('sha256', signed, forEs256(publicKey), signature);
  }
  return isStrongRsaKey(publicKey) && verifyRsa({ data: signed, signature, publicKey, scheme: 'PSS' });
}

/** What signs a JWS: a private key, or a function in its place. `sign` returns the signature of JWS (RFC 7518 §3.4: 64 bytes for ES256). */
export interface JwsSigner {
  readonly algorithm: OAuth2Algorithm;
  readonly sign: Signer;
}

/**
 * A private key as a signer: PS256 for RSA, ES256 for P-256.
 * @throws {ChannelError} KEY_TYPE_NOT_ALLOWED
 */
export function buildJwsSigner(key: KeyObject): JwsSigner {
  if (key.type === 'private' && isP256(key)) {
    return { algorithm: 'ES256', sign: async (data) => cryptoSign('sha256', data, forEs256(key)) };
  }
  if (key.type === 'private' && isStrongRsaKey(key)) {
    return { algorithm: 'PS256', sign: (data) => signRsa({ data, key, scheme: 'PSS' }) };
  }
  throw new ChannelError('KEY_TYPE_NOT_ALLOWED', 'A private key on P-256, or RSA of at least 2048 bits, is expected.');
}

/** Signs a JWS, and sets `alg`. Checks no claim; a claim that is undefined is left out. */
export function signJws(options: {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signer: JwsSigner;
}): Promise<string> {
  const { header, claims, signer } = options;
  return signCompactJws({ header: { alg: signer.algorithm, ...header }, claims, sign: signer.sign });
}

/** A NumericDate (RFC 7519 §2) as a time; undefined for anything else. */
export function readNumericDate(value: unknown): Date | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > MAX_SECONDS) return undefined;
  return new Date(value * 1000);
}

/** The year 9999. */
const MAX_SECONDS = 253_402_300_799;

/** The form of a `jti`, bounded because it is stored. */
const JTI = /^[\x21-\x7e]{1,128}$/;

export function readJti(value: unknown): string | undefined {
  return typeof value === 'string' && JTI.test(value) ? value : undefined;
}
