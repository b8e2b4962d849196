/** Client assertions (RFC 7523 §2.2, `private_key_jwt`): tokens by which a client proves its identity to the token endpoint. */
import type { KeyObject } from 'node:crypto';
import { addSeconds, CLIENT_ASSERTION_SECONDS, CLOCK_SKEW_SECONDS, epochSeconds } from '@payment-passkeys/protocol';
import { isSignedBy, type Jws, type JwsSigner, readJti, readJws, readNumericDate, signJws } from './jws.ts';

/** Mastercard's client uses the same lifetime. */
const LIFETIME_SECONDS = 90;

/** Signs an assertion for one token request, valid for 90 seconds. */
export function signClientAssertion(request: {
  readonly clientId: string;
  /** The issuer of the authorization server's metadata. */
  readonly audience: string;
  readonly signer: JwsSigner;
  /** The id of the key, if the server has given one. */
  readonly kid: string | undefined;
  readonly jti: string;
  readonly now: Date;
}): Promise<string> {
  const { clientId, audience, signer, kid, jti, now } = request;
  const iat = epochSeconds(now);
  return signJws({
    header: { typ: 'JWT', kid },
    claims: { iss: clientId, sub: clientId, aud: audience, jti, iat, nbf: iat, exp: iat + LIFETIME_SECONDS },
    signer,
  });
}

const DESCRIPTIONS = {
  MALFORMED: 'The client_assertion is not a JWT signed with PS256 or ES256, with iss and sub equal.',
  SIGNATURE: 'The client_assertion is not signed with a key of the client.',
  AUDIENCE: 'The aud of the client_assertion has to be the issuer or the token endpoint, alone.',
  CLAIMS: 'The client_assertion needs jti (1 to 128 visible characters) and exp.',
  TIME: `The exp of the client_assertion has to lie in the future, at most ${CLIENT_ASSERTION_SECONDS} seconds; iat and nbf in the past. Clocks may differ by ${CLOCK_SKEW_SECONDS} seconds.`,
} as const;
export type AssertionRefusalCode = keyof typeof DESCRIPTIONS;

export interface AssertionRefusal {
  readonly ok: false;
  readonly code: AssertionRefusalCode;
  /** A description of the fault, without any value of the request. */
  readonly description: string;
}

/** An assertion of the right form. Its signature is not verified yet: that takes the keys of the client that it names. */
export interface ClientAssertion {
  readonly clientId: string;
  readonly jws: Jws;
}

/** RFC 7523 leaves `typ` open. A token with any other `typ` is not an assertion. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt'];

/** Stage 1: checks the form. Never throws. */
export function readClientAssertion(
  text: string,
): { readonly ok: true; readonly assertion: ClientAssertion } | AssertionRefusal {
  const jws = readJws(text);
  if (jws === undefined || !TYPES.includes(jws.header.typ)) return refuse('MALFORMED');
  const { iss, sub } = jws.claims;
  if (typeof sub !== 'string' || iss !== sub) return refuse('MALFORMED');
  return { ok: true, assertion: { clientId: sub, jws } };
}

export type AssertionVerdict<Key> =
  | { readonly ok: true; readonly key: Key; readonly jti: string; readonly expiresAt: Date }
  | AssertionRefusal;

/**
 * Stage 2: checks the signature with the client's keys, and the claims. The caller must store `jti` until `expiresAt`: an assertion is used
 * once. Never throws.
 */
export function verifyClientAssertion<Key extends { readonly publicKey: KeyObject }>(expected: {
  readonly assertion: ClientAssertion;
  readonly keys: readonly Key[];
  /** The issuer, and the token endpoint. */
  readonly audiences: readonly string[];
  readonly now: Date;
}): AssertionVerdict<Key> {
  const { assertion, keys, audiences, now } = expected;
  const { aud, exp, iat, nbf, ...claims } = assertion.jws.claims;
  const key = keys.find(({ publicKey }) => isSignedBy(assertion.jws, publicKey));
  if (key === undefined) return refuse('SIGNATURE');
  const [audience, ...more] = Array.isArray(aud) ? (aud as readonly unknown[]) : [aud];
  if (typeof audience !== 'string' || more.length > 0 || !audiences.includes(audience)) return refuse('AUDIENCE');
  const jti = readJti(claims.jti);
  const expiresAt = readNumericDate(exp);
  if (jti === undefined || expiresAt === undefined) return refuse('CLAIMS');
  const latest = addSeconds(now, CLOCK_SKEW_SECONDS);
  // Written so that an invalid clock (NaN) refuses.
  if (!(expiresAt > addSeconds(now, -CLOCK_SKEW_SECONDS))) return refuse('TIME');
  if (!(expiresAt <= addSeconds(latest, CLIENT_ASSERTION_SECONDS))) return refuse('TIME');
  const begins = [iat, nbf].filter((time) => time !== undefined).map((time) => readNumericDate(time) ?? Infinity);
  if (!begins.every((time) => time <= latest)) return refuse('TIME');
  return { ok: true, key, jti, expiresAt };
}

function refuse(code: AssertionRefusalCode): AssertionRefusal {
  return { ok: false, code, description: DESCRIPTIONS[code] };
}
