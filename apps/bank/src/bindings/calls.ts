/** The calls to the network that customers have ordered, in the order in which they asked. None is lost while the network is unreachable. */
import { randomUUID } from 'node:crypto';
import type { BindingReasonCode } from '@payment-passkeys/issuer/server';
import type { Pool } from 'pg';

/** A call that has begun is not begun again within this time. The kit gives up a call after ten seconds. */
const CLAIMED_SECONDS = 60;
/** The pauses between attempts: 2, 4, 8 … seconds, at most a minute. */
const MAX_PAUSE_SECONDS = 60;

export type BindingAction = 'SUSPEND' | 'RESUME' | 'DELETE' | 'ACTIVATE';

/** What a customer orders: for one place where a passkey is used, for all of them, or for every passkey. */
export interface Order {
  readonly customerId: string;
  readonly action: BindingAction;
  readonly reasonCode: BindingReasonCode;
  /** One binding; or one passkey, at every place where it stands for a card of the customer; or, if undefined, every passkey. */
  readonly target: { readonly bindingId: string } | { readonly credentialId: string } | undefined;
}

/** One call that was ordered. */
export interface NetworkCall {
  readonly callId: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly action: BindingAction | 'REPLACE';
  readonly reasonCode: BindingReasonCode | undefined;
  readonly cardPosition: number | undefined;
  readonly credentialId: string | undefined;
  readonly bindingId: string | undefined;
  readonly attempts: number;
  readonly askedAt: Date;
  /** WAITING until the network has answered; REFUSED if it does not accept the call. */
  readonly state: 'WAITING' | 'DONE' | 'REFUSED';
}

export interface NetworkCallStore {
  /** Stores an order: one call, or one for each card of the customer. Returns the order's id. */
  addOrder(order: Order, now: Date): Promise<string>;
  /**
   * Takes the next call that is due, of one customer or of all. A call is due only if all earlier ones of its customer are finished. Nobody
   * else gets the call in the next minute.
   */
  claimNext(claim: { readonly customerId?: string | undefined; readonly now: Date }): Promise<NetworkCall | undefined>;
  /** The network has answered. `refusal` is the reason why it did not accept the call; a card whose replacement was refused keeps its old number. */
  finish(call: NetworkCall, end: { readonly now: Date; readonly refusal?: string | undefined }): Promise<void>;
  /** The network could not be reached: the call is tried again later. */
  postpone(call: NetworkCall, now: Date): Promise<void>;
  /** Oldest first. */
  listWaiting(customerId: string): Promise<readonly NetworkCall[]>;
  /** The calls of a customer's own order; empty if there is none. */
  findOrder(key: { readonly customerId: string; readonly orderId: string }): Promise<readonly NetworkCall[]>;
}

export function createNetworkCallStore(pool: Pool): NetworkCallStore {
  const select = async (text: string, values: readonly unknown[]): Promise<readonly NetworkCall[]> => {
    const { rows } = await pool.query<CallRow>(text, [...values]);
    return rows.map(readCall);
  };
  return {
    async addOrder({ customerId, action, reasonCode, target }, now) {
      const orderId = randomUUID();
      const { bindingId, credentialId }: { readonly bindingId?: string; readonly credentialId?: string } = target ?? {};
      const fixed = [orderId, customerId, action, reasonCode, now];
      if (bindingId !== undefined) {
        await pool.query(
          `INSERT INTO bank_network_call (order_id, customer_id, action, reason_code, asked_at, not_before, binding_id)
           VALUES ($1, $2, $3, $4, $5, $5, $6)`,
          [...fixed, bindingId],
        );
      } else {
        await pool.query(
          `INSERT INTO bank_network_call (order_id, customer_id, action, reason_code, asked_at, not_before, card_position, credential_id)
           SELECT $1, $2, $3, $4, $5, $5, position, $6 FROM bank_card WHERE customer_id = $2 ORDER BY position`,
          [...fixed, credentialId],
        );
      }
      return orderId;
    },

    async claimNext({ customerId, now }) {
      const [call] = await select(
        `UPDATE bank_network_call SET attempts = attempts + 1, not_before = $1::timestamptz + interval '${CLAIMED_SECONDS} seconds'
         WHERE call_id = (
           SELECT call_id FROM bank_network_call AS due
           WHERE finished_at IS NULL AND not_before <= $1 AND ($2::uuid IS NULL OR customer_id = $2)
             AND NOT EXISTS (SELECT FROM bank_network_call AS earlier WHERE earlier.customer_id = due.customer_id
               AND earlier.finished_at IS NULL AND earlier.call_id < due.call_id)
           ORDER BY call_id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING *`,
        [now, customerId ?? null],
      );
      return call;
    },

    async finish({ callId, customerId, action, cardPosition }, { now, refusal }) {
      await pool.query(
        `WITH card AS (
           UPDATE bank_card SET replaced_pan = NULL WHERE $4 = 'REPLACE' AND $3::text IS NULL AND customer_id = $5 AND position = $6)
         UPDATE bank_network_call SET finished_at = $2, refusal = $3 WHERE call_id = $1 AND finished_at IS NULL`,
        [callId, now, refusal ?? null, action, customerId, cardPosition ?? null],
      );
    },

    async postpone({ callId, attempts }, now) {
      const pause = Math.min(2 ** attempts, MAX_PAUSE_SECONDS);
      await pool.query(
        "UPDATE bank_network_call SET not_before = $2::timestamptz + $3 * interval '1 second' WHERE call_id = $1 AND finished_at IS NULL",
        [callId, now, pause],
      );
    },

    listWaiting: (customerId) =>
      select('SELECT * FROM bank_network_call WHERE customer_id = $1 AND finished_at IS NULL ORDER BY call_id', [
        customerId,
      ]),

    findOrder: ({ customerId, orderId }) =>
      select('SELECT * FROM bank_network_call WHERE customer_id = $1 AND order_id = $2 ORDER BY call_id', [
        customerId,
        orderId,
      ]),
  };
}

interface CallRow {
  readonly call_id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly action: NetworkCall['action'];
  readonly reason_code: BindingReasonCode | null;
  readonly card_position: number | null;
  readonly credential_id: string | null;
  readonly binding_id: string | null;
  readonly attempts: number;
  readonly asked_at: Date;
  readonly finished_at: Date | null;
  readonly refusal: string | null;
}

function readCall(row: CallRow): NetworkCall {
  return {
    callId: row.call_id,
    orderId: row.order_id,
    customerId: row.customer_id,
    action: row.action,
    reasonCode: row.reason_code ?? undefined,
    cardPosition: row.card_position ?? undefined,
    credentialId: row.credential_id ?? undefined,
    bindingId: row.binding_id ?? undefined,
    attempts: row.attempts,
    askedAt: row.asked_at,
    state: row.finished_at === null ? 'WAITING' : row.refusal === null ? 'DONE' : 'REFUSED',
  };
}
