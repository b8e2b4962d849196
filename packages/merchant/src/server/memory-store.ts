/** A store for a first try: it needs no database, and loses everything when the process ends. */
import { completeOnce, createPendingMap, declareMemoryStore } from '@payment-passkeys/kit';
import { guard } from '../errors.ts';
import type { StoredCardEnrolment } from './cards/card-enrolment.ts';
import type { StoredPayment } from './payments/payment.ts';
import type { MerchantStore } from './store.ts';

/**
 * Keeps pending records in the memory of this process, for a first try and for tests, and warns about it once. Deletes them as
 * `createPostgresMerchantStore` does. Throws MerchantError `INVALID_OPTIONS` if NODE_ENV is `production`.
 */
export function createMemoryMerchantStore(): MerchantStore {
  guard(() => declareMemoryStore('createMemoryMerchantStore', 'createPostgresMerchantStore'));
  const payments = createPendingMap<StoredPayment>();
  const cards = createPendingMap<StoredCardEnrolment>();
  const ofOrder = (orderId: string) => payments.list().filter((payment) => payment.orderId === orderId);
  return {
    addPayment: async (payment) => payments.add(payment),
    async findPayment(key) {
      if ('stateHash' in key) return payments.find(key.stateHash);
      return payments.list().find(({ clientSessionId }) => clientSessionId === key.clientSessionId);
    },
    async findPaymentOfOrder({ orderId }) {
      const all = ofOrder(orderId);
      return all.find(({ approval }) => approval !== undefined) ?? all.sort(latestFirst)[0];
    },
    async spendProof({ stateHash, orderId, ...approval }) {
      const payment = payments.find(stateHash);
      if (payment?.orderId !== orderId || payment.approval !== undefined) return 'ALREADY_SPENT';
      if (ofOrder(orderId).some((other) => other.approval !== undefined)) return 'OTHER_PAYMENT';
      payments.replace({ ...payment, approval });
      return 'SPENT';
    },
    addCardEnrolment: async (enrolment) => cards.add(enrolment),
    findCardEnrolment: async ({ stateHash }) => cards.find(stateHash),
    completeCardEnrolment: async ({ stateHash, ...completion }) => completeOnce(cards, stateHash, completion),
  };
}

function latestFirst(a: StoredPayment, b: StoredPayment): number {
  return b.startedAt.getTime() - a.startedAt.getTime();
}
