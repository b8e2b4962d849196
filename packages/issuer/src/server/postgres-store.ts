/** The ready-made store: one table in the host's own PostgreSQL, through a `pg` Pool that the host passes in. */
import { rules } from '@payment-passkeys/kit';
import { addSeconds } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { Completion, StoredEnrolment } from './enrolment.ts';
import { checkGiven } from './errors.ts';
import { ENROLMENT_KEPT_SECONDS, type EnrolmentStore } from './store.ts';

/**
 * The table, as SQL for PostgreSQL 13 or newer: copy it into a migration of your own, so that one tool and one history own your
 * database. A later version of the kit exports its changes as further texts and never edits this one.
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

/** What came to {@link ENROLMENT_MIGRATION}: a bank that traces keeps with an enrolment which trace it is part of. At once, whatever the table's size. */
export const ENROLMENT_TRACE_MIGRATION = `\
-- Payment passkeys, issuer kit: a W3C traceparent, so that the return is part of the trace that began with the click.
ALTER TABLE payment_passkey_enrolment ADD COLUMN trace_context text;
`;

/** Rows that one new enrolment sweeps away at most: more than it adds, so the table stays small without a job of its own. */
const SWEEP_ROWS = 20;

interface Row {
  readonly state_hash: string;
  readonly browser_hash: string;
  readonly client_session_id: string;
  readonly authentication_session_id: string;
  readonly cardholder_id: string;
  readonly started_at: Date;
  /** Undefined in a table without the column. */
  readonly trace_context?: string | null;
  readonly proof_hash: string | null;
  readonly credential_id: string | null;
  readonly binding_id: string | null;
  readonly completed_at: Date | null;
}

/**
 * A store on the table of {@link ENROLMENT_MIGRATION}. Each method is one statement on one key, autocommitted; the pool's
 * `search_path` decides the schema. Enrolments are forgotten 24 hours and 35 minutes after they started, as new ones arrive.
 */
export function createPostgresEnrolmentStore(pool: Pool): EnrolmentStore {
  checkGiven({ pool }, { name: 'createPostgresEnrolmentStore', fields: { pool: rules.withMethods('query') } });
  /** Until the table turns out to lack the column: that a bank begins to trace must not stop an enrolment. */
  let keepsTraces = true;

  const insert = ({ traceContext, ...enrolment }: StoredEnrolment) => {
    const traced = traceContext !== undefined;
    return pool.query(
      `WITH swept AS (
           DELETE FROM payment_passkey_enrolment WHERE state_hash IN (
             SELECT state_hash FROM payment_passkey_enrolment WHERE forget_after < $6 LIMIT ${SWEEP_ROWS} FOR UPDATE SKIP LOCKED))
         INSERT INTO payment_passkey_enrolment
           (state_hash, browser_hash, client_session_id, authentication_session_id, cardholder_id, started_at, forget_after${traced ? ', trace_context' : ''})
         VALUES ($1, $2, $3, $4, $5, $6, $7${traced ? ', $8' : ''})`,
      [
        enrolment.stateHash,
        enrolment.browserHash,
        enrolment.clientSessionId,
        enrolment.authenticationSessionId,
        enrolment.cardholderId,
        enrolment.startedAt,
        addSeconds(enrolment.startedAt, ENROLMENT_KEPT_SECONDS),
        ...(traced ? [traceContext] : []),
      ],
    );
  };

  return {
    async addEnrolment({ traceContext, ...enrolment }) {
      const traced = traceContext !== undefined && keepsTraces;
      await insert(traced ? { ...enrolment, traceContext } : enrolment).catch((error: unknown) => {
        if (!traced || !isUndefinedColumn(error)) throw error;
        keepsTraces = false;
        return insert(enrolment);
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
    stateHash: row.state_hash,
    browserHash: row.browser_hash,
    clientSessionId: row.client_session_id,
    authenticationSessionId: row.authentication_session_id,
    cardholderId: row.cardholder_id,
    startedAt: row.started_at,
    ...(row.trace_context && { traceContext: row.trace_context }),
    ...(row.proof_hash !== null && { proofHash: row.proof_hash }),
    ...(completion && { completion }),
  };
}

/** The three columns are set together or not at all; the table checks it. */
function readCompletion({ credential_id, binding_id, completed_at }: Row): Completion | undefined {
  if (credential_id === null || binding_id === null || completed_at === null) return undefined;
  return { credentialId: credential_id, bindingId: binding_id, completedAt: completed_at };
}
