/** Ends a session as the cardholder would. */
import type { EndReason } from '@payment-passkeys/protocol';
import { endByCardholder } from '../../domain/ceremonies/end-by-cardholder.ts';
import { findSession } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { countResult } from '../../platform/telemetry/metrics.ts';

/** Returns the callback. Undefined if the session cannot be ended, and was not ended in this way before: the call is then served as usual. */
export async function endAsCardholder(
  { sessionId, reason }: { readonly sessionId: string; readonly reason: EndReason },
  network: Pick<Network, 'pool' | 'tracing' | 'clock' | 'metrics'>,
): Promise<string | undefined> {
  const session = await findSession(network.pool, sessionId);
  if (session === undefined) return undefined;
  const end = await endByCardholder(session, reason, network);
  if (end.outcome === 'ENDED') {
    countResult(network.metrics, { ended: { clientId: session.clientId, outcome: reason } });
  }
  return 'redirect' in end ? end.redirect : undefined;
}
