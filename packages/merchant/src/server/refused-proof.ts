/** Why a proof was refused: for the shop's log. */
import type { JwtFault } from '@payment-passkeys/channel';
import { maskValues } from '@payment-passkeys/kit';

/**
 * The first that is found, in this order.
 * - `MALFORMED`: it is no proof at all.
 * - `UNKNOWN_KEY`, `SIGNATURE`: it is not signed by a published key of the network.
 * - `ISSUER`, `AUDIENCE`: it is genuine, and from or for somebody else than `network` says. Trying again cannot help: the option is wrong.
 * - `TIME`, `NOT_YET_VALID`, `EXPIRED`: by this machine's clock. `NOT_YET_VALID` says that the clock is behind the network's.
 * - `OTHER_SUBJECT`: it is of another session, order, amount, merchant or card, or not of a payment (of a card) at all.
 * - `NETWORK`: the network refused it when it was asked to bind.
 */
export type ProofRefusal = JwtFault | 'OTHER_SUBJECT' | 'NETWORK';

export interface RefusedProof {
  readonly proofRefusal: ProofRefusal;
  /** With `AUDIENCE`: `network.audience`, and the proof's own. */
  readonly proofAudience?: { readonly expected: string; readonly found: string };
}

export function refusedProof(
  proofRefusal: ProofRefusal,
  { expected, found }: { readonly expected: string; readonly found: string | undefined },
): RefusedProof {
  if (proofRefusal !== 'AUDIENCE' || found === undefined) return { proofRefusal };
  return { proofRefusal, proofAudience: { expected, found: maskValues(found) } };
}

/** Whether trying again is in vain, because the kit was told to expect another issuer or audience. */
export function isMisconfigured({ proofRefusal }: RefusedProof): boolean {
  return proofRefusal === 'ISSUER' || proofRefusal === 'AUDIENCE';
}
