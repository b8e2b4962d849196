/** The ready-made store: two tables in the host's own PostgreSQL, through the host's `pg` Pool. */
import { buildPendingInsert, type PendingRow, readPending, rules, writePending } from '@payment-passkeys/kit';
import type { Pool } from 'pg';
import { checkGiven } from '../errors.ts';
import type { CardCompletion, StoredCardEnrolment } from './cards/card-enrolment.ts';
import type { Approval, StoredPayment } from './payments/payment.ts';
import type { Pending } from './pending.ts';
import type { CardBrand } from './saved-card.ts';
import type { MerchantStore } from './store.ts';

/**
 * The tables, as SQL for PostgreSQL 13 or newer: copy it into a migration of your own, so that one tool and one history manage your
 * database. A later version of the kit exports changes as additional texts and never edits this one.
 */
export const MERCHANT_MIGRATION = `\
-- Payment passkeys, merchant kit: payments and added cards on their way to the network and back.
-- No card number, no e-mail address, no proof. Of secrets and proofs only SHA-256, lower-case hex.
CREATE TABLE payment_passkey_payment (
  state_hash                 text PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash               text NOT NULL CHECK (browser_hash ~ '^[0-9a-f]{64}$'),
  client_session_id          uuid NOT NULL UNIQUE,
  authentication_session_id  text NOT NULL,
  shopper_id                 text NOT NULL,
  started_at                 timestamptz NOT NULL,
  forget_after               timestamptz NOT NULL,
  order_id                   text NOT NULL,
  amount                     text NOT NULL,
  currency                   text NOT NULL,
  merchant_origin            text NOT NULL,
  brand                      text NOT NULL,
  last_four                  text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
  proof_hash                 text CHECK (proof_hash ~ '^[0-9a-f]{64}$'),
  binding_id                 text,
  authenticated_at           timestamptz,
  CHECK (num_nulls(proof_hash, binding_id, authenticated_at) IN (0, 3))
);
-- An order is approved once.
CREATE UNIQUE INDEX payment_passkey_payment_order ON payment_passkey_payment (order_id) WHERE proof_hash IS NOT NULL;
CREATE INDEX payment_passkey_payment_forget_after ON payment_passkey_payment (forget_after);

CREATE TABLE payment_passkey_card_enrolment (
  state_hash                 text PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash               text NOT NULL CHECK (browser_hash ~ '^[0-9a-f]{64}$'),
  client_session_id          uuid NOT NULL UNIQUE,
  authentication_session_id  text NOT NULL,
  shopper_id                 text NOT NULL,
  started_at                 timestamptz NOT NULL,
  forget_after               timestamptz NOT NULL,
  brand                      text NOT NULL,
  last_four                  text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
  credential_id              text,
  binding_id                 text,
  completed_at               timestamptz,
  CHECK (num_nulls(credential_id, binding_id, completed_at) IN (0, 3))
);
CREATE INDEX payment_passkey_card_enrolment_forget_after ON payment_passkey_card_enrolment (forget_after);
`;

/** The change after {@link MERCHANT_MIGRATION}: an index that finds an order's payments. */
export const MERCHANT_ORDER_MIGRATION = `\
-- Payment passkeys, merchant kit: the payments of an order, for what has become of one that the network says is approved.
CREATE INDEX payment_passkey_payment_of_order ON payment_passkey_payment (order_id, started_at);
`;

/**
 * The change after {@link MERCHANT_ORDER_MIGRATION}: with tracing, a pending record stores the trace that it belongs to. Takes no time,
 * whatever the tables' size.
 */
export const MERCHANT_TRACE_MIGRATION = `\
-- Payment passkeys, merchant kit: a W3C traceparent, so that the return is part of the trace that began with the click.
ALTER TABLE payment_passkey_payment ADD COLUMN trace_context text;
ALTER TABLE payment_passkey_card_enrolment ADD COLUMN trace_context text;
`;

const UNIQUE_VIOLATION = '23505';

/**
 * A store on the tables of {@link MERCHANT_MIGRATION}, {@link MERCHANT_ORDER_MIGRATION} and {@link MERCHANT_TRACE_MIGRATION}. Each change
 * is one statement, autocommitted; the pool's `search_path` decides the schema. New rows delete those that started more than 24 hours and
 * 35 minutes ago.
 */
export function createPostgresMerchantStore(pool: Pool): MerchantStore {
  checkGiven({ pool }, { name: 'createPostgresMerchantStore', fields: { pool: rules.withMethods('query') } });
  const insert = async (table: string, row: Parameters<typeof buildPendingInsert>[1]) => {
    const { text, values } = buildPendingInsert(table, row);
    await pool.query(text, values);
  };
  const store: MerchantStore = {
    async addPayment(payment) {
      const { orderId, amount, currency, merchantOrigin } = payment;
      await insert('payment_passkey_payment', {
        ...writeCard(payment),
        order_id: orderId,
        amount,
        currency,
        merchant_origin: merchantOrigin,
      });
    },

    async findPayment(key) {
      const [column, value] =
        'stateHash' in key ? ['state_hash', key.stateHash] : ['client_session_id', key.clientSessionId];
      const { rows } = await pool.query<PaymentRow>(`SELECT * FROM payment_passkey_payment WHERE ${column} = $1`, [
        value,
      ]);
      return rows[0] && readPayment(rows[0]);
    },

    async findPaymentOfOrder({ orderId }) {
      const { rows } = await pool.query<PaymentRow>(
        `SELECT * FROM payment_passkey_payment WHERE order_id = $1 ORDER BY proof_hash IS NULL, started_at DESC LIMIT 1`,
        [orderId],
      );
      return rows[0] && readPayment(rows[0]);
    },

    async spendProof({ stateHash, orderId, proofHash, bindingId, authenticatedAt }) {
      try {
        const { rowCount } = await pool.query(
          `UPDATE payment_passkey_payment SET proof_hash = $3, binding_id = $4, authenticated_at = $5
           WHERE state_hash = $1 AND order_id = $2 AND proof_hash IS NULL`,
          [stateHash, orderId, proofHash, bindingId, authenticatedAt],
        );
        return rowCount === 1 ? 'SPENT' : 'ALREADY_SPENT';
      } catch (error) {
        // The unique index on the order: another payment of it was approved, before or at the same time.
        if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return 'OTHER_PAYMENT';
        throw error;
      }
    },

    async addCardEnrolment(enrolment) {
      await insert('payment_passkey_card_enrolment', writeCard(enrolment));
    },

    async findCardEnrolment({ stateHash }) {
      const { rows } = await pool.query<CardEnrolmentRow>(
        'SELECT * FROM payment_passkey_card_enrolment WHERE state_hash = $1',
        [stateHash],
      );
      return rows[0] && readCardEnrolment(rows[0]);
    },

    async completeCardEnrolment({ stateHash, credentialId, bindingId, completedAt }) {
      const { rows } = await pool.query<CardEnrolmentRow>(
        `UPDATE payment_passkey_card_enrolment SET credential_id = $2, binding_id = $3, completed_at = $4
         WHERE state_hash = $1 AND completed_at IS NULL RETURNING *`,
        [stateHash, credentialId, bindingId, completedAt],
      );
      if (rows[0]) return readCompletion(rows[0]);
      return (await store.findCardEnrolment({ stateHash }))?.completion;
    },
  };
  return store;
}

interface CardRow extends PendingRow {
  readonly shopper_id: string;
  readonly brand: CardBrand;
  readonly last_four: string;
  readonly binding_id: string | null;
}

interface PaymentRow extends CardRow {
  readonly order_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly merchant_origin: string;
  readonly proof_hash: string | null;
  readonly authenticated_at: Date | null;
}

interface CardEnrolmentRow extends CardRow {
  readonly credential_id: string | null;
  readonly completed_at: Date | null;
}

type PendingCard = Pending & { readonly brand: CardBrand; readonly lastFour: string };

function writeCard(pending: PendingCard) {
  return {
    ...writePending(pending),
    shopper_id: pending.shopperId,
    brand: pending.brand,
    last_four: pending.lastFour,
    trace_context: pending.traceContext ?? null,
  };
}

function readCard(row: CardRow): PendingCard {
  return { ...readPending(row), shopperId: row.shopper_id, brand: row.brand, lastFour: row.last_four };
}

function readPayment(row: PaymentRow): StoredPayment {
  const approval = readApproval(row);
  return {
    ...readCard(row),
    orderId: row.order_id,
    amount: row.amount,
    currency: row.currency,
    merchantOrigin: row.merchant_origin,
    ...(approval && { approval }),
  };
}

/** The three columns are set together or not at all; the table enforces it. */
function readApproval({ proof_hash, binding_id, authenticated_at }: PaymentRow): Approval | undefined {
  if (proof_hash === null || binding_id === null || authenticated_at === null) return undefined;
  return { proofHash: proof_hash, bindingId: binding_id, authenticatedAt: authenticated_at };
}

function readCardEnrolment(row: CardEnrolmentRow): StoredCardEnrolment {
  const completion = readCompletion(row);
  return { ...readCard(row), ...(completion && { completion }) };
}

function readCompletion({ credential_id, binding_id, completed_at }: CardEnrolmentRow): CardCompletion | undefined {
  if (credential_id === null || binding_id === null || completed_at === null) return undefined;
  return { credentialId: credential_id, bindingId: binding_id, completedAt: completed_at };
}
