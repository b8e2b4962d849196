/** Why a proof was refused: for the shop's log. */
import type { JwtRefusal } from '@payment-passkeys/channel';
import type { RefusedProof as KitRefusedProof } from '@payment-passkeys/kit';

/**
 * Why a proof was refused: the first that applies, in this order.
 * - `MALFORMED`: it is not a proof.
 * - `UNKNOWN_KEY`, `SIGNATURE`: it is not signed by a published key of the network.
 * - `ISSUER`, `AUDIENCE`: it is genuine, but its `iss` or `aud` differs from the option `network`. Every proof will be refused: correct the
 * option.
 * - `TIME`, `NOT_YET_VALID`, `EXPIRED`: by this machine's clock. `NOT_YET_VALID` means that this clock is behind the network's.
 * - `OTHER_SUBJECT`: it is for another session, order, amount, merchant or card, or not for a payment (or a card).
 * - `NETWORK`: the network refused it when it was asked to bind.
 */
export type ProofRefusal = JwtRefusal | 'OTHER_SUBJECT' | 'NETWORK';

/** A refused proof, and the reason; with `AUDIENCE` also `network.audience` and the proof's audience. */
export type RefusedProof = KitRefusedProof<ProofRefusal>;
