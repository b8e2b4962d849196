/** Passkeys in the database. Live means: not suspended, not deleted, used within thirteen months. */
import { IDLE_MONTHS } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';

export interface Passkey {
  readonly passkeyId: string;
  /** The WebAuthn credential id. */
  readonly credentialId: Buffer;
  readonly userHandle: Buffer;
  /** COSE. */
  readonly publicKey: Buffer;
  readonly signCount: number;
  readonly transports: readonly string[];
  /** Attached to the device that asks. */
  readonly onDevice: boolean;
  /** Bound to one of the session's accounts: to a card by any client, to an e-mail address or a mobile number by the one that asks. */
  readonly ofAccounts: boolean;
  /** False where an older program has opted the passkey out of Secure Payment Confirmation for good: see migrations/0008. */
  readonly paymentConfirmation: boolean;
}

/** Which passkeys a session may meet: its device's and its accounts'. */
export interface PasskeySearch {
  readonly deviceId: string | undefined;
  /** Who asks. */
  readonly clientId: string;
  readonly accountIndexes: readonly Buffer[];
  readonly now: Date;
}

export interface PasskeyRow {
  readonly passkey_id: string;
  readonly webauthn_id: Buffer;
  readonly user_handle: Buffer;
  readonly public_key: Buffer;
  readonly sign_count: string;
  readonly transports: readonly string[];
  readonly on_device: boolean;
  readonly of_accounts: boolean;
  readonly payment_confirmation: boolean;
}

const IDLE = `make_interval(months => ${IDLE_MONTHS})`;

/**
 * The parts of a statement that end in `live`, the live passkeys of a search, the most recently used first; {@link searchValues} are its
 * values from $1 to $4. An e-mail address or a mobile number finds what the issuer that asks has itself bound to it: another bank's
 * customers are nothing that it may learn of, and in a merchant's binding (one that is of a card) nobody has verified it.
 */
// OFFSET 0: PostgreSQL keeps to look-ups by key, where it would scan a table that it takes for small, at a cost that grows with it.
export const LIVE_PASSKEYS = `
  met AS (SELECT passkey_id, bool_or(here) AS on_device, bool_or(NOT here) AS of_accounts
          FROM (SELECT passkey_id, true AS here FROM device JOIN device_passkey USING (device_id)
                WHERE device_id = $1 AND device.last_used_at > $3::timestamptz - ${IDLE}
                UNION ALL
                SELECT bound.passkey_id, false FROM binding_account AS account,
                  LATERAL (SELECT passkey_id, client_id, card_index FROM binding WHERE binding.binding_id = account.binding_id OFFSET 0) AS bound
                WHERE account_index = ANY ($2::bytea[]) AND (kind = 'CARD' OR (card_index = '' AND client_id = $4))) AS way
          GROUP BY passkey_id),
  live AS (SELECT met.passkey_id, webauthn_id, user_handle, public_key, sign_count, transports, payment_confirmation, on_device, of_accounts,
                  last_used_at
           FROM met, LATERAL (SELECT * FROM passkey WHERE passkey.passkey_id = met.passkey_id OFFSET 0) AS known
           WHERE status = 'active' AND last_used_at > $3::timestamptz - ${IDLE}
           ORDER BY last_used_at DESC LIMIT 200)`;

/** What of `live` {@link readPasskey} reads. */
export const PASSKEY_COLUMNS =
  'live.passkey_id, webauthn_id, user_handle, public_key, sign_count, transports, payment_confirmation, on_device, of_accounts';

export function searchValues({ deviceId, clientId, accountIndexes, now }: PasskeySearch): readonly unknown[] {
  return [deviceId, accountIndexes, now, clientId];
}

export async function findPasskeys(pool: Pool, search: PasskeySearch): Promise<readonly Passkey[]> {
  const found = await pool.query<PasskeyRow>({
    name: 'passkeys-of-session',
    text: `WITH ${LIVE_PASSKEYS} SELECT ${PASSKEY_COLUMNS} FROM live ORDER BY last_used_at DESC`,
    values: [...searchValues(search)],
  });
  return found.rows.map(readPasskey);
}

export function readPasskey(row: PasskeyRow): Passkey {
  return {
    passkeyId: row.passkey_id,
    credentialId: row.webauthn_id,
    userHandle: row.user_handle,
    publicKey: row.public_key,
    signCount: Number(row.sign_count), // a WebAuthn counter has 32 bits
    transports: row.transports,
    onDevice: row.on_device,
    ofAccounts: row.of_accounts,
    paymentConfirmation: row.payment_confirmation,
  };
}
