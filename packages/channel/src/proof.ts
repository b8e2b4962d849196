/** The proof of authentication, contract §4: the network signs it, the issuer verifies it on the way to the Authenticators API. */
import { compileSchema, PROOF_SECONDS, ProofClaims } from '@payment-passkeys/protocol';
import { ChannelError } from './channel-error.ts';
import { type Claims, type JwtRefusal, type JwtSigningKey, judgeJwt, signJwt, type VerificationKeys } from './jwt.ts';

const proofClaims = compileSchema(ProofClaims);
const CLAIM_ORDER: readonly string[] = Object.keys(ProofClaims.properties);

/**
 * Signs a proof. The same claims and key give the same text, in whatever order the claims come (a database may have changed it).
 * @throws {ChannelError} CLAIMS_INVALID where {@link verifyProof} would refuse them.
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
 * Verifies a proof: everything that {@link verifyJwt} checks, the claims by protocol's schema, and a life of at most PROOF_SECONDS.
 * PROOF_EXPIRED says that all else holds. Not checked, as the proof cannot tell: whether it was spent, and which session or account
 * it is of; compare `clientSessionId`, and take it once. Throws only what a look-up of keys throws.
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
  /** `audience` is the proof's own, with `AUDIENCE` where it is text. */
  | { readonly ok: false; readonly code: JwtRefusal; readonly audience?: string };

/** As {@link verifyProof}, and says what is wrong, `MALFORMED` for claims that are not a proof's: for the log, never for who brought it. */
export async function judgeProof(expected: ProofExpectation): Promise<ProofJudgement> {
  const { proof, ...rest } = expected;
  const judgement = await judgeJwt({ jwt: proof, ...rest });
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

/** The published sample's claims in the schema's order, further ones (a payment's) after them by name. */
function inOrder(claims: ProofClaims): Claims {
  const rank = (name: string) => (CLAIM_ORDER.includes(name) ? CLAIM_ORDER.indexOf(name) : CLAIM_ORDER.length);
  const entries = Object.entries(claims).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
