/** The proof of authentication (contract §4): the network signs it, and the client verifies it before it calls the Authenticators API. */
import { compileSchema, PROOF_SECONDS, ProofClaims } from '@payment-passkeys/protocol';
import { ChannelError } from './channel-error.ts';
import { type Claims, type JwtRefusal, type JwtSigningKey, judgeJwt, signJwt, type VerificationKeys } from './jwt.ts';

const proofClaims = compileSchema(ProofClaims);
/** The published sample's claims, in its order. */
const NO_CLAIMS: Claims = Object.fromEntries(Object.keys(ProofClaims.properties).map((name) => [name, undefined]));

/**
 * Signs a proof. The same claims and key give the same text, in any order of the claims (a database may have changed it).
 * @throws {ChannelError} CLAIMS_INVALID if {@link verifyProof} would refuse them.
 */
export async function issueProof(options: {
  readonly claims: ProofClaims;
  readonly key: JwtSigningKey;
}): Promise<string> {
  const { claims, key } = options;
  if (!proofClaims.accepts(claims) || !livesAtMost(PROOF_SECONDS, claims)) {
    throw new ChannelError('CLAIMS_INVALID', 'The claims are not those of a proof.');
  }
  return signJwt({ claims: inOrder(claims), key });
}

export type ProofVerdict =
  | { readonly ok: true; readonly claims: ProofClaims }
  | { readonly ok: false; readonly code: 'PROOF_INVALID' | 'PROOF_EXPIRED' };

/**
 * Verifies a proof: everything that {@link verifyJwt} checks, the claims by the schema of the package protocol, and a lifetime of at most
 * PROOF_SECONDS. PROOF_EXPIRED means that everything else is valid. Not checked, because the proof cannot tell: whether it was spent, and
 * which session or account it belongs to. Compare `clientSessionId`, and accept each proof once. Throws only what a look-up of keys throws.
 */
export async function verifyProof(expected: ProofExpectation): Promise<ProofVerdict> {
  const judgement = await judgeProof(expected);
  if (judgement.ok) return judgement;
  return { ok: false, code: judgement.code === 'EXPIRED' ? 'PROOF_EXPIRED' : 'PROOF_INVALID' };
}

export interface ProofExpectation {
  readonly proof: string;
  readonly keys: VerificationKeys;
  /** The hosted page's origin. */
  readonly issuer: string;
  readonly audience: string;
  readonly now: Date;
}

export type ProofJudgement =
  | { readonly ok: true; readonly claims: ProofClaims }
  /** With `AUDIENCE`: `audience` is the proof's audience, if it is text. */
  | { readonly ok: false; readonly code: JwtRefusal; readonly audience?: string };

/**
 * Like {@link verifyProof}, but with the reason of a refusal; `MALFORMED` if the claims are not a proof's. It is for the log, never for the
 * sender.
 */
export async function judgeProof(expected: ProofExpectation): Promise<ProofJudgement> {
  const { proof: jwt, keys, issuer, audience, now } = expected;
  const judgement = await judgeJwt({ jwt, keys, issuer, audience, now });
  const { claims } = judgement;
  if (!judgement.ok && judgement.code !== 'EXPIRED') {
    const { code } = judgement;
    return {
      ok: false,
      code,
      ...(code === 'AUDIENCE' && typeof claims?.aud === 'string' && { audience: claims.aud }),
    };
  }
  if (!proofClaims.accepts(claims) || !livesAtMost(PROOF_SECONDS, claims)) return { ok: false, code: 'MALFORMED' };
  return judgement.ok ? { ok: true, claims } : { ok: false, code: 'EXPIRED' };
}

function livesAtMost(seconds: number, { iat, exp }: ProofClaims): boolean {
  return exp > iat && exp - iat <= seconds;
}

/** Orders the claims: the published sample's in the schema's order, then others (a payment's) by name. */
function inOrder(claims: Claims): Claims {
  const others = Object.keys(claims).filter((name) => !Object.hasOwn(NO_CLAIMS, name));
  return { ...NO_CLAIMS, ...Object.fromEntries(others.sort().map((name) => [name, undefined])), ...claims };
}
