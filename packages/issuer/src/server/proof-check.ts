/** Whether a proof is taken to the network, by the policy of {@link ProofPolicy}. */
import { verifyProof } from '@payment-passkeys/channel';
import { type Errand, type PublishedKeys, signingKeysOf } from '@payment-passkeys/channel/client';
import { epochSeconds } from '@payment-passkeys/protocol';
import type { ProofPolicy } from './profile.ts';

/**
 * A check of proofs. It resolves to whether a proof may be taken to the network, and rejects with ClientError `NETWORK_…` when the keys
 * cannot be had.
 */
export function createProofCheck({
  policy,
  cached,
  clock,
}: {
  readonly policy: ProofPolicy;
  readonly cached: (keySetUrl: string) => PublishedKeys;
  readonly clock: () => Date;
}): (proof: string, clientSessionId: string, errand: Errand) => Promise<boolean> {
  const { audience } = policy;
  if (policy.verify === 'NETWORK') {
    return async (proof, clientSessionId) => claimsToBe({ proof, clientSessionId, audience, now: clock() });
  }
  const { issuer, keySetUrl } = policy;
  const published = cached(keySetUrl);
  return async (proof, clientSessionId, errand) => {
    const keys = signingKeysOf(published, errand);
    const verdict = await verifyProof({ proof, keys, issuer, audience, now: clock() });
    return verdict.ok && verdict.claims.clientSessionId.toLowerCase() === clientSessionId;
  };
}

/** What the proof says of itself, unverified: it keeps mix-ups from the network, not attackers. */
function claimsToBe({
  proof,
  clientSessionId,
  audience,
  now,
}: {
  readonly proof: string;
  readonly clientSessionId: string;
  readonly audience: string;
  readonly now: Date;
}): boolean {
  const claims = readClaims(proof);
  if (claims === undefined) return false;
  const { aud, exp, clientSessionId: session } = claims;
  const isFor = Array.isArray(aud) ? aud.includes(audience) : aud === audience;
  const isOfSession = typeof session === 'string' && session.toLowerCase() === clientSessionId;
  return isFor && isOfSession && typeof exp === 'number' && epochSeconds(now) < exp;
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
