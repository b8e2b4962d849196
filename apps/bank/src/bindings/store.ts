/** The bank's copy of the bindings of its customers' cards: from searches, from answers to calls, and from events. */

import type { Actor, AuthenticatorFacts, Binding, BindingState } from '@payment-passkeys/issuer/server';
import type { Pool } from 'pg';

/** A binding, with the customer's cards that it stands for. */
export interface CustomerBinding {
  readonly bindingId: string;
  readonly credentialId: string;
  readonly heldBy: Binding['heldBy'];
  /** In the order of the customer's cards. */
  readonly lastFours: readonly string[];
  readonly suspendedBy: readonly Actor[];
  /** A shop has made it, and the bank has not activated it yet. */
  readonly pendingActivation: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
  /** Undefined if the network has not described it yet. */
  readonly authenticator: AuthenticatorFacts | undefined;
  readonly devices: readonly { readonly firstUsedAt: Date; readonly lastUsedAt: Date }[];
}

export interface BindingStore {
  /**
   * Replaces the customer's copy by what the network answered to searches that began at `askedAt`. A state that was stored with a later time
   * stays.
   */
  saveFound(found: {
    readonly customerId: string;
    readonly bindings: readonly FoundBinding[];
    readonly askedAt: Date;
  }): Promise<void>;
  /** The state of bindings at a time, for every customer who has them. A state that is older than the stored one changes nothing. */
  saveStates(states: readonly BindingState[], at: Date): Promise<void>;
  /** A payment was approved with the binding. */
  noteUse(use: { readonly bindingId: string; readonly at: Date }): Promise<void>;
  /** Without deleted ones; the oldest first. */
  list(customerId: string): Promise<readonly CustomerBinding[]>;
  /** When the network last described the customer's bindings; undefined if it never did. */
  findAskedAt(customerId: string): Promise<Date | undefined>;
}

export interface FoundBinding extends Binding {
  /** The last four digits of the cards by which it was found. */
  readonly lastFours: readonly string[];
}

export function createBindingStore(pool: Pool): BindingStore {
  return {
    async saveFound({ customerId, bindings, askedAt }) {
      await pool.query(
        `WITH found AS (
           SELECT * FROM jsonb_to_recordset($2) AS found ("bindingId" text, "credentialId" text, "heldBy" jsonb, "lastFours" text[],
             status text, "suspendedBy" text[], "createdAt" timestamptz, "lastUsedAt" timestamptz, authenticator jsonb, devices jsonb)),
         asked AS (
           UPDATE bank_customer SET bindings_asked_at = greatest(bindings_asked_at, $3) WHERE customer_id = $1),
         gone AS (
           UPDATE bank_binding SET deleted_at = $3, changed_at = $3
           WHERE customer_id = $1 AND deleted_at IS NULL AND changed_at <= $3 AND binding_id NOT IN (SELECT "bindingId" FROM found))
         INSERT INTO bank_binding AS kept (customer_id, binding_id, credential_id, holder_role, holder_name, last_fours, suspended_by, pending_activation,
           created_at, last_used_at, authenticator, devices, changed_at)
         SELECT $1, "bindingId", "credentialId", "heldBy" ->> 'role', "heldBy" ->> 'name', "lastFours", "suspendedBy", status = 'PENDING_ACTIVATION', "createdAt", "lastUsedAt",
           authenticator, devices, $3 FROM found
         ON CONFLICT (customer_id, binding_id) DO UPDATE SET
           holder_name = excluded.holder_name, last_fours = excluded.last_fours,
           last_used_at = greatest(kept.last_used_at, excluded.last_used_at),
           authenticator = excluded.authenticator, devices = excluded.devices,
           suspended_by = CASE WHEN kept.changed_at > excluded.changed_at THEN kept.suspended_by ELSE excluded.suspended_by END,
           pending_activation = CASE WHEN kept.changed_at > excluded.changed_at THEN kept.pending_activation ELSE excluded.pending_activation END,
           deleted_at = CASE WHEN kept.changed_at > excluded.changed_at THEN kept.deleted_at END,
           changed_at = greatest(kept.changed_at, excluded.changed_at)`,
        [customerId, JSON.stringify(bindings.filter(({ status }) => status !== 'DELETED')), askedAt],
      );
    },

    async saveStates(states, at) {
      await pool.query(
        `UPDATE bank_binding SET changed_at = $2, suspended_by = state."suspendedBy", pending_activation = state.status = 'PENDING_ACTIVATION',
           deleted_at = CASE WHEN state.status = 'DELETED' THEN $2::timestamptz END
         FROM jsonb_to_recordset($1) AS state ("bindingId" text, status text, "suspendedBy" text[])
         WHERE binding_id = state."bindingId" AND changed_at <= $2`,
        [JSON.stringify(states), at],
      );
    },

    async noteUse({ bindingId, at }) {
      await pool.query('UPDATE bank_binding SET last_used_at = greatest(last_used_at, $2) WHERE binding_id = $1', [
        bindingId,
        at,
      ]);
    },

    async list(customerId) {
      const { rows } = await pool.query<BindingRow>(
        'SELECT * FROM bank_binding WHERE customer_id = $1 AND deleted_at IS NULL ORDER BY created_at, binding_id',
        [customerId],
      );
      return rows.map(readBinding);
    },

    async findAskedAt(customerId) {
      const { rows } = await pool.query<{ bindings_asked_at: Date | null }>(
        'SELECT bindings_asked_at FROM bank_customer WHERE customer_id = $1',
        [customerId],
      );
      return rows[0]?.bindings_asked_at ?? undefined;
    },
  };
}

interface BindingRow {
  readonly binding_id: string;
  readonly credential_id: string;
  readonly holder_role: 'issuer' | 'merchant';
  readonly holder_name: string;
  readonly last_fours: readonly string[];
  readonly suspended_by: readonly Actor[];
  readonly pending_activation: boolean;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly authenticator: AuthenticatorFacts | null;
  readonly devices: readonly { readonly firstUsedAt: string; readonly lastUsedAt: string }[];
}

function readBinding(row: BindingRow): CustomerBinding {
  return {
    bindingId: row.binding_id,
    credentialId: row.credential_id,
    heldBy: { role: row.holder_role, name: row.holder_name },
    lastFours: row.last_fours,
    suspendedBy: row.suspended_by,
    pendingActivation: row.pending_activation,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    authenticator: row.authenticator ?? undefined,
    devices: row.devices.map(({ firstUsedAt, lastUsedAt }) => ({
      firstUsedAt: new Date(firstUsedAt),
      lastUsedAt: new Date(lastUsedAt),
    })),
  };
}
