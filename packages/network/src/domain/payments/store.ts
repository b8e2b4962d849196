/** What a payment's approval changes, in one statement. Opting out of Secure Payment Confirmation: opt-out.ts. */
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { AccountIndex } from '../accounts/account-vault.ts';
import { type Device, deviceInstanceId } from '../devices/device.ts';

export interface Approval {
  readonly sessionId: string;
  /** Of the hosted page's ceremony, or handed out for Secure Payment Confirmation. */
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly passkeyId: string;
  readonly seenSignCount: number;
  readonly assertion: Assertion;
  readonly deviceId: string;
  /** Where the hosted page was used: the device is the passkey's from now on. At a shop the network does not meet it. */
  readonly device: Device | undefined;
  readonly proof: { readonly keyId: string; readonly hash: Buffer; readonly expiresAt: Date };
  /** New of the merchant's first payment with this passkey and card; `card` is what it is bound by. */
  readonly binding: { readonly bindingId: string } & (
    | { readonly isNew: true; readonly card: AccountIndex }
    | { readonly isNew: false; readonly card: AccountIndex | undefined }
  );
  readonly now: Date;
}

/**
 * Which session may be approved: one that waits for it on the page, whose challenge is gone as soon as the browser leaves for the issuer or
 * the issuer has answered; or one that nobody has opened yet.
 */
const AT_PAGE = `state IN ('opened', 'verifying', 'registered') AND challenge = $2`;
const AT_SHOP = `state = 'created' AND confirmation_challenge = $2`;

const approve = (waiting: string) => `
  taken AS (UPDATE session
            SET state = 'approved', challenge = NULL, confirmation_challenge = NULL, accounts = NULL, credential_hash = $3, passkey_id = $4,
                device_id = $5, completed_at = $6, ended_at = $6, card_index = coalesce($18, card_index), proof_key_id = $7, proof_hash = $8, proof_expires_at = $9, binding_id = $10
            WHERE session_id = $1 AND payment IS NOT NULL AND ${waiting} AND expires_at > $6
              AND EXISTS (SELECT FROM passkey WHERE passkey_id = $4 AND status = 'active')
            RETURNING session_id, client_id, card_index, card_last_four, card_brand, issuer_id),
  bound AS (INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, created_at, updated_at)
            SELECT $10, $4, client_id, card_index, card_last_four, card_brand, issuer_id, $6, $6 FROM taken WHERE $11::boolean),
  added AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
            SELECT $10, card_index, $12::integer, 'CARD', $6 FROM taken WHERE $11::boolean),
  used AS (UPDATE passkey
           SET last_used_at = $6, backed_up = $15, backup_eligible = $16,
               sign_count = CASE WHEN sign_count = $13 THEN $14 ELSE sign_count END,
               counter_regressions = counter_regressions + $17
           FROM taken WHERE passkey.passkey_id = $4)`;

const attach = `
  used_device AS (INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
                  SELECT $5, $19, $6, $6 FROM taken
                  ON CONFLICT (device_id) DO UPDATE SET last_used_at = $6
                  RETURNING device_id),
  attached AS (INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
               SELECT device_id, $4, $20, $6 FROM used_device
               ON CONFLICT (device_id, passkey_id) DO NOTHING)`;

/**
 * Uses the challenge up and marks the order approved. False when somebody else was first, or the passkey was gone. A binding that two
 * payments would both be the first to make ends the second one's statement with a unique violation.
 */
export async function takeApproval(pool: Pool, approval: Approval): Promise<boolean> {
  const { device, proof, binding, assertion } = approval;
  const taken = await pool.query({
    name: device === undefined ? 'payment-approve-at-shop' : 'payment-approve-at-page',
    text:
      device === undefined
        ? `WITH ${approve(AT_SHOP)} SELECT session_id FROM taken`
        : `WITH ${approve(AT_PAGE)}, ${attach} SELECT session_id FROM taken`,
    values: [
      approval.sessionId,
      approval.challenge,
      approval.credentialHash,
      approval.passkeyId,
      approval.deviceId,
      approval.now,
      proof.keyId,
      proof.hash,
      proof.expiresAt,
      binding.bindingId,
      binding.isNew,
      binding.card?.keyVersion,
      approval.seenSignCount,
      assertion.signCount,
      assertion.backedUp,
      assertion.backupEligible,
      assertion.counterRegressed ? 1 : 0,
      binding.card?.index,
      ...(device === undefined ? [] : [device.cookieHash, deviceInstanceId(device.deviceId, approval.passkeyId)]),
    ],
  });
  return taken.rowCount === 1;
}

/** A challenge that a lie was told about is used up; the session still has its page. */
export async function dropConfirmation(pool: Pool, sessionId: string): Promise<void> {
  await pool.query({
    name: 'confirmation-drop',
    text: 'UPDATE session SET confirmation_challenge = NULL WHERE session_id = $1',
    values: [sessionId],
  });
}

/** Ends a payment that was called off at the shop. False when the session was opened, or over. */
export async function takeAbort(
  pool: Pool,
  { sessionId, now }: { readonly sessionId: string; readonly now: Date },
): Promise<boolean> {
  const ended = await pool.query({
    name: 'confirmation-abort',
    text: `UPDATE session SET state = 'cancelled', end_reason = 'USER_CANCELLATION', ended_at = $2, accounts = NULL, confirmation_challenge = NULL
           WHERE session_id = $1 AND state = 'created' AND expires_at > $2`,
    values: [sessionId, now],
  });
  return ended.rowCount === 1;
}

/** The device that a passkey was last seen on: a payment that is confirmed at a shop names it, having met none itself. */
export async function findDeviceOfPasskey(pool: Pool, passkeyId: string): Promise<string | undefined> {
  const found = await pool.query<{ device_id: string }>({
    name: 'device-of-passkey',
    text: `SELECT device_id FROM device_passkey JOIN device USING (device_id)
           WHERE passkey_id = $1 ORDER BY last_used_at DESC LIMIT 1`,
    values: [passkeyId],
  });
  return found.rows[0]?.device_id;
}
