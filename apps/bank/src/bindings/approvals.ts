/** Payments that were approved with a passkey and a card of the bank: from the network's events. */
import type { Pool } from 'pg';

export interface Approval {
  readonly merchantName: string;
  /** A decimal with the currency's digits. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly lastFour: string;
  readonly approvedAt: Date;
}

/** The most approvals that are shown for a passkey. */
const SHOWN = 10;

export interface ApprovalStore {
  /** The same event again changes nothing. */
  add(approval: Approval & { readonly eventId: string; readonly credentialId: string }): Promise<void>;
  /**
   * The latest ten with the passkey and one of the customer's cards. The last four digits are compared, because another customer of the bank
   * may use the same passkey.
   */
  list(key: { readonly credentialId: string; readonly lastFours: readonly string[] }): Promise<readonly Approval[]>;
}

export function createApprovalStore(pool: Pool): ApprovalStore {
  return {
    async add({ eventId, credentialId, lastFour, merchantName, amount, currency, approvedAt }) {
      await pool.query(
        `INSERT INTO bank_payment_approval (event_id, credential_id, last_four, merchant_name, amount, currency, approved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
        [eventId, credentialId, lastFour, merchantName, amount, currency, approvedAt],
      );
    },

    async list({ credentialId, lastFours }) {
      const { rows } = await pool.query<ApprovalRow>(
        `SELECT * FROM bank_payment_approval WHERE credential_id = $1 AND last_four = ANY ($2) ORDER BY approved_at DESC LIMIT ${SHOWN}`,
        [credentialId, lastFours],
      );
      return rows.map((row) => ({
        merchantName: row.merchant_name,
        amount: row.amount,
        currency: row.currency,
        lastFour: row.last_four,
        approvedAt: row.approved_at,
      }));
    },
  };
}

interface ApprovalRow {
  readonly merchant_name: string;
  readonly amount: string;
  readonly currency: string;
  readonly last_four: string;
  readonly approved_at: Date;
}
