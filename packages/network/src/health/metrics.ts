/** Counters and durations for Prometheus. No label ever holds a value of a request. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>;
  /** `outcome` is BOUND, APPROVED, or the reason of the end. */
  readonly sessionsEnded: Counter<'outcome'>;
  readonly counterRegressions: Counter;
  /** Secure Payment Confirmation, by what the merchant reported. */
  readonly paymentConfirmations: Counter<'outcome'>;
  /** Assertions of payments that were not as handed out, by the error's code. */
  readonly paymentRefusals: Counter<'code'>;
  /** Issuers' answers: VERIFIED, REFUSED, LATE, OTHER_REQUEST, FORGED, OTHER_BROWSER. */
  readonly verifications: Counter<'outcome'>;
}

export function buildMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'payment_passkeys_request_seconds',
      help: 'Duration of requests by route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    sessionsEnded: new Counter({
      name: 'payment_passkeys_sessions_ended_total',
      help: 'Sessions that ended, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    paymentConfirmations: new Counter({
      name: 'payment_passkeys_payment_confirmations_total',
      help: 'Secure Payment Confirmation, by what the merchant reported.',
      labelNames: ['outcome'],
      registers,
    }),
    paymentRefusals: new Counter({
      name: 'payment_passkeys_payment_assertions_refused_total',
      help: 'Assertions of payments that were not as the network had handed out, by the code of the refusal.',
      labelNames: ['code'],
      registers,
    }),
    verifications: new Counter({
      name: 'payment_passkeys_verifications_total',
      help: 'Answers of issuers that were asked to verify a cardholder, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    counterRegressions: new Counter({
      name: 'payment_passkeys_counter_regressions_total',
      help: 'Assertions whose signature counter did not grow: a risk signal, no refusal.',
      registers,
    }),
  };
}
