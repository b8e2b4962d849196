/** The part of a MerchantStore that added cards use. */
import type { CardCompletion, StoredCardEnrolment } from './card-enrolment.ts';

/** See `MerchantStore` for the guarantees of every method. */
export interface CardEnrolmentStore {
  /** Keeps a new card enrolment for at least `PENDING_KEPT_SECONDS`. */
  addCardEnrolment(enrolment: StoredCardEnrolment): Promise<void>;
  /** The card enrolment, or undefined. */
  findCardEnrolment(key: { readonly stateHash: string }): Promise<StoredCardEnrolment | undefined>;
  /** Completes a card enrolment once: of many concurrent callers one writes, and all get what it wrote. Undefined if there is no such one. */
  completeCardEnrolment(
    completion: CardCompletion & { readonly stateHash: string },
  ): Promise<CardCompletion | undefined>;
}
