/** The changes of a payment's approval, in one statement. For opting out of Secure Payment Confirmation see opt-out.ts. */
import { column, execute, query, type Sql, sql, statement } from '@payment-passkeys/storage';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { AccountIndex } from '../accounts/account-vault.ts';
import { BOUND_IF_NEW, bindingValues } from '../bindings/bound.ts';
import type { Device } from '../devices/device.ts';
import { DEVICE_USED, deviceValues } from '../devices/store.ts';
import { PASSKEY_IS_ACTIVE, passkeyUsed, passkeyUseValues } from '../passkeys/store.ts';
import { AWAITS_APPROVAL } from '../sessions/states-in-sql.ts';

export interface Approval {
  readonly sessionId: string;
  /** The challenge of the hosted page's ceremony, or the one for Secure Payment Confirmation. */
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly passkeyId: string;
  readonly seenSignCount: number;
  readonly assertion: Assertion;
  readonly deviceId: string;
  /**
   * The device of the hosted page's browser: from now on it has the passkey. Undefined at a shop, because the network sees no device there.
   */
  readonly device: Device | undefined;
  readonly proof: { readonly keyId: string; readonly hash: Buffer; readonly expiresAt: Date };
  /** New for the merchant's first payment with this passkey and card. `card` is the card that it is bound to. */
  readonly binding: { readonly bindingId: string } & (
    | { readonly isNew: true; readonly card: AccountIndex }
    | { readonly isNew: false; readonly card: AccountIndex | undefined }
  );
  readonly now: Date;
}

/** Consumes the challenge of a session that awaits approval, under the condition `awaited`, and records the use of the passkey. */
const approved = (awaited: Sql<'challenge'>) => sql`
  consumed AS (UPDATE session
               SET state = 'approved', challenge = NULL, confirmation_challenge = NULL, accounts = NULL,
                   credential_hash = ${'credentialHash'}, passkey_id = ${'passkeyId'}, device_id = ${'deviceId'}, completed_at = ${'now'},
                   ended_at = ${'now'}, card_index = coalesce(${'cardIndex'}, card_index), proof_key_id = ${'proofKeyId'},
                   proof_hash = ${'proofHash'}, proof_expires_at = ${'proofExpiresAt'}, binding_id = ${'bindingId'}
               WHERE session_id = ${'sessionId'} AND payment IS NOT NULL AND ${awaited} AND expires_at > ${'now'} AND ${PASSKEY_IS_ACTIVE}
               RETURNING passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id),
  ${BOUND_IF_NEW}, ${passkeyUsed(sql``)}`;

/** The challenge is deleted as soon as the browser leaves for the issuer, or the issuer has answered. */
const APPROVE_AT_PAGE = statement({
  name: 'payment-approve-at-page',
  text: sql`WITH ${approved(sql`${AWAITS_APPROVAL} AND challenge = ${'challenge'}`)}, ${DEVICE_USED} SELECT FROM consumed`,
});

/** For a session that has not been opened. */
const APPROVE_AT_SHOP = statement({
  name: 'payment-approve-at-shop',
  text: sql`WITH ${approved(sql`state = 'created' AND confirmation_challenge = ${'challenge'}`)} SELECT FROM consumed`,
});

/**
 * Consumes the challenge and marks the order approved. False if another request was first, or the passkey is no longer live. If two
 * payments both create the first binding, the statement of the second ends with a unique violation.
 */
export async function recordApproval(pool: Pool, approval: Approval): Promise<boolean> {
  const { device, proof, binding, assertion, passkeyId } = approval;
  const { sessionId, challenge, credentialHash, deviceId, now, seenSignCount } = approval;
  const values = {
    sessionId,
    challenge,
    credentialHash,
    passkeyId,
    deviceId,
    now,
    proofKeyId: proof.keyId,
    proofHash: proof.hash,
    proofExpiresAt: proof.expiresAt,
    cardIndex: binding.card?.index,
    isNew: binding.isNew,
    ...bindingValues(binding.bindingId, binding.card ? [binding.card] : []),
    ...passkeyUseValues(assertion, seenSignCount),
  };
  const approvals =
    device === undefined
      ? await execute(pool, APPROVE_AT_SHOP, values)
      : await execute(pool, APPROVE_AT_PAGE, { ...values, ...deviceValues(device, passkeyId) });
  return approvals === 1;
}

const DROP_CONFIRMATION = statement({
  name: 'confirmation-drop',
  text: sql`UPDATE session SET confirmation_challenge = NULL WHERE session_id = ${'sessionId'}`,
});

/** Consumes a challenge after a wrong report; the session can still use its page. */
export async function dropConfirmation(pool: Pool, sessionId: string): Promise<void> {
  await execute(pool, DROP_CONFIRMATION, { sessionId });
}

const ABORT = statement({
  name: 'confirmation-abort',
  text: sql`UPDATE session
            SET state = 'cancelled', end_reason = 'USER_CANCELLATION', ended_at = ${'now'}, accounts = NULL, confirmation_challenge = NULL
            WHERE session_id = ${'sessionId'} AND state = 'created' AND expires_at > ${'now'}`,
});

/** Ends a payment that the cardholder cancelled at the shop. False if the session was opened, or has ended. */
export async function abortPayment(
  pool: Pool,
  session: { readonly sessionId: string; readonly now: Date },
): Promise<boolean> {
  return (await execute(pool, ABORT, session)) === 1;
}

const DEVICE_OF_PASSKEY = statement({
  name: 'device-of-passkey',
  text: sql`SELECT device_id AS "deviceId" FROM device_passkey JOIN device USING (device_id)
            WHERE passkey_id = ${'passkeyId'} ORDER BY last_used_at DESC LIMIT 1`,
  returns: { deviceId: column.text() },
});

/**
 * The device that last used a passkey. The proof of a payment that is confirmed at a shop names it, because the network sees no device
 * there.
 */
export async function findDeviceOfPasskey(pool: Pool, passkeyId: string): Promise<string | undefined> {
  return (await query(pool, DEVICE_OF_PASSKEY, { passkeyId }))[0]?.deviceId;
}
