/** A session as a list of the console shows it. */
import type { Reason, SessionState } from '@payment-passkeys/protocol';
import type { BrowserFamilyName, SessionKind, SessionOutcome, SessionRow } from '@payment-passkeys/protocol/console';
import { column, nullable, type RowOf, type Sql, sql } from '@payment-passkeys/storage';
import { SESSION_KIND, SESSION_OUTCOME } from '../events/session-activity.ts';
import type { Payment } from '../sessions/store.ts';

/** The columns of a row, from {@link SESSIONS}. */
export const ROW = {
  sessionId: column.text('session.session_id'),
  clientSessionId: column.text('session.client_session_id'),
  clientId: column.text('session.client_id'),
  clientName: column.text('client.name'),
  kind: column.text<SessionKind>(SESSION_KIND),
  state: column.text<SessionState>('session.state'),
  outcome: column.text<SessionOutcome | 'STEPPED_UP'>(SESSION_OUTCOME),
  endReason: nullable(column.text<Reason>('session.end_reason')),
  browserFamily: nullable(column.text<BrowserFamilyName>('session.browser_family')),
  createdAt: column.timestamptz('session.created_at'),
  endedAt: nullable(column.timestamptz('session.ended_at')),
  payment: nullable(column.jsonb<Payment>('session.payment')),
  cardLastFour: nullable(column.text('session.card_last_four')),
};

export const SESSIONS: Sql<never> = sql`session JOIN client USING (client_id)`;

export function buildRow(row: RowOf<typeof ROW>): SessionRow {
  const { sessionId, endReason, browserFamily, createdAt, endedAt, payment, cardLastFour, ...same } = row;
  return {
    authenticationSessionId: sessionId,
    clientSessionId: same.clientSessionId,
    clientId: same.clientId,
    clientName: same.clientName,
    kind: same.kind,
    state: same.state,
    outcome: same.outcome,
    ...(endReason !== null && { reason: endReason }),
    browserFamily: browserFamily ?? 'Unknown',
    createdAt: createdAt.toISOString(),
    ...(endedAt !== null && { endedAt: endedAt.toISOString() }),
    ...(payment !== null && { payment }),
    ...(cardLastFour !== null && { panLastFour: cardLastFour }),
  };
}
