/** The part of a MerchantStore that payments use. */
import type { Approval, StoredPayment } from './payment.ts';

/** See `MerchantStore` for the guarantees of every method. */
export interface PaymentStore {
  /** Keeps a new payment for at least `PENDING_KEPT_SECONDS`. */
  addPayment(payment: StoredPayment): Promise<void>;
  /** The payment, or undefined. */
  findPayment(key: PaymentKey): Promise<StoredPayment | undefined>;
  /** Finds a payment of an order: the one with a spent proof, otherwise the latest. */
  findPaymentOfOrder(order: { readonly orderId: string }): Promise<StoredPayment | undefined>;
  /**
   * Spends a payment's proof once, in one conditional update. Of many concurrent callers, for this payment or for others of the same order,
   * exactly one writes and gets `SPENT`. `ALREADY_SPENT`: this payment was approved before. `OTHER_PAYMENT`: another
   * payment of the order was approved before.
   */
  spendProof(
    spending: Approval & { readonly stateHash: string; readonly orderId: string },
  ): Promise<'SPENT' | 'ALREADY_SPENT' | 'OTHER_PAYMENT'>;
}

/** The key of a payment: its callback's state, or the session of a confirmation. */
export type PaymentKey = { readonly stateHash: string } | { readonly clientSessionId: string };
