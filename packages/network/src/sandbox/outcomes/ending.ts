/** Ends a session in the cardholder's place. */
import { buildFailureCallback, type EndReason, failureOf } from '@payment-passkeys/protocol';
import { returnAddress } from '../../domain/ceremonies/return-address.ts';
import { endSession } from '../../domain/ceremonies/store.ts';
import { decide } from '../../domain/sessions/session.ts';
import { findSession } from '../../domain/sessions/store.ts';
import { buildStep } from '../../domain/timeline/step.ts';
import type { Network } from '../../network.ts';
import { countResult } from '../../platform/telemetry/metrics.ts';

/** Answers the callback. Undefined if the session is not open, and was not ended so before: then the call is served as usual. */
export async function endAsCardholder(
  { sessionId, reason }: { readonly sessionId: string; readonly reason: EndReason },
  { pool, tracing, clock, metrics }: Pick<Network, 'pool' | 'tracing' | 'clock' | 'metrics'>,
): Promise<string | undefined> {
  const session = await findSession(pool, sessionId);
  if (session === undefined) return undefined;
  const now = clock();
  const decision = decide(session, { kind: 'END', reason }, now);
  if (decision.outcome === 'REFUSED') return undefined;
  if (decision.outcome === 'NEXT') {
    const state = decision.next === 'cancelled' ? 'cancelled' : 'failed';
    const by = 'CARDHOLDER';
    const step = buildStep({ step: 'END', state, by, code: reason }, { session, tracing, now });
    if (!(await endSession(pool, { sessionId, state, reason, by, step, now }))) return undefined;
    countResult(metrics, { ended: { clientId: session.clientId, outcome: reason } });
  }
  return buildFailureCallback(returnAddress(session), failureOf(reason));
}
