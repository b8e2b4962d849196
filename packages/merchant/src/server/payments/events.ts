/** The events of payments. No event carries an id, an amount, an account, an address or a proof. */
import { describeReturn, type ReturnDescription } from '@payment-passkeys/kit';
import type { StartedPayment, SteppedUpPayment } from '../calls.ts';
import type { ProofRefusal } from '../refused-proof.ts';
import type { ConfirmationOutcome, StoredPayment } from './payment.ts';

/**
 * - `PAYMENT_STARTED`: the network has said how to continue. Except for STEP_UP the payment is stored, and the browser is about to leave or
 *   to ask.
 * - `PAYMENT_RETURNED`: a callback, or a confirmation's report, was understood. Failures are unsigned, and one payment may return more than
 *   once.
 */
export type PaymentEvent =
  | {
      readonly type: 'PAYMENT_STARTED';
      readonly at: Date;
      readonly nextStep: (StartedPayment | SteppedUpPayment)['nextStep'];
      /** True with a saved card, false with one that was typed in. */
      readonly savedCard: boolean;
      /** Whether it may be approved without leaving the shop, if the browser can. */
      readonly confirmationOffered: boolean;
    }
  | ({
      readonly type: 'PAYMENT_RETURNED';
      readonly at: Date;
      readonly status: ConfirmationOutcome['status'];
      /** From the network's page, or from Secure Payment Confirmation's report. */
      readonly by: 'CALLBACK' | 'REPORT';
      /** Whether it had been approved before: a reload. */
      readonly again: boolean;
    } & ReturnDescription<ProofRefusal>);

export function paymentReturned({
  outcome,
  stored,
  by,
  at,
}: {
  readonly outcome: ConfirmationOutcome;
  readonly stored: StoredPayment | undefined;
  readonly by: 'CALLBACK' | 'REPORT';
  readonly at: Date;
}): PaymentEvent {
  const again = stored?.approval !== undefined;
  const description = describeReturn<ProofRefusal>(outcome, stored, at);
  return { type: 'PAYMENT_RETURNED', status: outcome.status, by, at, again, ...description };
}
