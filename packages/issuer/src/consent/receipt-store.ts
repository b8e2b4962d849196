/** Where receipts are kept, as the kit sees it. `createPostgresConsentStore` is the ready-made one. There is no way to change or remove one. */
import type { ConsentReceipt } from './receipt.ts';

/** Which receipts to find. All conditions hold together. */
export interface ReceiptQuery {
  /** Accepted at or after. */
  readonly from?: Date;
  /** Accepted before. */
  readonly to?: Date;
  readonly country?: string;
  readonly language?: string;
  readonly textHash?: string;
  readonly catalogueVersion?: string;
  /** 1 to 1,000; 100 where it is not given. */
  readonly limit?: number;
}

/** Every method rejects with the store's own error. */
export interface ConsentStore {
  /** Durable when it resolves. Rejects a receipt whose id it has. */
  addReceipt(receipt: ConsentReceipt): Promise<void>;
  /** The receipt, or undefined. */
  findReceipt(key: { readonly receiptId: string }): Promise<ConsentReceipt | undefined>;
  /** Newest first. */
  findReceiptsOf(key: { readonly cardholderId: string }): Promise<readonly ConsentReceipt[]>;
  /** Newest first. */
  findReceipts(query: ReceiptQuery & { readonly limit: number }): Promise<readonly ConsentReceipt[]>;
}
