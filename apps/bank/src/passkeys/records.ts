/** What the bank keeps about payment passkeys: the consent of each enrolment, and the passkeys. Accounts are masked. */
import type { Pool } from 'pg';
import { BANK_NAME } from '../site.ts';
import type { DeviceName } from './device-name.ts';

/** An enrolment that was started, with the receipt of its consent. */
export interface AgreedEnrolment {
  readonly clientSessionId: string;
  readonly customerId: string;
  readonly accounts: readonly string[];
  readonly receiptId: string;
}

export interface PaymentPasskey {
  /** The network's id of the passkey. */
  readonly credentialId: string;
  readonly accounts: readonly string[];
  /** The browser that made it. */
  readonly device: DeviceName;
  readonly createdAt: Date;
  /** When it was made or last used at this bank. */
  readonly lastUsedAt: Date;
}

export interface PasskeyRecords {
  addEnrolment(enrolment: AgreedEnrolment): Promise<void>;
  /**
   * Adds the passkey of a completed enrolment to the customer's list. A repeated call changes nothing. If another enrolment of the customer
   * used the same passkey, its accounts are added and its last use is updated. After a removal of the passkey the list of accounts begins
   * again. Each customer of a shared passkey has their own record.
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
           UPDATE bank_enrolment SET credential_id = $2 WHERE client_session_id = $1 RETURNING customer_id, accounts),
         passkey AS (
           INSERT INTO bank_payment_passkey AS kept (credential_id, binding_id, customer_id, accounts, created_at, last_used_at, browser, platform)
             SELECT $2, $3, customer_id, accounts, $4, $4, $5, $6 FROM enrolment
           ON CONFLICT (credential_id, customer_id) DO UPDATE SET
             binding_id = excluded.binding_id,
             last_used_at = greatest(kept.last_used_at, excluded.last_used_at),
             accounts = CASE WHEN kept.binding_id <> excluded.binding_id THEN excluded.accounts ELSE kept.accounts || (
               SELECT coalesce(jsonb_agg(added), '[]') FROM jsonb_array_elements(excluded.accounts) AS added WHERE NOT kept.accounts @> added) END
           RETURNING customer_id, accounts)
         INSERT INTO bank_binding AS kept (customer_id, binding_id, credential_id, holder_role, holder_name, last_fours, created_at, changed_at)
           SELECT customer_id, $3, $2, 'issuer', $7,
             ARRAY (SELECT right(account, 4) FROM jsonb_array_elements_text(accounts) AS account WHERE account ~ '^•••• [0-9]{4}$'), $4, $4
           FROM passkey
         ON CONFLICT (customer_id, binding_id) DO UPDATE SET last_fours = excluded.last_fours`,
        [clientSessionId, credentialId, bindingId, completedAt, device.browser, device.platform, BANK_NAME],
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
  readonly credential_id: string;
  readonly accounts: readonly string[];
  readonly browser: string | null;
  readonly platform: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
}

function readPasskey(row: PasskeyRow): PaymentPasskey {
  const { credential_id: credentialId, accounts, browser, platform, created_at, last_used_at } = row;
  const device = { browser: browser ?? undefined, platform: platform ?? undefined };
  return { credentialId, accounts, device, createdAt: created_at, lastUsedAt: last_used_at };
}
