/** Metrics by client, for Prometheus: "bank X has 30 % failures since noon". */
import { Counter, type Registry } from 'prom-client';

/** How a session ended: BOUND or APPROVED, cancelled by the cardholder, failed, or expired. */
export const CLIENT_RESULTS = ['SUCCEEDED', 'CANCELLED', 'FAILED', 'EXPIRED'] as const;
type ClientResult = (typeof CLIENT_RESULTS)[number];

/** At most this many clients have their own series in one process. Further clients are counted as `other`. */
export const MAX_CLIENT_LABELS = 10_000;

export interface ClientMetrics {
  readonly sessionStarted: (clientId: string) => void;
  /** `outcome` is BOUND, APPROVED or EXPIRED, or the reason why a session ended. */
  readonly sessionsEnded: (clientId: string, outcome: string, sessions: number) => void;
  /** Counts a call that was refused, for its signature, its access token or its content. `undefined` (no client is known) is counted as `unknown`. */
  readonly callRefused: (clientId: string | undefined) => void;
}

export function buildClientMetrics(registry: Registry, maxLabels: number): ClientMetrics {
  const registers = [registry];
  const started = new Counter({
    name: 'payment_passkeys_client_sessions_started_total',
    help: 'Sessions that a client started.',
    labelNames: ['client'],
    registers,
  });
  const ended = new Counter({
    name: 'payment_passkeys_client_sessions_ended_total',
    help: "A client's sessions that ended, by what they came to.",
    labelNames: ['client', 'result'],
    registers,
  });
  const refused = new Counter({
    name: 'payment_passkeys_client_refusals_total',
    help: 'Signed calls of a client that were refused; unknown where no client is known.',
    labelNames: ['client'],
    registers,
  });
  const known = new Set<string>();
  const labelOf = (clientId: string): string => {
    if (known.has(clientId)) return clientId;
    if (known.size >= maxLabels) return 'other';
    known.add(clientId);
    // Each series starts at 0, so that Prometheus sees its first count as an increase.
    for (const result of CLIENT_RESULTS) ended.inc({ client: clientId, result }, 0);
    for (const counter of [started, refused]) counter.inc({ client: clientId }, 0);
    return clientId;
  };
  return {
    sessionStarted: (clientId) => started.inc({ client: labelOf(clientId) }),
    sessionsEnded: (clientId, outcome, sessions) =>
      ended.inc({ client: labelOf(clientId), result: resultOf(outcome) }, sessions),
    callRefused: (clientId) => refused.inc({ client: clientId === undefined ? 'unknown' : labelOf(clientId) }),
  };
}

function resultOf(outcome: string): ClientResult {
  if (outcome === 'BOUND' || outcome === 'APPROVED') return 'SUCCEEDED';
  if (outcome === 'USER_CANCELLATION') return 'CANCELLED';
  return outcome === 'EXPIRED' ? 'EXPIRED' : 'FAILED';
}
