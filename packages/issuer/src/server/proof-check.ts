/** Decides by the {@link ProofPolicy} whether a proof is sent to the network; if not, gives the reason. */
import type { JwtRefusal } from '@payment-passkeys/channel';
import {
  buildRefusedProof,
  type CallContext,
  createProofReader,
  type RefusedProof as KitRefusedProof,
  type PublishedKeys,
} from '@payment-passkeys/kit';
import { epochSeconds } from '@payment-passkeys/protocol';
import type { ProofPolicy } from './profile.ts';

/**
 * Why a proof was refused, for the bank's log: the first that applies, in this order.
 * - `MALFORMED`: it is not a proof.
 * - `UNKNOWN_KEY`, `SIGNATURE`: it is not signed by a published key of the network.
 * - `ISSUER`, `AUDIENCE`: it is genuine, but its issuer or audience is not the profile's. Another try cannot help: the profile is wrong.
 * - `TIME`, `NOT_YET_VALID`, `EXPIRED`: by this machine's clock. `NOT_YET_VALID` means that the clock is behind the network's.
 * - `OTHER_SESSION`: it belongs to another enrolment.
 * - `NETWORK`: the network refused it when it was asked to bind.
 */
export type ProofRefusal = JwtRefusal | 'OTHER_SESSION' | 'NETWORK';

/** A refused proof, and the reason; with `AUDIENCE` also the profile's audience and the proof's. */
export type RefusedProof = KitRefusedProof<ProofRefusal>;

/** `ok`: the proof may be sent to the network. */
export type ProofVerdict = { readonly ok: true } | { readonly ok: false; readonly refused: RefusedProof };

/** Builds the check of proofs for the policy. The check rejects with KitError `NETWORK_…` when the network's keys cannot be fetched. */
export function createProofCheck({
  policy,
  cached,
  clock,
}: {
  readonly policy: ProofPolicy;
  readonly cached: (keySetUrl: string) => PublishedKeys;
  readonly clock: () => Date;
}): (proof: string, clientSessionId: string, context: CallContext) => Promise<ProofVerdict> {
  const { audience } = policy;
  if (policy.verify === 'NETWORK') {
    return async (proof, clientSessionId) => checkClaims({ proof, clientSessionId, audience, now: clock() });
  }
  const { issuer, keySetUrl } = policy;
  const readProof = createProofReader({ published: cached(keySetUrl), issuer, audience, clock });
  return async (proof, clientSessionId, context) => {
    const reading = await readProof(proof, context);
    if (!reading.ok) return reading;
    return reading.claims.clientSessionId.toLowerCase() === clientSessionId ? { ok: true } : refuse('OTHER_SESSION');
  };
}

function refuse(proofRefusal: ProofRefusal): ProofVerdict {
  return { ok: false, refused: { proofRefusal } };
}

/** Reads the claims without verifying them. This finds mix-ups; only the network finds forgeries. */
function checkClaims({
  proof,
  clientSessionId,
  audience,
  now,
}: {
  readonly proof: string;
  readonly clientSessionId: string;
  readonly audience: string;
  readonly now: Date;
}): ProofVerdict {
  const claims = readClaims(proof);
  if (claims === undefined) return refuse('MALFORMED');
  const { aud, exp, clientSessionId: session } = claims;
  if (!(Array.isArray(aud) ? aud.includes(audience) : aud === audience)) {
    const found = typeof aud === 'string' ? aud : JSON.stringify(aud);
    return { ok: false, refused: buildRefusedProof('AUDIENCE', { expected: audience, found }) };
  }
  if (typeof session !== 'string' || session.toLowerCase() !== clientSessionId) return refuse('OTHER_SESSION');
  if (typeof exp !== 'number') return refuse('TIME');
  return epochSeconds(now) < exp ? { ok: true } : refuse('EXPIRED');
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
