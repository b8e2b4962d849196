/** The ready-made store: one table in the host's own PostgreSQL, through the host's `pg` Pool. */
import { buildPendingInsert, type PendingRow, readPending, rules, writePending } from '@payment-passkeys/kit';
import type { Pool } from 'pg';
import { checkGiven } from '../errors.ts';
import type { Completion, StoredEnrolment } from './enrolment.ts';
import type { EnrolmentStore } from './store.ts';

/**
 * The table, as SQL for PostgreSQL 13 or newer: copy it into a migration of your own, so that one tool and one history manage your
 * database. A later version of the kit exports changes as additional texts and never edits this one.
 */
export const ENROLMENT_MIGRATION = `\
-- Payment passkeys, issuer kit: enrolments on their way to the network and back.
-- No account reference, no PAN, no e-mail address, no proof. Of secrets only SHA-256, lower-case hex.
CREATE TABLE payment_passkey_enrolment (
  state_hash                 text PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  browser_hash               text NOT NULL CHECK (browser_hash ~ '^[0-9a-f]{64}$'),
  client_session_id          uuid NOT NULL UNIQUE,
  authentication_session_id  text NOT NULL,
  cardholder_id              text NOT NULL,
  started_at                 timestamptz NOT NULL,
  forget_after               timestamptz NOT NULL,
  proof_hash                 text CHECK (proof_hash ~ '^[0-9a-f]{64}$'),
  credential_id              text,
  binding_id                 text,
  completed_at               timestamptz,
  CHECK (num_nulls(credential_id, binding_id, completed_at) IN (0, 3))
);
CREATE INDEX payment_passkey_enrolment_forget_after ON payment_passkey_enrolment (forget_after);
`;

/**
 * The first change to {@link ENROLMENT_MIGRATION}: with tracing, an enrolment stores the trace that it belongs to. Takes no time, whatever
 * the table's size.
 */
export const ENROLMENT_TRACE_MIGRATION = `\
-- Payment passkeys, issuer kit: a W3C traceparent, so that the return is part of the trace that began with the click.
ALTER TABLE payment_passkey_enrolment ADD COLUMN trace_context text;
`;

interface Row extends PendingRow {
  readonly cardholder_id: string;
  readonly proof_hash: string | null;
  readonly credential_id: string | null;
  readonly binding_id: string | null;
  readonly completed_at: Date | null;
}

/**
 * A store on the table of {@link ENROLMENT_MIGRATION}. Each change is one statement on one key, autocommitted; the pool's `search_path`
 * decides the schema. New enrolments delete those that started more than 24 hours and 35 minutes ago.
 */
export function createPostgresEnrolmentStore(pool: Pool): EnrolmentStore {
  checkGiven({ pool }, { name: 'createPostgresEnrolmentStore', fields: { pool: rules.withMethods('query') } });
  /** False after a statement found that the table lacks the column: tracing must not stop an enrolment. */
  let keepsTraces = true;

  const insert = (enrolment: StoredEnrolment, trace: { readonly trace_context?: string }) => {
    const row = { ...writePending(enrolment), cardholder_id: enrolment.cardholderId, ...trace };
    const { text, values } = buildPendingInsert('payment_passkey_enrolment', row);
    return pool.query(text, values);
  };

  return {
    async addEnrolment(enrolment) {
      const { traceContext } = enrolment;
      if (traceContext === undefined || !keepsTraces) return void (await insert(enrolment, {}));
      await insert(enrolment, { trace_context: traceContext }).catch((error: unknown) => {
        if (!isUndefinedColumn(error)) throw error;
        keepsTraces = false;
        return insert(enrolment, {});
      });
    },

    async findEnrolment({ stateHash }) {
      const { rows } = await pool.query<Row>('SELECT * FROM payment_passkey_enrolment WHERE state_hash = $1', [
        stateHash,
      ]);
      return rows[0] && readRow(rows[0]);
    },

    async noteProof({ stateHash, proofHash }) {
      await pool.query(
        'UPDATE payment_passkey_enrolment SET proof_hash = $2 WHERE state_hash = $1 AND completed_at IS NULL',
        [stateHash, proofHash],
      );
    },

    async completeEnrolment({ stateHash, credentialId, bindingId, completedAt }) {
      const taken = await pool.query<Row>(
        `UPDATE payment_passkey_enrolment SET credential_id = $2, binding_id = $3, completed_at = $4
         WHERE state_hash = $1 AND completed_at IS NULL RETURNING *`,
        [stateHash, credentialId, bindingId, completedAt],
      );
      if (taken.rows[0]) return readRow(taken.rows[0]).completion;
      return (await this.findEnrolment({ stateHash }))?.completion;
    },
  };
}

/** PostgreSQL's undefined_column. */
function isUndefinedColumn(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42703';
}

function readRow(row: Row): StoredEnrolment {
  const completion = readCompletion(row);
  return {
    ...readPending(row),
    cardholderId: row.cardholder_id,
    ...(row.proof_hash !== null && { proofHash: row.proof_hash }),
    ...(completion && { completion }),
  };
}

/** The three columns are set together or not at all; the table enforces it. */
function readCompletion({ credential_id, binding_id, completed_at }: Row): Completion | undefined {
  if (credential_id === null || binding_id === null || completed_at === null) return undefined;
  return { credentialId: credential_id, bindingId: binding_id, completedAt: completed_at };
}
