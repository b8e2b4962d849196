/** Access tokens (RFC 9068), bound to the client's DPoP key. The network issues them to itself; for a client they are opaque. */
import { ACCESS_TOKEN_SECONDS, AccessTokenClaims, compileSchema, epochSeconds } from '@payment-passkeys/protocol';
import { type JwtSigningKey, openToken, signToken, type VerificationKeys } from '../jwt.ts';

const claimsSchema = compileSchema(AccessTokenClaims);

/** Keeps an access token from being taken for a proof of the network, which the same key signs (RFC 8725 §3.11). */
const TYPE = 'at+jwt';

/** What an access token says. */
export interface TokenFacts {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The thumbprint of the DPoP key. */
  readonly jkt: string;
  /** The fingerprint of the client's key. */
  readonly clientKey: string;
}

/** Signs with RS256: every resource server of RFC 9068 has to accept it (§2.1), and a `signer` outside of the process signs with it. */
export function issueAccessToken(options: {
  readonly facts: TokenFacts;
  /** Names the token; nobody stores it. */
  readonly jti: string;
  readonly issuer: string;
  readonly now: Date;
  readonly key: JwtSigningKey;
}): Promise<string> {
  const { facts, jti, issuer, now, key } = options;
  const iat = epochSeconds(now);
  const claims: AccessTokenClaims = {
    iss: issuer,
    aud: issuer,
    sub: facts.clientId,
    client_id: facts.clientId,
    scope: facts.scopes.join(' '),
    iat,
    exp: iat + ACCESS_TOKEN_SECONDS,
    jti,
    cnf: { jkt: facts.jkt },
    client_key: facts.clientKey,
  };
  return signToken({ type: TYPE, claims, key });
}

export type TokenVerdict =
  | { readonly ok: true; readonly facts: TokenFacts; readonly expiresAt: Date }
  | { readonly ok: false };

/**
 * Verifies the signature, the type and the issuer. The caller checks `expiresAt`, the key of the proof, and the client. Throws only what a
 * look-up of keys throws.
 */
export async function openAccessToken(sealed: {
  readonly token: string;
  readonly keys: VerificationKeys;
  readonly issuer: string;
}): Promise<TokenVerdict> {
  const { token, keys, issuer } = sealed;
  const opened = await openToken({ token, type: TYPE, keys });
  if (!opened.ok || !claimsSchema.accepts(opened.claims)) return { ok: false };
  const { iss, aud, client_id: clientId, scope, exp, cnf, client_key: clientKey } = opened.claims;
  if (iss !== issuer || aud !== issuer) return { ok: false };
  const facts = { clientId, scopes: scope.split(' '), jkt: cnf.jkt, clientKey };
  return { ok: true, facts, expiresAt: new Date(exp * 1000) };
}
