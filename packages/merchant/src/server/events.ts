/** What happens to payments and added cards, for the shop's logs and counts. No event carries an id, an amount, an account, an address or a proof. */
import type { CardOutcome, StoredCardEnrolment } from './cards/card-enrolment.ts';
import type { StartedPayment, SteppedUpPayment } from './merchant.ts';
import type { ConfirmationOutcome, StoredPayment } from './payments/payment.ts';
import type { Pending } from './pending.ts';
import type { RefusedProof } from './proof-refusal.ts';

/**
 * - `PAYMENT_STARTED`: the network has said how to go on; but for STEP_UP the payment is kept, and the browser is about to leave or to ask.
 * - `PAYMENT_RETURNED`: a callback, or a confirmation's report, was made sense of. Failures are unsigned, and one payment may return more
 *   than once.
 * - `CARD_STARTED`: a card's session is open and kept; the browser is about to leave.
 * - `CARD_RETURNED`: its callback was made sense of.
 */
export type MerchantEvent =
  | {
      readonly type: 'PAYMENT_STARTED';
      readonly at: Date;
      readonly nextStep: (StartedPayment | SteppedUpPayment)['nextStep'];
      /** With a saved card; else with one that was typed in. */
      readonly savedCard: boolean;
      /** Whether it may be approved without leaving the shop, where the browser can. */
      readonly confirmationOffered: boolean;
    }
  | ({
      readonly type: 'PAYMENT_RETURNED';
      readonly status: ConfirmationOutcome['status'];
      /** From the network's page, or from Secure Payment Confirmation's report. */
      readonly by: 'CALLBACK' | 'REPORT';
    } & Returned)
  | { readonly type: 'CARD_STARTED'; readonly at: Date }
  | ({ readonly type: 'CARD_RETURNED'; readonly status: CardOutcome['status'] } & Returned);

interface Returned extends Partial<RefusedProof> {
  readonly at: Date;
  /** The reason of a failure, why it was ignored, or the network's code of a refused confirmation; absent for a success. */
  readonly reason?: string;
  /** Of what had been approved or completed before: a reload. */
  readonly again: boolean;
  /** Since the start, where it is known. */
  readonly secondsAway?: number;
}

export type OnEvent = (event: MerchantEvent) => void;

/** A hook that throws stops no payment. */
export function tell(onEvent: OnEvent | undefined, event: MerchantEvent): void {
  try {
    onEvent?.(event);
  } catch {
    // Counting is not what the shopper came for.
  }
}

export function paymentReturned({
  outcome,
  stored,
  ...rest
}: {
  readonly outcome: ConfirmationOutcome;
  readonly stored: StoredPayment | undefined;
  readonly by: 'CALLBACK' | 'REPORT';
  readonly at: Date;
}): MerchantEvent {
  const again = stored?.approval !== undefined;
  return {
    type: 'PAYMENT_RETURNED',
    status: outcome.status,
    ...rest,
    again,
    ...describeReturn(outcome, stored, rest.at),
  };
}

export function cardReturned({
  outcome,
  stored,
  at,
}: {
  readonly outcome: CardOutcome;
  readonly stored: StoredCardEnrolment | undefined;
  readonly at: Date;
}): MerchantEvent {
  const again = stored?.completion !== undefined;
  return { type: 'CARD_RETURNED', status: outcome.status, at, again, ...describeReturn(outcome, stored, at) };
}

function describeReturn(outcome: ConfirmationOutcome | CardOutcome, stored: Pending | undefined, at: Date) {
  const reason = 'because' in outcome ? outcome.because : 'reason' in outcome ? outcome.reason : undefined;
  return {
    ...(reason !== undefined && { reason }),
    ...('proofRefusal' in outcome && outcome.proofRefusal && { proofRefusal: outcome.proofRefusal }),
    ...('proofAudience' in outcome && outcome.proofAudience && { proofAudience: outcome.proofAudience }),
    ...(stored && { secondsAway: Math.max(0, Math.round((at.getTime() - stored.startedAt.getTime()) / 1000)) }),
  };
}
