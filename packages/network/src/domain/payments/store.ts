/** The changes of a payment's approval, in one statement. For opting out of Secure Payment Confirmation see opt-out.ts. */
import {
  column,
  execute,
  nullable,
  query,
  type RowOf,
  type Sql,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { AccountIndex } from '../accounts/account-vault.ts';
import { BOUND_IF_NEW, bindingValues, boundEvents, GIVEN_ACCOUNTS } from '../bindings/bound.ts';
import { USABLE } from '../bindings/usable.ts';
import { byAdmission, chooseByAdmission, nonceValues, readVerdict, VERDICT } from '../clients/nonce-store.ts';
import type { SignedCall } from '../clients/signed-request.ts';
import type { Device } from '../devices/device.ts';
import { DEVICE_USED, deviceValues } from '../devices/store.ts';
import {
  AUTHENTICATOR_FACTS,
  ENDED_SESSION,
  endedSession,
  type StoredEvents,
  sessionEnded,
  storedEvents,
} from '../events/outbox.ts';
import { passkeyUsed, passkeyUseValues } from '../passkeys/store.ts';
import { ACCOUNTS_DELETED } from '../sessions/accounts-deleted.ts';
import { MAY_ABORT, MAY_CONFIRM, mayTakeResult } from '../sessions/decisions-in-sql.ts';
import { appended, STEP, type StoredStep } from '../timeline/step.ts';

export interface Approval {
  readonly sessionId: string;
  /** The session's client. */
  readonly clientId: string;
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
  /** The merchant's call, whose nonce is consumed with the challenge. Undefined on the hosted page. */
  readonly signed: SignedCall | undefined;
  readonly proof: { readonly keyId: string; readonly hash: Buffer; readonly expiresAt: Date };
  /**
   * The merchant's binding. `isNew`: this is its first payment with the passkey and the card, and `card` is the card to bind. `ways` are ids of
   * bindings, see {@link USABLE}: only this binding if the card found the passkey by it; otherwise the bindings by which the card found the
   * passkey, and this binding if it exists.
   */
  readonly binding: { readonly bindingId: string; readonly ways: readonly string[] } & (
    | { readonly isNew: true; readonly card: AccountIndex }
    | { readonly isNew: false; readonly card: AccountIndex | undefined }
  );
  /** The passkey was made on the way to this payment. */
  readonly registered: boolean;
  readonly step: StoredStep;
  readonly now: Date;
}

const BY_CARDHOLDER = sql`'CARDHOLDER'`;

/** The event for the merchant, with the order's id, and for the issuer of the card. `consumed` is the session. */
const PAYMENT_APPROVED: StoredEvents<never> = {
  type: 'payment.approved',
  to: sql`hears.client_id`,
  by: BY_CARDHOLDER,
  data: sql`fact.data || hears.more`,
  from: sql`(SELECT client_id, issuer_id, payment,
                    jsonb_build_object('authenticationSessionId', session_id, 'credentialId', passkey_id, 'bindingId', binding_id,
                      'merchantName', payment -> 'merchantName', 'merchantOrigin', payment -> 'merchantOrigin',
                      'amount', payment -> 'amount', 'currency', payment -> 'currency', 'panLastFour', card_last_four,
                      'acquirerMerchantId', payment -> 'acquirerMerchantId', 'acquirerBIN', payment -> 'acquirerBIN',
                      'merchantCategoryCode', payment -> 'merchantCategoryCode', 'merchantCountryCode', payment -> 'merchantCountryCode',
                      'authenticator', ${AUTHENTICATOR_FACTS}) AS data
             FROM consumed AS changed OFFSET 0) AS fact,
            LATERAL (VALUES (fact.client_id, jsonb_build_object('orderId', fact.payment -> 'orderId')), (fact.issuer_id, '{}'))
                    AS hears (client_id, more)
            WHERE hears.client_id IS NOT NULL`,
};

const APPROVAL_EVENTS = storedEvents(
  sessionEnded({ from: sql`consumed`, by: BY_CARDHOLDER }),
  PAYMENT_APPROVED,
  boundEvents({ by: BY_CARDHOLDER }),
);

/**
 * Consumes the challenge of a session that waits for approval, under the condition `awaited`, and records the use of passkey and binding. `from`
 * is a FROM clause for the session's UPDATE: without its row, nothing changes.
 */
const approved = (from: Sql<never>, awaited: Sql<'challenge' | 'credentialHash' | 'now'>) => sql`
  ${USABLE},
  consumed AS (UPDATE session
               SET state = 'approved', challenge = NULL, confirmation_challenge = NULL, ${ACCOUNTS_DELETED},
                   credential_hash = ${'credentialHash'}, passkey_id = ${'passkeyId'}, device_id = ${'deviceId'}, completed_at = ${'now'},
                   ended_at = ${'now'}, card_index = coalesce(${'cardIndex'}, card_index), proof_key_id = ${'proofKeyId'},
                   proof_hash = ${'proofHash'}, proof_expires_at = ${'proofExpiresAt'}, binding_id = ${'bindingId'}, ${appended(STEP)}
               ${from}
               WHERE session_id = ${'sessionId'} AND payment IS NOT NULL AND ${awaited} AND (SELECT answer FROM usable)
               RETURNING ${endedSession('approved')}, card_index, card_last_four, card_brand, issuer_id, payment),
  ${GIVEN_ACCOUNTS}, ${BOUND_IF_NEW}, ${passkeyUsed(sql``)}, ${APPROVAL_EVENTS},
  binding_used AS (UPDATE binding SET last_used_at = ${'now'} FROM consumed WHERE NOT ${'isNew'} AND binding.binding_id = ${'bindingId'})`;

const APPROVED = {
  approved: column.boolean(sql`EXISTS (SELECT FROM consumed)`),
  usable: nullable(column.boolean(sql`(SELECT answer FROM usable)`)),
};

/**
 * No condition about the issuer's verification is needed: the challenge is deleted when the browser leaves for the issuer, and when the issuer
 * answers.
 */
const APPROVE_AT_PAGE = statement({
  name: 'payment-approve-at-page',
  text: sql`WITH ${approved(sql``, mayTakeResult('approved'))}, ${DEVICE_USED} SELECT ${selectList(APPROVED)}`,
  returns: APPROVED,
});

/** Approves the payment of a session that has not been opened. */
const APPROVE_AT_SHOP = byAdmission((admission) =>
  statement({
    name: `payment-approve-at-shop-${admission.name}`,
    text: sql`WITH ${admission.parts}, ${approved(sql`FROM admitted`, MAY_CONFIRM)}
              SELECT ${selectList(VERDICT)}, ${selectList(APPROVED)}`,
    returns: { ...VERDICT, ...APPROVED },
  }),
);

/** SESSION_CHANGED: another request was first. UNUSABLE: the passkey or its binding was suspended or deleted, or waits for its issuer. */
export type ApprovalVerdict = 'APPROVED' | 'SESSION_CHANGED' | 'UNUSABLE';

/**
 * Consumes the challenge and marks the order approved. Throws what {@link SignedCall} throws if the call must not be served. If two payments both
 * create the first binding, the statement of the second ends with a unique violation.
 */
export async function recordApproval(pool: Pool, approval: Approval): Promise<ApprovalVerdict> {
  const { device, signed, proof, binding, assertion, passkeyId } = approval;
  const { sessionId, clientId, challenge, credentialHash, deviceId, step, now, seenSignCount } = approval;
  const values = {
    sessionId,
    clientId,
    challenge,
    credentialHash,
    passkeyId,
    deviceId,
    step,
    now,
    proofKeyId: proof.keyId,
    proofHash: proof.hash,
    proofExpiresAt: proof.expiresAt,
    cardIndex: binding.card?.index,
    isNew: binding.isNew,
    registered: approval.registered,
    ways: binding.ways,
    ...bindingValues(binding.bindingId, binding.card ? [binding.card] : []),
    ...passkeyUseValues(assertion, seenSignCount),
  };
  if (device !== undefined) {
    const [row] = await query(pool, APPROVE_AT_PAGE, { ...values, ...deviceValues(device, passkeyId) });
    return readApproval(row);
  }
  const nonceClaim = signed?.nonceClaim;
  const [row] = await query(pool, chooseByAdmission(APPROVE_AT_SHOP, nonceClaim), {
    ...values,
    ...nonceValues(nonceClaim),
  });
  signed?.assertAdmitted(readVerdict(row));
  return readApproval(row);
}

function readApproval(row: RowOf<typeof APPROVED> | undefined): ApprovalVerdict {
  if (row?.approved) return 'APPROVED';
  return row?.usable ? 'SESSION_CHANGED' : 'UNUSABLE';
}

const DROP_CONFIRMATION = statement({
  name: 'confirmation-drop',
  text: sql`UPDATE session SET confirmation_challenge = NULL, ${appended(STEP)} WHERE session_id = ${'sessionId'}`,
});

/** Consumes a challenge after a wrong report; the session can still be completed on the hosted page. `step` is the refusal. */
export async function dropConfirmation(
  pool: Pool,
  report: { readonly sessionId: string; readonly step: StoredStep },
): Promise<void> {
  await execute(pool, DROP_CONFIRMATION, report);
}

const ABORT = byAdmission((admission) =>
  statement({
    name: `confirmation-abort-${admission.name}`,
    text: sql`WITH ${admission.parts},
                   ended AS (UPDATE session
                             SET state = 'cancelled', end_reason = 'USER_CANCELLATION', ended_at = ${'now'}, ${ACCOUNTS_DELETED},
                                 confirmation_challenge = NULL, ${appended(STEP)}
                             FROM admitted
                             WHERE session_id = ${'sessionId'} AND ${MAY_ABORT} RETURNING ${ENDED_SESSION}),
                   ${storedEvents(sessionEnded({ from: sql`ended`, by: BY_CARDHOLDER }))}
              SELECT ${selectList(VERDICT)}, EXISTS (SELECT 1 FROM ended) AS ended`,
    returns: { ...VERDICT, ended: column.boolean() },
  }),
);

/** Ends a payment that the cardholder cancelled at the shop. False if the session was opened, or has ended. */
export async function abortPayment(
  pool: Pool,
  session: { readonly sessionId: string; readonly step: StoredStep; readonly now: Date },
  { nonceClaim, assertAdmitted }: SignedCall,
): Promise<boolean> {
  const [row] = await query(pool, chooseByAdmission(ABORT, nonceClaim), { ...session, ...nonceValues(nonceClaim) });
  assertAdmitted(readVerdict(row));
  return row?.ended ?? false;
}
