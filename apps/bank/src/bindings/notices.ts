/** Notices of passkeys that were deleted at the network. A notice is shown until the customer has read it. */

import type { Actor } from '@payment-passkeys/issuer/server';
import type { Pool } from 'pg';
import type { DeviceName } from '../passkeys/device-name.ts';

export interface Notice {
  readonly eventId: string;
  readonly by: Actor;
  readonly at: Date;
  /** The browser that made the passkey, if it was made at this bank. */
  readonly device: DeviceName | undefined;
  /** The shop at which it was made, if `device` is undefined. */
  readonly shop: string | undefined;
}

export interface NoticeStore {
  /** Adds a notice for every customer who has, or had, the passkey, and ends its bindings. The same event again changes nothing. */
  addDeletion(deletion: {
    readonly eventId: string;
    readonly credentialId: string;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<void>;
  /** Newest first. */
  list(customerId: string): Promise<readonly Notice[]>;
  /** Marks a notice as read: it is not listed any more. */
  dismiss(key: { readonly customerId: string; readonly eventId: string }): Promise<void>;
}

export function createNoticeStore(pool: Pool): NoticeStore {
  return {
    async addDeletion({ eventId, credentialId, by, at }) {
      await pool.query(
        `WITH holder AS (
           SELECT customer_id FROM bank_binding WHERE credential_id = $2
           UNION SELECT customer_id FROM bank_payment_passkey WHERE credential_id = $2),
         ended AS (
           UPDATE bank_binding SET deleted_at = $4, changed_at = greatest(changed_at, $4) WHERE credential_id = $2 AND deleted_at IS NULL)
         INSERT INTO bank_passkey_notice (event_id, customer_id, credential_id, triggered_by, occurred_at)
           SELECT $1, customer_id, $2, $3, $4 FROM holder
         ON CONFLICT DO NOTHING`,
        [eventId, credentialId, by, at],
      );
    },

    async list(customerId) {
      const { rows } = await pool.query<NoticeRow>(
        `SELECT event_id, triggered_by, occurred_at, created_at, browser, platform,
           (SELECT holder_name FROM bank_binding AS binding
            WHERE binding.customer_id = notice.customer_id AND binding.credential_id = notice.credential_id ORDER BY created_at LIMIT 1) AS shop
         FROM bank_passkey_notice AS notice LEFT JOIN bank_payment_passkey USING (customer_id, credential_id)
         WHERE customer_id = $1 AND NOT read ORDER BY occurred_at DESC`,
        [customerId],
      );
      return rows.map((row) => ({
        eventId: row.event_id,
        by: row.triggered_by,
        at: row.occurred_at,
        device: row.created_at ? { browser: row.browser ?? undefined, platform: row.platform ?? undefined } : undefined,
        shop: row.shop ?? undefined,
      }));
    },

    async dismiss({ customerId, eventId }) {
      await pool.query('UPDATE bank_passkey_notice SET read = true WHERE customer_id = $1 AND event_id = $2', [
        customerId,
        eventId,
      ]);
    },
  };
}

interface NoticeRow {
  readonly event_id: string;
  readonly triggered_by: Actor;
  readonly occurred_at: Date;
  /** When the bank's own record of the passkey was made. */
  readonly created_at: Date | null;
  readonly shop: string | null;
  readonly browser: string | null;
  readonly platform: string | null;
}
