/** The events of payments. No event carries an id, an amount, an account, an address or a proof. */
import { describeReturn, type ReturnDescription } from '@payment-passkeys/kit';
import type { StartedPayment, SteppedUpPayment } from '../calls.ts';
import type { ProofRefusal } from '../refused-proof.ts';
import type { ConfirmationOutcome, StoredPayment } from './payment.ts';

/**
 * - `PAYMENT_STARTED`: the network has answered with the next step. Except for STEP_UP the payment is stored, and the browser is about to
 * leave or to show the dialog.
 * - `PAYMENT_RETURNED`: a callback, or a confirmation's report, was processed. Failures are unsigned, and one payment may return more than
 * once.
 */
export type PaymentEvent =
  | {
      readonly type: 'PAYMENT_STARTED';
      readonly at: Date;
      readonly nextStep: (StartedPayment | SteppedUpPayment)['nextStep'];
      /** True for a saved card, false for a typed one. */
      readonly savedCard: boolean;
      /** Whether it may be approved inside the shop, if the browser supports it. */
      readonly confirmationOffered: boolean;
    }
  | ({
      readonly type: 'PAYMENT_RETURNED';
      readonly at: Date;
      readonly status: ConfirmationOutcome['status'];
      /** A callback from the network's page, or a report of Secure Payment Confirmation. */
      readonly by: 'CALLBACK' | 'REPORT';
      /** Whether it was approved before: a reload. */
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
