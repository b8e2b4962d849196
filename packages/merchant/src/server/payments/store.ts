/** The part of a MerchantStore that payments use. */
import type { Approval, StoredPayment } from './payment.ts';

/** See `MerchantStore`, which names what every method guarantees. */
export interface PaymentStore {
  /** Keeps a new payment for at least `PENDING_KEPT_SECONDS`. */
  addPayment(payment: StoredPayment): Promise<void>;
  /** The payment, or undefined. */
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
}

/** A payment is found by its callback's state, or by the session of a confirmation. */
export type PaymentKey = { readonly stateHash: string } | { readonly clientSessionId: string };
