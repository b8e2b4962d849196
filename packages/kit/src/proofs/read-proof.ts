/** Verifies a proof with the network's published keys. */
import { type JwtRefusal, judgeProof } from '@payment-passkeys/channel';
import type { ProofClaims } from '@payment-passkeys/protocol';
import type { CallContext } from '../network/network-client.ts';
import { type PublishedKeys, signingKeysOf } from '../network/published-keys.ts';
import { buildRefusedProof, type RefusedProof } from './refused-proof.ts';

export type ProofReading =
  | { readonly ok: true; readonly claims: ProofClaims }
  | { readonly ok: false; readonly refused: RefusedProof<JwtRefusal> };

/**
 * Reads a proof and verifies its signature, issuer, audience and time. Does not verify which session or payment it belongs to, or that it
 * is used once. Rejects with KitError `NETWORK_…` when the keys cannot be fetched.
 */
export type ReadProof = (proof: string, context: CallContext) => Promise<ProofReading>;

export function createProofReader({
  published,
  issuer,
  audience,
  clock,
}: {
  readonly published: PublishedKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: () => Date;
}): ReadProof {
  return async (proof, context) => {
    const keys = signingKeysOf(published, context);
    const judgement = await judgeProof({ proof, keys, issuer, audience, now: clock() });
    if (judgement.ok) return judgement;
    return { ok: false, refused: buildRefusedProof(judgement.code, { expected: audience, found: judgement.audience }) };
  };
}
