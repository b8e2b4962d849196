/** Compact JWS (RFC 7515) of OAuth 2.0: client assertions and DPoP proofs, signed with PS256 or ES256 (FAPI 2.0 Security Profile §5.4). */
import { constants, sign as cryptoSign, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import { OAUTH2_ALGORITHMS, type OAuth2Algorithm } from '@payment-passkeys/protocol';
import { decodeBase64Url } from '../base64.ts';
import { ChannelError } from '../channel-error.ts';
import { isP256, isStrongRsaKey } from '../keys.ts';
import type { Signer } from '../rsa.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A token whose form is right. Its signature is not verified yet. */
export interface Jws {
  readonly algorithm: OAuth2Algorithm;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const MAX_LENGTH = 4096;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined if it is not a compact JWS with JSON objects and canonical base64url, if its `alg` is another one, or if it has `crit`. */
export function readJws(token: string): Jws | undefined {
  const segments = token.length > MAX_LENGTH ? [] : token.split('.');
  if (segments.length !== 3) return undefined;
  const [headerBytes, claimsBytes, signature] = segments.map(decodeBase64Url);
  if (!headerBytes || !claimsBytes || !signature) return undefined;
  const header = readJsonObject(headerBytes);
  const claims = readJsonObject(claimsBytes);
  const algorithm = OAUTH2_ALGORITHMS.find((name) => name === header?.alg);
  if (header === undefined || claims === undefined || algorithm === undefined || 'crit' in header) return undefined;
  return { algorithm, header, claims, signed: Buffer.from(token.slice(0, token.lastIndexOf('.'))), signature };
}

function readJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

const P256_SIGNATURE_BYTES = 64;

/** Whether the signature is by this key. A key of the other algorithm's kind, or a weak one, has signed nothing. */
export function isSignedBy({ algorithm, signed, signature }: Jws, publicKey: KeyObject): boolean {
  if (algorithm === 'ES256') {
    if (!isP256(publicKey) || signature.length !== P256_SIGNATURE_BYTES) return false;
    return cryptoVerify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }
  if (!isStrongRsaKey(publicKey)) return false;
  const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return cryptoVerify('sha256', signed, pss, signature);
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
    return { algorithm: 'ES256', sign: async (data) => cryptoSign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }) };
  }
  if (key.type === 'private' && isStrongRsaKey(key)) {
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    return { algorithm: 'PS256', sign: async (data) => cryptoSign('sha256', data, pss) };
  }
  throw new ChannelError('KEY_TYPE_NOT_ALLOWED', 'A private key on P-256, or RSA of at least 2048 bits, is expected.');
}

/** Signs a compact JWS. Checks no claim; a claim that is undefined is left out. */
export async function signJws(options: {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signer: JwsSigner;
}): Promise<string> {
  const { header, claims, signer } = options;
  const signed = [{ alg: signer.algorithm, ...header }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = await signer.sign(Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

/** A NumericDate (RFC 7519 §2) as a time; undefined for anything else. */
export function readNumericDate(value: unknown): Date | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > MAX_SECONDS) return undefined;
  return new Date(value * 1000);
}

/** The year 9999. */
const MAX_SECONDS = 253_402_300_799;

/** A `jti`, which is stored. */
const JTI = /^[\x21-\x7e]{1,128}$/;

export function readJti(value: unknown): string | undefined {
  return typeof value === 'string' && JTI.test(value) ? value : undefined;
}
