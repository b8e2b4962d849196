/** What the bank keeps about payment passkeys: what was agreed to, and which passkeys there are. Accounts are masked here already. */
import type { ComplianceResource } from '@payment-passkeys/issuer/server';
import type { Pool } from 'pg';

/** Evidence of a consent: who agreed to what, when, for which accounts. */
export interface AgreedEnrolment {
  readonly clientSessionId: string;
  readonly customerId: string;
  readonly accounts: readonly string[];
  readonly country: string;
  readonly language: string;
  readonly complianceResources: readonly ComplianceResource[];
  readonly acceptedAt: Date;
}

export interface PaymentPasskey {
  readonly accounts: readonly string[];
  readonly createdAt: Date;
}

export interface PasskeyRecords {
  addEnrolment(enrolment: AgreedEnrolment): Promise<void>;
  /**
   * Lists the passkey of a completed enrolment. The same call again changes nothing; the same passkey from another enrolment
   * (it was used, not made) has its accounts added.
   */
  addPasskey(enrolled: {
    readonly clientSessionId: string;
    readonly credentialId: string;
    readonly bindingId: string;
    readonly completedAt: Date;
  }): Promise<void>;
  /** The passkey that a customer's own enrolment ended with; undefined while it has not. */
  findEnrolled(key: {
    readonly clientSessionId: string;
    readonly customerId: string;
  }): Promise<PaymentPasskey | undefined>;
  /** Newest first. */
  listPasskeys(customerId: string): Promise<readonly PaymentPasskey[]>;
}

export function createPasskeyRecords(pool: Pool): PasskeyRecords {
  return {
    async addEnrolment(enrolment) {
      await pool.query(
        `INSERT INTO bank_enrolment (client_session_id, customer_id, accounts, country, language, compliance_resources, accepted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [
          enrolment.clientSessionId,
          enrolment.customerId,
          JSON.stringify(enrolment.accounts),
          enrolment.country,
          enrolment.language,
          JSON.stringify(enrolment.complianceResources),
          enrolment.acceptedAt,
        ],
      );
    },

    async addPasskey({ clientSessionId, credentialId, bindingId, completedAt }) {
      await pool.query(
        `WITH enrolment AS (
           UPDATE bank_enrolment SET credential_id = $2 WHERE client_session_id = $1 RETURNING customer_id, accounts)
         INSERT INTO bank_payment_passkey AS kept (credential_id, binding_id, customer_id, accounts, created_at)
           SELECT $2, $3, customer_id, accounts, $4 FROM enrolment
         ON CONFLICT (credential_id) DO UPDATE SET accounts = kept.accounts || (
           SELECT coalesce(jsonb_agg(added), '[]') FROM jsonb_array_elements(excluded.accounts) AS added WHERE NOT kept.accounts @> added)`,
        [clientSessionId, credentialId, bindingId, completedAt],
      );
    },

    async findEnrolled({ clientSessionId, customerId }) {
      const { rows } = await pool.query<PasskeyRow>(
        `SELECT passkey.accounts, passkey.created_at FROM bank_enrolment AS enrolment
           JOIN bank_payment_passkey AS passkey USING (credential_id, customer_id)
         WHERE enrolment.client_session_id = $1 AND enrolment.customer_id = $2`,
        [clientSessionId, customerId],
      );
      return rows[0] && readPasskey(rows[0]);
    },

    async listPasskeys(customerId) {
      const { rows } = await pool.query<PasskeyRow>(
        'SELECT accounts, created_at FROM bank_payment_passkey WHERE customer_id = $1 ORDER BY created_at DESC',
        [customerId],
      );
      return rows.map(readPasskey);
    },
  };
}

interface PasskeyRow {
  readonly accounts: readonly string[];
  readonly created_at: Date;
}

function readPasskey({ accounts, created_at }: PasskeyRow): PaymentPasskey {
  return { accounts, createdAt: created_at };
}
