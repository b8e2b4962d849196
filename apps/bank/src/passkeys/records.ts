/** What the bank keeps about payment passkeys: the consent of each enrolment, and the passkeys. Accounts are masked. */
import type { Pool } from 'pg';
import type { DeviceName } from './device-name.ts';

/** An enrolment that was started, with the receipt of its consent. */
export interface AgreedEnrolment {
  readonly clientSessionId: string;
  readonly customerId: string;
  readonly accounts: readonly string[];
  readonly receiptId: string;
}

export interface PaymentPasskey {
  readonly accounts: readonly string[];
  /** The browser that made it. */
  readonly device: DeviceName;
  readonly createdAt: Date;
  /** When it was made or last used at this bank; the bank does not see payments at shops. */
  readonly lastUsedAt: Date;
}

export interface PasskeyRecords {
  addEnrolment(enrolment: AgreedEnrolment): Promise<void>;
  /**
   * Adds the passkey of a completed enrolment to the customer's list. A repeated call changes nothing. If another enrolment of the customer
   * used the same passkey, its accounts are added and its last use is updated. Each customer of a shared passkey has their own record.
   */
  addPasskey(enrolled: {
    readonly clientSessionId: string;
    readonly credentialId: string;
    readonly bindingId: string;
    readonly device: DeviceName;
    readonly completedAt: Date;
  }): Promise<void>;
  /** The passkey of a customer's own enrolment; undefined until it is completed. */
  findEnrolled(key: {
    readonly clientSessionId: string;
    readonly customerId: string;
  }): Promise<PaymentPasskey | undefined>;
  /** Newest first. */
  listPasskeys(customerId: string): Promise<readonly PaymentPasskey[]>;
}

export function createPasskeyRecords(pool: Pool): PasskeyRecords {
  return {
    async addEnrolment({ clientSessionId, customerId, accounts, receiptId }) {
      await pool.query(
        'INSERT INTO bank_enrolment (client_session_id, customer_id, accounts, receipt_id) VALUES ($1, $2, $3, $4)',
        [clientSessionId, customerId, JSON.stringify(accounts), receiptId],
      );
    },

    async addPasskey({ clientSessionId, credentialId, bindingId, device, completedAt }) {
      await pool.query(
        `WITH enrolment AS (
           UPDATE bank_enrolment SET credential_id = $2 WHERE client_session_id = $1 RETURNING customer_id, accounts)
         INSERT INTO bank_payment_passkey AS kept (credential_id, binding_id, customer_id, accounts, created_at, last_used_at, browser, platform)
           SELECT $2, $3, customer_id, accounts, $4, $4, $5, $6 FROM enrolment
         ON CONFLICT (credential_id, customer_id) DO UPDATE SET
           last_used_at = greatest(kept.last_used_at, excluded.last_used_at),
           accounts = kept.accounts || (
             SELECT coalesce(jsonb_agg(added), '[]') FROM jsonb_array_elements(excluded.accounts) AS added WHERE NOT kept.accounts @> added)`,
        [clientSessionId, credentialId, bindingId, completedAt, device.browser, device.platform],
      );
    },

    async findEnrolled({ clientSessionId, customerId }) {
      const { rows } = await pool.query<PasskeyRow>(
        `SELECT passkey.* FROM bank_enrolment AS enrolment
           JOIN bank_payment_passkey AS passkey USING (credential_id, customer_id)
         WHERE enrolment.client_session_id = $1 AND enrolment.customer_id = $2`,
        [clientSessionId, customerId],
      );
      return rows[0] && readPasskey(rows[0]);
    },

    async listPasskeys(customerId) {
      const { rows } = await pool.query<PasskeyRow>(
        'SELECT * FROM bank_payment_passkey WHERE customer_id = $1 ORDER BY created_at DESC',
        [customerId],
      );
      return rows.map(readPasskey);
    },
  };
}

interface PasskeyRow {
  readonly accounts: readonly string[];
  readonly browser: string | null;
  readonly platform: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
}

function readPasskey({ accounts, browser, platform, created_at, last_used_at }: PasskeyRow): PaymentPasskey {
  const device = { browser: browser ?? undefined, platform: platform ?? undefined };
  return { accounts, device, createdAt: created_at, lastUsedAt: last_used_at };
}
