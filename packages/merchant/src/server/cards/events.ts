/** The events of added cards. No event carries an id, an account, an address or a proof. */
import { describeReturn, type ReturnDescription } from '@payment-passkeys/kit';
import type { ProofRefusal } from '../refused-proof.ts';
import type { CardOutcome, StoredCardEnrolment } from './card-enrolment.ts';

/**
 * - `CARD_STARTED`: a card's session is open and stored; the browser is about to leave.
 * - `CARD_RETURNED`: its callback was processed.
 */
export type CardEvent =
  | { readonly type: 'CARD_STARTED'; readonly at: Date }
  | ({
      readonly type: 'CARD_RETURNED';
      readonly at: Date;
      readonly status: CardOutcome['status'];
      /** Whether it was completed before: a reload. */
      readonly again: boolean;
    } & ReturnDescription<ProofRefusal>);

export function cardReturned({
  outcome,
  stored,
  at,
}: {
  readonly outcome: CardOutcome;
  readonly stored: StoredCardEnrolment | undefined;
  readonly at: Date;
}): CardEvent {
  const again = stored?.completion !== undefined;
  const description = describeReturn<ProofRefusal>(outcome, stored, at);
  return { type: 'CARD_RETURNED', status: outcome.status, at, again, ...description };
}
