/** Whether a proof is taken to the network, by the policy of {@link ProofPolicy}; where it is not, why. */
import { type JwtFault, judgeProof } from '@payment-passkeys/channel';
import { type CallContext, maskValues, type PublishedKeys, signingKeysOf } from '@payment-passkeys/kit';
import { epochSeconds } from '@payment-passkeys/protocol';
import type { ProofPolicy } from './profile.ts';

/**
 * Why a proof was refused: for the bank's log. The first that is found, in this order.
 * - `MALFORMED`: it is no proof at all.
 * - `UNKNOWN_KEY`, `SIGNATURE`: it is not signed by a published key of the network.
 * - `ISSUER`, `AUDIENCE`: it is genuine, and from or for somebody else than the profile says. Trying again cannot help: the profile is wrong.
 * - `TIME`, `NOT_YET_VALID`, `EXPIRED`: by this machine's clock. `NOT_YET_VALID` says that the clock is behind the network's.
 * - `OTHER_SESSION`: it is of another enrolment.
 * - `NETWORK`: the network refused it when it was asked to bind.
 */
export type ProofRefusal = JwtFault | 'OTHER_SESSION' | 'NETWORK';

export interface RefusedProof {
  readonly proofRefusal: ProofRefusal;
  /** With `AUDIENCE`: the profile's, and the proof's own. */
  readonly proofAudience?: { readonly expected: string; readonly found: string };
}

/**
 * A check of proofs. It resolves to undefined where a proof may be taken to the network, and rejects with KitError `NETWORK_…` when the
 * keys cannot be had.
 */
export function createProofCheck({
  policy,
  cached,
  clock,
}: {
  readonly policy: ProofPolicy;
  readonly cached: (keySetUrl: string) => PublishedKeys;
  readonly clock: () => Date;
}): (proof: string, clientSessionId: string, context: CallContext) => Promise<RefusedProof | undefined> {
  const { audience } = policy;
  if (policy.verify === 'NETWORK') {
    return async (proof, clientSessionId) => refuseClaims({ proof, clientSessionId, audience, now: clock() });
  }
  const { issuer, keySetUrl } = policy;
  const published = cached(keySetUrl);
  return async (proof, clientSessionId, context) => {
    const keys = signingKeysOf(published, context);
    const judgement = await judgeProof({ proof, keys, issuer, audience, now: clock() });
    if (!judgement.ok) return refusedProof(judgement.fault, { expected: audience, found: judgement.audience });
    const isOfSession = judgement.claims.clientSessionId.toLowerCase() === clientSessionId;
    return isOfSession ? undefined : { proofRefusal: 'OTHER_SESSION' };
  };
}

function refusedProof(
  proofRefusal: ProofRefusal,
  { expected, found }: { readonly expected: string; readonly found: string | undefined },
): RefusedProof {
  if (proofRefusal !== 'AUDIENCE' || found === undefined) return { proofRefusal };
  return { proofRefusal, proofAudience: { expected, found: maskValues(found) } };
}

/** What the proof says of itself, unverified: it keeps mix-ups from the network, not attackers. */
function refuseClaims({
  proof,
  clientSessionId,
  audience,
  now,
}: {
  readonly proof: string;
  readonly clientSessionId: string;
  readonly audience: string;
  readonly now: Date;
}): RefusedProof | undefined {
  const claims = readClaims(proof);
  if (claims === undefined) return { proofRefusal: 'MALFORMED' };
  const { aud, exp, clientSessionId: session } = claims;
  const isFor = Array.isArray(aud) ? aud.includes(audience) : aud === audience;
  if (!isFor)
    return refusedProof('AUDIENCE', { expected: audience, found: typeof aud === 'string' ? aud : JSON.stringify(aud) });
  if (typeof session !== 'string' || session.toLowerCase() !== clientSessionId)
    return { proofRefusal: 'OTHER_SESSION' };
  if (typeof exp !== 'number') return { proofRefusal: 'TIME' };
  return epochSeconds(now) < exp ? undefined : { proofRefusal: 'EXPIRED' };
}

function readClaims(jwt: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature, ...more] = jwt.split('.');
  if (payload === undefined || signature === undefined || more.length > 0 || jwt.length > 4096) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
