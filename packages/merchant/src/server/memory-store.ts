/** A store for a first try: it needs no database, and forgets everything when the process ends. */
import { declareMemoryStore } from '@payment-passkeys/kit';
import { addSeconds } from '@payment-passkeys/protocol';
import type { StoredCardEnrolment } from './cards/card-enrolment.ts';
import { asMerchantError } from './errors.ts';
import type { StoredPayment } from './payments/payment.ts';
import type { Pending } from './pending.ts';
import { type MerchantStore, PENDING_KEPT_SECONDS } from './store.ts';

/**
 * In memory, of this process alone, for a first try and for tests: says so in a warning, once. What is pending is forgotten as that of
 * `createPostgresMerchantStore` is. Throws MerchantError `INVALID_OPTIONS` where NODE_ENV is `production`.
 */
export function createMemoryMerchantStore(): MerchantStore {
  try {
    declareMemoryStore('createMemoryMerchantStore', 'createPostgresMerchantStore');
  } catch (error) {
    throw asMerchantError(error);
  }
  const payments = new Map<string, StoredPayment>();
  const cards = new Map<string, StoredCardEnrolment>();
  const ofOrder = (orderId: string) => [...payments.values()].filter((payment) => payment.orderId === orderId);
  return {
    async addPayment(payment) {
      sweep(payments, payment.startedAt);
      payments.set(payment.stateHash, payment);
    },
    async findPayment(key) {
      if ('stateHash' in key) return payments.get(key.stateHash);
      return [...payments.values()].find(({ clientSessionId }) => clientSessionId === key.clientSessionId);
    },
    async findPaymentOfOrder({ orderId }) {
      const all = ofOrder(orderId);
      return all.find(({ approval }) => approval !== undefined) ?? all.sort(byStart)[0];
    },
    async spendProof({ stateHash, orderId, ...approval }) {
      const payment = payments.get(stateHash);
      if (payment?.orderId !== orderId || payment.approval !== undefined) return 'ALREADY_SPENT';
      if (ofOrder(orderId).some((other) => other.approval !== undefined)) return 'OTHER_PAYMENT';
      payments.set(stateHash, { ...payment, approval });
      return 'SPENT';
    },
    async addCardEnrolment(enrolment) {
      sweep(cards, enrolment.startedAt);
      cards.set(enrolment.stateHash, enrolment);
    },
    async findCardEnrolment({ stateHash }) {
      return cards.get(stateHash);
    },
    async completeCardEnrolment({ stateHash, ...completion }) {
      const enrolment = cards.get(stateHash);
      if (enrolment === undefined) return undefined;
      if (enrolment.completion === undefined) cards.set(stateHash, { ...enrolment, completion });
      return cards.get(stateHash)?.completion;
    },
  };
}

function byStart(a: Pending, b: Pending): number {
  return b.startedAt.getTime() - a.startedAt.getTime();
}

function sweep(kept: Map<string, Pending>, now: Date): void {
  for (const [key, { startedAt }] of kept) {
    if (addSeconds(startedAt, PENDING_KEPT_SECONDS) < now) kept.delete(key);
  }
}
