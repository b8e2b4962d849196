/** DPoP proofs (RFC 9449 §4): tokens that show that a request comes from the holder of the key to which its access token is bound. */
import { createPublicKey, generateKeyPairSync, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { addSeconds, CLOCK_SKEW_SECONDS, DPOP_PROOF_SECONDS, epochSeconds } from '@payment-passkeys/protocol';
import type { JsonObject } from '../compact-jws.ts';
import { hasOddModulus, isStrongRsaKey } from '../keys.ts';
import { buildJwsSigner, isSignedBy, type JwsSigner, readJti, readJws, readNumericDate, signJws } from './jws.ts';

/** The key of a client's proofs. */
export interface DpopKey {
  readonly signer: JwsSigner;
  readonly jwk: JsonWebKey;
  /** Its thumbprint (RFC 7638, SHA-256). */
  readonly jkt: string;
}

/** Makes a new key on P-256. It is for one process: a token that is bound to it is worth nothing without it. */
export function generateDpopKey(): DpopKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = readPublicMembers(publicKey.export({ format: 'jwk' }));
  if (jwk === undefined) throw new Error('A new key has its members.');
  return { signer: buildJwsSigner(privateKey), jwk, jkt: thumbprintOf(jwk) };
}

/** Signs a proof for one request (RFC 9449 §4.2). Query and fragment of `url` are left out. */
export function signDpopProof(request: {
  readonly key: DpopKey;
  readonly method: string;
  readonly url: string;
  /** Undefined at the token endpoint. */
  readonly accessToken: string | undefined;
  /** The server nonce, once there is one. */
  readonly nonce: string | undefined;
  readonly jti: string;
  readonly now: Date;
}): Promise<string> {
  const { key, method, url, accessToken, nonce, jti, now } = request;
  const iat = epochSeconds(now);
  return signJws({
    header: { typ: 'dpop+jwt', jwk: key.jwk },
    claims: {
      jti,
      htm: method,
      htu: url.replace(/[?#].*$/s, ''),
      iat,
      exp: iat + DPOP_PROOF_SECONDS,
      nonce,
      ...(accessToken !== undefined && { ath: hash('sha256', accessToken, 'base64url') }),
    },
    signer: key.signer,
  });
}

export interface DpopExpectation {
  /** The value of the DPoP header. */
  readonly proof: string | undefined;
  readonly method: string;
  /** The receiver's own public address of the request. Query and fragment do not count. */
  readonly url: string;
  /** The token that the proof is sent with; undefined at the token endpoint. */
  readonly accessToken: string | undefined;
  readonly now: Date;
}

export type DpopVerdict =
  | {
      readonly ok: true;
      /** The thumbprint of the key (RFC 7638, SHA-256). */
      readonly jkt: string;
      readonly jti: string;
      readonly issuedAt: Date;
      /** The server nonce, which the caller checks. */
      readonly nonce: string | undefined;
    }
  | {
      readonly ok: false;
      readonly code: DpopRefusal;
      /** A description of the fault, without any value of the request. */
      readonly description: string;
    };

const DESCRIPTIONS = {
  MISSING: 'The request has no DPoP header.',
  MALFORMED: 'The DPoP header is not one JWT with the typ dpop+jwt, signed with PS256 or ES256.',
  KEY: 'The jwk of the proof has to be a public key: RSA of at least 2048 bits for PS256, P-256 for ES256.',
  SIGNATURE: 'The signature of the proof is not by its jwk.',
  CLAIMS: 'The proof needs jti (1 to 128 visible characters), htm, htu and iat.',
  METHOD: 'The htm of the proof is not the method of the request.',
  URL: 'The htu of the proof is not the public address of the request, without query and fragment.',
  TIME: `The iat of the proof has to lie within the last ${DPOP_PROOF_SECONDS} seconds, and its exp in the future; clocks may differ by ${CLOCK_SKEW_SECONDS} seconds.`,
  TOKEN_HASH: 'The ath of the proof is not the SHA-256 of the access token in base64url.',
} as const;
export type DpopRefusal = keyof typeof DESCRIPTIONS;

/**
 * Makes a function that verifies a proof (RFC 9449 §4.3), except for three checks of the caller: that its `jti` was not used before, that its
 * `nonce` is one of the server's, and that `jkt` is the token's. The function remembers keys that it has read. It never throws.
 */
export function createDpopVerifier(): (expected: DpopExpectation) => DpopVerdict {
  const readKey = createKeyReader();
  return (expected) => verifyProof(expected, readKey);
}

function verifyProof({ proof, method, url, accessToken, now }: DpopExpectation, readKey: KeyReader): DpopVerdict {
  if (proof === undefined) return refuse('MISSING');
  const jws = readJws(proof);
  if (jws === undefined || jws.header.typ !== 'dpop+jwt') return refuse('MALFORMED');
  const key = readKey(jws.header.jwk);
  if (key === undefined) return refuse('KEY');
  if (!isSignedBy(jws, key.publicKey)) return refuse('SIGNATURE');
  const { htm, htu, iat, exp, nbf, nonce, ath } = jws.claims;
  const jti = readJti(jws.claims.jti);
  const issuedAt = readNumericDate(iat);
  if (jti === undefined || issuedAt === undefined || typeof htu !== 'string') return refuse('CLAIMS');
  if (htm !== method) return refuse('METHOD');
  if (!isSameAddress(htu, url)) return refuse('URL');
  const earliest = addSeconds(now, -CLOCK_SKEW_SECONDS);
  const latest = addSeconds(now, CLOCK_SKEW_SECONDS);
  // Written so that an invalid clock (NaN) refuses.
  if (!(addSeconds(issuedAt, DPOP_PROOF_SECONDS) >= earliest && issuedAt <= latest)) return refuse('TIME');
  if (exp !== undefined && !((readNumericDate(exp) ?? earliest) > earliest)) return refuse('TIME');
  if (nbf !== undefined && !((readNumericDate(nbf) ?? Infinity) <= latest)) return refuse('TIME');
  if (accessToken !== undefined && ath !== hash('sha256', accessToken, 'base64url')) return refuse('TOKEN_HASH');
  return { ok: true, jkt: key.jkt, jti, issuedAt, nonce: typeof nonce === 'string' ? nonce : undefined };
}

function refuse(code: DpopRefusal): DpopVerdict {
  return { ok: false, code, description: DESCRIPTIONS[code] };
}

/** Compares as RFC 9449 §4.3 step 9 asks for: after normalisation, without query and fragment. */
function isSameAddress(htu: string, url: string): boolean {
  if (htu === url) return true;
  const [given, own] = [htu, url].map(readAddress);
  return given !== undefined && given === own;
}

function readAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { username, password, origin, pathname } = new URL(text);
  return username === '' && password === '' ? origin + pathname : undefined;
}

interface ProofKey {
  readonly publicKey: KeyObject;
  readonly jkt: string;
}

type KeyReader = (jwk: unknown) => ProofKey | undefined;

/** The keys are forgotten when there are more. A client has one or two, and each takes a kilobyte. */
const MAX_KEYS = 1000;

function createKeyReader(): KeyReader {
  const keys = new Map<string, ProofKey>();
  return (jwk) => {
    const members = readPublicMembers(jwk);
    if (members === undefined) return undefined;
    // The members are in the order of RFC 7638 §3.2.
    const canonical = JSON.stringify(members);
    const known = keys.get(canonical);
    if (known !== undefined) return known;
    const publicKey = importKey(members);
    if (publicKey === undefined) return undefined;
    if (keys.size >= MAX_KEYS) keys.clear();
    const key = { publicKey, jkt: thumbprintOf(members) };
    keys.set(canonical, key);
    return key;
  };
}

/**
 * The thumbprint of a public key (RFC 7638, SHA-256). Undefined if its members are not those of a key on P-256 or of RSA. The key's strength is
 * not checked.
 */
export function readJwkThumbprint(jwk: unknown): string | undefined {
  const members = readPublicMembers(jwk);
  return members && thumbprintOf(members);
}

/** RFC 7638, for members in its order. */
function thumbprintOf(members: JsonWebKey): string {
  return hash('sha256', JSON.stringify(members), 'base64url');
}

const BASE64URL = /^[A-Za-z0-9_-]{1,1400}$/;

function readPublicMembers(jwk: unknown): JsonWebKey | undefined {
  if (typeof jwk !== 'object' || jwk === null || 'd' in jwk) return undefined;
  const { kty, crv, x, y, n, e } = jwk as JsonObject;
  const isText = (value: unknown): value is string => typeof value === 'string' && BASE64URL.test(value);
  if (kty === 'EC' && crv === 'P-256' && isText(x) && isText(y)) return { crv, kty, x, y };
  if (kty === 'RSA' && isText(e) && isText(n)) return { e, kty, n };
  return undefined;
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return jwk.kty === 'EC' || (isStrongRsaKey(key) && hasOddModulus(key)) ? key : undefined;
  } catch {
    return undefined; // no point of the curve
  }
}
