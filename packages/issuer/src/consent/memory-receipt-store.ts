/** A store of receipts for a first try: it needs no database, and loses everything when the process ends. */
import { declareMemoryStore } from '@payment-passkeys/kit';
import { guard } from '../errors.ts';
import type { ConsentReceipt } from './receipt.ts';
import type { ConsentStore } from './receipt-store.ts';

/**
 * Keeps receipts in the memory of this process, for a first try and for tests, and warns about it once. A bank must not use it, because
 * receipts must be kept permanently. Throws IssuerError `INVALID_OPTIONS` if NODE_ENV is `production`.
 */
export function createMemoryConsentStore(): ConsentStore {
  guard(() => declareMemoryStore('createMemoryConsentStore', 'createPostgresConsentStore'));
  const kept = new Map<string, ConsentReceipt>();
  const newestFirst = (matches: (receipt: ConsentReceipt) => boolean) =>
    [...kept.values()].filter(matches).sort((a, b) => b.acceptedAt.getTime() - a.acceptedAt.getTime());
  return {
    async addReceipt(receipt) {
      if (kept.has(receipt.receiptId)) throw new Error('There is a receipt of this id.');
      kept.set(receipt.receiptId, receipt);
    },
    async findReceipt({ receiptId }) {
      return kept.get(receiptId);
    },
    async findReceiptsOf({ cardholderId }) {
      return newestFirst((receipt) => receipt.cardholderId === cardholderId);
    },
    async findReceipts({ from, to, limit, ...wanted }) {
      const found = newestFirst(
        (receipt) =>
          (from === undefined || receipt.acceptedAt >= from) &&
          (to === undefined || receipt.acceptedAt < to) &&
          (['country', 'language', 'textHash', 'catalogueVersion'] as const).every(
            (name) => wanted[name] === undefined || wanted[name] === receipt[name],
          ),
      );
      return found.slice(0, limit);
    },
  };
}
