/** Ends a session without a passkey, as its cardholder does on the hosted page. */
import { buildFailureCallback, type EndReason, failureOf, type Reason } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import { decide, type SessionRefusal } from '../sessions/session.ts';
import type { Session } from '../sessions/store.ts';
import { buildStep } from '../timeline/step.ts';
import { returnAddress } from './return-address.ts';
import { endSession } from './store.ts';

export type SessionEnd =
  /** `redirect` is the callback. A second end answers as the first did. */
  | { readonly outcome: 'ENDED' | 'REPEATED'; readonly redirect: string }
  | { readonly outcome: 'REFUSED'; readonly refusal: SessionRefusal }
  /** Another call changed the session meanwhile: read it again. */
  | { readonly outcome: 'CHANGED' };

export async function endByCardholder(
  session: Session,
  reason: EndReason,
  { pool, tracing, clock }: { readonly pool: Pool; readonly tracing: Tracing; readonly clock: () => Date },
): Promise<SessionEnd> {
  const now = clock();
  const decision = decide(session, { kind: 'END', reason }, now);
  const redirect = (ended: Reason) => buildFailureCallback(returnAddress(session), failureOf(ended));
  if (decision.outcome === 'REFUSED') return decision;
  if (decision.outcome === 'REPEATED') return { outcome: 'REPEATED', redirect: redirect(session.endReason ?? reason) };
  const { sessionId } = session;
  const state = decision.next === 'cancelled' ? 'cancelled' : 'failed';
  const by = 'CARDHOLDER';
  const step = buildStep({ step: 'END', state, by, code: reason }, { session, tracing, now });
  const ended = await endSession(pool, { sessionId, state, reason, by, step, now });
  return ended ? { outcome: 'ENDED', redirect: redirect(reason) } : { outcome: 'CHANGED' };
}
