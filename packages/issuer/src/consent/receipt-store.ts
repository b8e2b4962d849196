/** The interface of a receipt store. `createPostgresConsentStore` is the ready-made one. It has no method to change or remove a receipt. */
import type { ConsentReceipt } from './receipt.ts';

/** Which receipts to find. A receipt must meet all conditions. */
export interface ReceiptQuery {
  /** Accepted at or after. */
  readonly from?: Date;
  /** Accepted before. */
  readonly to?: Date;
  readonly country?: string;
  readonly language?: string;
  readonly textHash?: string;
  readonly catalogueVersion?: string;
  /** 1 to 1,000; 100 by default. */
  readonly limit?: number;
}

/** Every method rejects with the store's own error. */
export interface ConsentStore {
  /** The receipt is durable when it resolves. Rejects a receipt with an existing id. */
  addReceipt(receipt: ConsentReceipt): Promise<void>;
  /** The receipt, or undefined. */
  findReceipt(key: { readonly receiptId: string }): Promise<ConsentReceipt | undefined>;
  /** Newest first. */
  findReceiptsOf(key: { readonly cardholderId: string }): Promise<readonly ConsentReceipt[]>;
  /** Newest first. */
  findReceipts(query: ReceiptQuery & { readonly limit: number }): Promise<readonly ConsentReceipt[]>;
}
