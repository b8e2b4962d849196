/** JSON Web Tokens between the parties: only RS256; issuer, audience and time are always checked. */
import type { KeyObject } from 'node:crypto';
import { CLOCK_SKEW_SECONDS, epochSeconds } from '@payment-passkeys/protocol';
import { type CompactJws, readCompactJws, signCompactJws } from './compact-jws.ts';
import { isStrongRsaKey } from './keys.ts';
import { type Signer, signRsa, verifyRsa } from './rsa.ts';

export interface JwtSigningKey {
  readonly kid: string;
  /** An RSA private key, or a {@link Signer} (RS256) that holds one. */
  readonly privateKey: KeyObject | Signer;
}

export interface VerificationKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
}

/** A list, or a look-up that may fetch: a look-up can load the key set again when a `kid` is new. */
export type VerificationKeys =
  | readonly VerificationKey[]
  | ((kid: string) => VerificationKey | undefined | Promise<VerificationKey | undefined>);

export type Claims = Readonly<Record<string, unknown>>;

export type JwtVerdict =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly code: 'JWT_INVALID' }
  /** Genuine, but expired. */
  | { readonly ok: false; readonly code: 'JWT_EXPIRED'; readonly claims: Claims };

/**
 * Why a token is refused: the first that applies, in this order. From `ISSUER` on the signature is valid.
 * - `MALFORMED`: not a compact JWT by RS256 with claims and a `kid`.
 * - `UNKNOWN_KEY`: no key with that `kid`, or a weak one.
 * - `SIGNATURE`, `ISSUER`, `AUDIENCE`: not the expected one.
 * - `TIME`: `iat` or `exp` is not a time; `NOT_YET_VALID`: `iat` is in the future, so one of the two clocks is wrong; `EXPIRED`.
 */
export type JwtRefusal =
  | 'MALFORMED'
  | 'UNKNOWN_KEY'
  | 'SIGNATURE'
  | 'ISSUER'
  | 'AUDIENCE'
  | 'TIME'
  | 'NOT_YET_VALID'
  | 'EXPIRED';

export type JwtJudgement =
  | { readonly ok: true; readonly claims: Claims }
  /** `claims` if their signature is valid. */
  | { readonly ok: false; readonly code: JwtRefusal; readonly claims: Claims | undefined };

export interface JwtExpectation {
  readonly jwt: string;
  readonly keys: VerificationKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly now: Date;
}

/** Signs a JWT (RFC 7519) with RS256, which is deterministic: equal claims in equal order give equal text. Checks no claim. */
export function signJwt(options: { readonly claims: Claims; readonly key: JwtSigningKey }): Promise<string> {
  return signToken({ ...options, type: 'JWT' });
}

/** {@link signJwt} with another `typ`: RFC 8725 §3.11. */
export function signToken(options: {
  readonly type: string;
  readonly claims: Claims;
  readonly key: JwtSigningKey;
}): Promise<string> {
  const { type, claims, key } = options;
  return signCompactJws({
    header: { kid: key.kid, typ: type, alg: 'RS256' },
    claims,
    sign: (data) => signRsa({ data, key: key.privateKey, scheme: 'PKCS1' }),
  });
}

/**
 * Verifies the form (canonical base64url), the header (RS256, `typ` JWT, a known `kid`, no `crit`), the signature by an RSA key of at least
 * 2048 bits, `iss` and `aud` (exact matches), `iat` (at most CLOCK_SKEW_SECONDS ahead), and last `exp`: JWT_EXPIRED means that everything
 * else is valid. Does not check that a token is used once. Throws only what a look-up throws.
 */
export async function verifyJwt(expected: JwtExpectation): Promise<JwtVerdict> {
  const judgement = await judgeJwt(expected);
  if (judgement.ok) return judgement;
  const { code, claims } = judgement;
  return code === 'EXPIRED' && claims ? { ok: false, code: 'JWT_EXPIRED', claims } : { ok: false, code: 'JWT_INVALID' };
}

/** Like {@link verifyJwt}, but with the reason of a refusal. It is for the log of the verifier, never for the sender. */
export async function judgeJwt(expected: JwtExpectation): Promise<JwtJudgement> {
  const opened = await openToken({ token: expected.jwt, type: 'JWT', keys: expected.keys });
  if (!opened.ok) return opened;
  const { claims } = opened;
  const code = findRefusal(claims, expected);
  return code === undefined ? { ok: true, claims } : { ok: false, code, claims };
}

/** Verifies the form, the header with its `typ`, and the signature; no claim. Throws only what a look-up of keys throws. */
export async function openToken(sealed: {
  readonly token: string;
  readonly type: string;
  readonly keys: VerificationKeys;
}): Promise<JwtJudgement> {
  const { keys } = sealed;
  const token = readJwt(sealed.token, sealed.type);
  if (token === undefined) return { ok: false, code: 'MALFORMED', claims: undefined };
  const key = typeof keys === 'function' ? await keys(token.kid) : keys.find(({ kid }) => kid === token.kid);
  if (key === undefined || !isStrongRsaKey(key.publicKey)) {
    return { ok: false, code: 'UNKNOWN_KEY', claims: undefined };
  }
  const { signed: data, signature, claims } = token;
  if (!verifyRsa({ data, signature, publicKey: key.publicKey, scheme: 'PKCS1' })) {
    return { ok: false, code: 'SIGNATURE', claims: undefined };
  }
  return { ok: true, claims };
}

function findRefusal(
  { iss, aud, iat, exp }: Claims,
  { issuer, audience, now }: JwtExpectation,
): JwtRefusal | undefined {
  if (iss !== issuer) return 'ISSUER';
  if (aud !== audience) return 'AUDIENCE';
  if (!isSeconds(iat) || !isSeconds(exp) || iat >= exp) return 'TIME';
  // Written so that an invalid clock (NaN) refuses.
  if (!(iat <= epochSeconds(now) + CLOCK_SKEW_SECONDS)) return 'NOT_YET_VALID';
  return epochSeconds(now) < exp ? undefined : 'EXPIRED';
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readJwt(token: string, type: string): (CompactJws & { readonly kid: string }) | undefined {
  const jws = readCompactJws(token);
  if (jws === undefined) return undefined;
  const { alg, typ, kid } = jws.header;
  return alg === 'RS256' && typ === type && typeof kid === 'string' ? { ...jws, kid } : undefined;
}
