/** One session with its timeline, for the console and the command line. */
import type { AuthenticationReason, NextStep } from '@payment-passkeys/protocol';
import type { SessionView } from '@payment-passkeys/protocol/console';
import { column, nullable, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { FindModel } from '../passkeys/authenticator-facts.ts';
import type { StoredStep } from '../timeline/step.ts';
import { buildTimeline, traceIdOf } from '../timeline/timeline.ts';
import { buildRow, ROW, SESSIONS } from './row.ts';

const VIEW = {
  ...ROW,
  reason: column.text<AuthenticationReason>('session.reason'),
  srcCorrelationId: column.text('src_correlation_id'),
  expiresAt: column.timestamptz('expires_at'),
  nextStep: nullable(column.text<NextStep>('next_step')),
  issuerName: nullable(column.text(sql`(SELECT issuer.name FROM client AS issuer WHERE issuer.client_id = issuer_id)`)),
  passkeyId: nullable(column.text('session.passkey_id')),
  deviceId: nullable(column.text('device_id')),
  bindingId: nullable(
    column.text(sql`coalesce(session.binding_id,
      (SELECT binding.binding_id FROM binding WHERE session.state = 'bound' AND binding.passkey_id = session.passkey_id
         AND binding.client_id = session.client_id AND binding.card_index = coalesce(session.card_index, '')))`),
  ),
  traceContext: nullable(column.text('trace_context')),
  confirmationOffered: column.boolean(sql`confirmation_passkeys IS NOT NULL`),
  proofKeyId: nullable(column.text('proof_key_id')),
  steps: column.jsonb<readonly StoredStep[]>('timeline'),
  droppedSteps: column.integer(sql`coalesce(steps_dropped, 0)`),
  algorithm: nullable(column.integer('algorithm')),
  provenModel: nullable(column.uuid(sql`CASE WHEN aaguid_verified THEN aaguid END`)),
};

const BY_ID = statement({
  name: 'session-view',
  text: sql`SELECT ${selectList(VIEW)} FROM ${SESSIONS} LEFT JOIN passkey ON passkey.passkey_id = session.passkey_id
            WHERE session_id = ${'sessionId'}`,
  returns: VIEW,
});

/** `findModel` names the model of an authenticator by its AAGUID. */
export async function viewSession(
  sessionId: string,
  { pool, findModel }: { readonly pool: Pool; readonly findModel: FindModel },
): Promise<SessionView | undefined> {
  const [row] = await query(pool, BY_ID, { sessionId });
  if (row === undefined) return undefined;
  const { nextStep, issuerName, passkeyId, deviceId, bindingId, provenModel } = row;
  const model = provenModel === null ? undefined : findModel(provenModel);
  const traceId = traceIdOf(row);
  return {
    ...buildRow(row),
    srcCorrelationId: row.srcCorrelationId,
    expiresAt: row.expiresAt.toISOString(),
    ...(nextStep !== null && { nextStep }),
    ...(issuerName !== null && { issuerName }),
    ...(passkeyId !== null && { credentialId: passkeyId }),
    ...(deviceId !== null && { deviceId }),
    ...(bindingId !== null && { bindingId }),
    ...(traceId !== undefined && { traceId }),
    timeline: [...buildTimeline({ ...row, model })],
    droppedSteps: row.droppedSteps,
  };
}
