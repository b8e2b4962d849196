/** The interface of the shop's store. `createPostgresMerchantStore` is the ready-made one. */
import type { CardEnrolmentStore } from './cards/store.ts';
import type { PaymentStore } from './payments/store.ts';

export { PENDING_KEPT_SECONDS } from '@payment-passkeys/kit';
export type { PaymentKey } from './payments/store.ts';

/**
 * Every method is durable when it resolves, and rejects with the store's own error (the kit wraps it as `STORE_UNAVAILABLE`). No method
 * receives a card number, a secret or a proof.
 */
export interface MerchantStore extends PaymentStore, CardEnrolmentStore {}
