/** What the kit keeps, as the host's store sees it. `createPostgresMerchantStore` is the ready-made one. */
import { BINDING_ANSWER_SECONDS, PENDING_ENROLMENT_SECONDS } from '@payment-passkeys/protocol';
import type { CardCompletion, StoredCardEnrolment } from './cards/card-enrolment.ts';
import type { Approval, StoredPayment } from './payments/payment.ts';

/** From its start a payment or an added card, pending or done, can be read for 24 hours and 35 minutes; then a store may forget it. */
export const PENDING_KEPT_SECONDS = PENDING_ENROLMENT_SECONDS + BINDING_ANSWER_SECONDS;

/**
 * Every method is durable when it resolves and rejects with the store's own error (the kit wraps it as `STORE_UNAVAILABLE`). None of them
 * receives a card number, a secret or a proof.
 */
export interface MerchantStore {
  /** Keeps a new payment for at least {@link PENDING_KEPT_SECONDS}. */
  addPayment(payment: StoredPayment): Promise<void>;
  findPayment(key: PaymentKey): Promise<StoredPayment | undefined>;
  /** Of an order's payments the one whose proof was spent, else the one that was started last. */
  findPaymentOfOrder(order: { readonly orderId: string }): Promise<StoredPayment | undefined>;
  /**
   * Spends a payment's proof, once: of any number of callers at once, for this payment or for others of the same order, exactly one writes,
   * in one conditional update, and is answered `SPENT`. `ALREADY_SPENT` where this payment was approved before, `OTHER_PAYMENT` where another
   * of its order was.
   */
  spendProof(
    spending: Approval & { readonly stateHash: string; readonly orderId: string },
  ): Promise<'SPENT' | 'ALREADY_SPENT' | 'OTHER_PAYMENT'>;

  /** Keeps a new card enrolment for at least {@link PENDING_KEPT_SECONDS}. */
  addCardEnrolment(enrolment: StoredCardEnrolment): Promise<void>;
  findCardEnrolment(key: { readonly stateHash: string }): Promise<StoredCardEnrolment | undefined>;
  /** Completes a card enrolment once: of any number of callers one writes, and all get what it wrote. Undefined where there is none. */
  completeCardEnrolment(
    completion: CardCompletion & { readonly stateHash: string },
  ): Promise<CardCompletion | undefined>;
}

/** By the callback's state, or by the session that a confirmation is of. */
export type PaymentKey = { readonly stateHash: string } | { readonly clientSessionId: string };
