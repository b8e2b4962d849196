/**
 * The network's counters, for Prometheus. The only value of a request in a label is the id of an onboarded client. Gauges that are read at a
 * scrape are in process/health-state.ts.
 */
import { REASONS } from '@payment-passkeys/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { buildClientMetrics, type ClientMetrics, MAX_CLIENT_LABELS } from './client-metrics.ts';
import { buildRequestDurations, type CountDuration, DURATION_BUCKETS } from './request-durations.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly countDuration: CountDuration;
  readonly requestsInFlight: Gauge;
  /** Answered errors, by their code in the contract. */
  readonly refusals: Counter<'code'>;
  /** Refused signed requests, by cause: the channel's reason, UNKNOWN_CLIENT, CLIENT_SUSPENDED, NONCE_USED. */
  readonly signatureRefusals: Counter<'reason'>;
  readonly clients: ClientMetrics;
  readonly sessionsStarted: Counter<'reason'>;
  /** `outcome` is BOUND, APPROVED, or the reason of the end. */
  readonly sessionsEnded: Counter<'outcome'>;
  readonly counterRegressions: Counter;
  /** Secure Payment Confirmation, by the outcome that the merchant reported. */
  readonly paymentConfirmations: Counter<'outcome'>;
  /** Payment assertions that differ from what was handed out, by the error's code. */
  readonly paymentRefusals: Counter<'code'>;
  /** Issuers' answers: VERIFIED, REFUSED, LATE, OTHER_REQUEST, FORGED, OTHER_BROWSER. */
  readonly verifications: Counter<'outcome'>;
  /** Epoch seconds of each task's last successful run; 0 before the first. */
  readonly taskSuccess: Gauge<'task'>;
  /** Failed runs. */
  readonly taskFailures: Counter<'task'>;
  readonly deletedRows: Counter<'table'>;
  /** Progress of retention's current or last pass through a table: 0 to 1. */
  readonly retentionProgress: Gauge<'table'>;
  /** Epoch seconds of the end of the last pass, by any process; absent before the first. */
  readonly retentionPassEnd: Gauge<'table'>;
  /** Attempts to deliver an event: TAKEN, FAILED, DEAD (tried for three days), GONE (410). */
  readonly deliveries: Counter<'outcome'>;
  /** The time from the connection to the status of the answer. */
  readonly deliveryDuration: Histogram;
  readonly lostSpans: Counter;
}

/** The tasks of process/housekeeping.ts. */
export const TASKS = ['sweep', 'key-refresh', 'retention', 'metadata', 'deliveries', 'audit'] as const;
export type Task = (typeof TASKS)[number];

/**
 * One registry for each network. `aggregator` says how a gauge of several processes is combined. Labels that are known beforehand start at 0, so
 * that Prometheus sees the first count of each as an increase.
 */
export function buildMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <Label extends string>(
    name: string,
    help: string,
    { label, from = [] }: { readonly label?: Label; readonly from?: readonly string[] } = {},
  ): Counter<Label> => {
    const labelNames = label === undefined ? [] : [label];
    const made = new Counter({ name: `payment_passkeys_${name}`, help, labelNames, registers });
    if (label !== undefined) for (const value of from) made.labels(value).inc(0);
    return made;
  };
  const taskSuccess = new Gauge({
    name: 'payment_passkeys_task_last_success_timestamp_seconds',
    help: 'When a task of housekeeping last came to its end; 0 while it has not.',
    labelNames: ['task'],
    aggregator: 'max',
    registers,
  });
  for (const task of TASKS) taskSuccess.set({ task }, 0);
  return {
    registry,
    clients: buildClientMetrics(registry, MAX_CLIENT_LABELS),
    taskSuccess,
    countDuration: buildRequestDurations(registry),
    requestsInFlight: new Gauge({
      name: 'payment_passkeys_http_requests_in_flight',
      help: 'Requests that are being answered.',
      aggregator: 'sum',
      registers,
    }),
    refusals: counter('refusals_total', 'Errors that were answered, by their code.', { label: 'code' }),
    signatureRefusals: counter('signatures_refused_total', 'Signed requests that were refused, by why.', {
      label: 'reason',
      from: ['SIGNATURE_MISMATCH', 'TIMESTAMP_OUT_OF_RANGE', 'UNKNOWN_CLIENT', 'CLIENT_SUSPENDED', 'NONCE_USED'],
    }),
    sessionsStarted: counter('sessions_started_total', 'Sessions that were started, by what they are for.', {
      label: 'reason',
      from: ['ACCOUNT_LOGIN', 'ENROL_FINANCIAL_INSTRUMENT', 'TRANSACTION_AUTHENTICATION'],
    }),
    sessionsEnded: counter('sessions_ended_total', 'Sessions that ended, by outcome.', {
      label: 'outcome',
      from: ['BOUND', 'APPROVED', 'EXPIRED', ...REASONS],
    }),
    paymentConfirmations: counter(
      'payment_confirmations_total',
      'Secure Payment Confirmation, by what the merchant reported.',
      { label: 'outcome', from: ['ACCEPTED', 'ABORTED', 'OPTED_OUT', 'ANOTHER_WAY'] },
    ),
    paymentRefusals: counter(
      'payment_assertions_refused_total',
      'Assertions of payments that were not as the network had handed out, by the code of the refusal.',
      { label: 'code' },
    ),
    verifications: counter(
      'verifications_total',
      'Answers of issuers that were asked to verify a cardholder, by what became of them.',
      { label: 'outcome', from: ['VERIFIED', 'REFUSED', 'LATE', 'OTHER_REQUEST', 'FORGED', 'OTHER_BROWSER'] },
    ),
    counterRegressions: counter(
      'sign_count_regressions_total',
      'Assertions whose signature counter did not grow: a risk signal, no refusal.',
    ),
    taskFailures: counter('task_failures_total', 'Rounds of a task that failed.', { label: 'task', from: TASKS }),
    deletedRows: counter('deleted_rows_total', 'Rows that retention deleted, by table.', {
      label: 'table',
      from: ['session', 'passkey', 'device', 'event', 'activity', 'approval', 'audit_entry'],
    }),
    retentionProgress: new Gauge({
      name: 'payment_passkeys_retention_progress_ratio',
      help: 'How much of a table retention has gone through in its current pass, or its last.',
      labelNames: ['table'],
      aggregator: 'max',
      registers,
    }),
    retentionPassEnd: new Gauge({
      name: 'payment_passkeys_retention_pass_end_timestamp_seconds',
      help: 'When retention last came to the end of a table, by whichever process.',
      labelNames: ['table'],
      aggregator: 'max',
      registers,
    }),
    deliveries: counter('deliveries_total', 'Attempts to deliver an event to a webhook, by what became of them.', {
      label: 'outcome',
      from: ['TAKEN', 'FAILED', 'DEAD', 'GONE'],
    }),
    deliveryDuration: new Histogram({
      name: 'payment_passkeys_delivery_duration_seconds',
      help: 'Duration of attempts to deliver an event to a webhook.',
      buckets: DURATION_BUCKETS,
      registers,
    }),
    lostSpans: counter('trace_spans_lost_total', 'Spans that the collector of traces did not take.'),
  };
}

/** Counts a session that was started, by its reason and by its client. */
export function countSessionStart(
  { sessionsStarted, clients }: Metrics,
  { clientId, reason }: { readonly clientId: string; readonly reason: string },
): void {
  sessionsStarted.inc({ reason });
  clients.sessionStarted(clientId);
}

/** A session that a request has brought to its end. */
export interface SessionEnd {
  readonly clientId: string;
  /** BOUND, APPROVED, EXPIRED or a reason. */
  readonly outcome: string;
}

/** Counts a session that ended: by its outcome, and by its client. */
export function countSessionEnd({ sessionsEnded, clients }: Metrics, { clientId, outcome }: SessionEnd): void {
  sessionsEnded.inc({ outcome });
  clients.sessionsEnded(clientId, outcome, 1);
}

/** Counts sessions that ended with a binding or a passkey that was suspended, deleted or moved. A client is named once for each of its sessions. */
export function countRevokedSessions(metrics: Metrics, clientIds: readonly string[]): void {
  for (const clientId of clientIds) countSessionEnd(metrics, { clientId, outcome: 'PERMISSION_DENIED' });
}

/** What a route counts of a result. */
export interface Counted {
  /** The session that it has ended, if any. */
  readonly ended?: SessionEnd | undefined;
  /** The authenticator's signature counter did not grow: a risk signal. */
  readonly counterRegressed?: boolean | undefined;
}

export function countResult(metrics: Metrics, { ended, counterRegressed }: Counted): void {
  if (ended) countSessionEnd(metrics, ended);
  if (counterRegressed) metrics.counterRegressions.inc();
}
