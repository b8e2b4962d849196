/**
 * The span of one request. Its trace is known only after a signature was verified or a session was found. The span is started then, with
 * the arrival time of the request, and the steps before are added to it.
 */
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { readTraceparent, writeTraceparent } from './trace-context.ts';

export interface RequestTrace {
  /** Names the trace of the request. The first well-formed one counts; a further one is added as a link. */
  join(traceparent: unknown): void;
  /** The `traceparent` of the request's own span, for work that follows. */
  traceparent(): string;
  /** Runs a step of the request as a span. Arguments and results are not recorded; of an error only its name. */
  step<Value>(step: Step, work: () => Value): Value;
  set(attributes: Attributes): void;
  /** The fields of a log line; undefined until the trace is known. */
  ids(): TraceIds | undefined;
  /** Ends the span, when the answer was sent or the caller disconnected. */
  end(end: { readonly status: number; readonly errorCode: string | undefined }): TraceIds;
}

export interface Step {
  /** A constant: never built from a value. */
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

/** OpenTelemetry's field names for logs in other formats. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
  readonly trace_flags: string;
}

interface TimedStep extends Step {
  readonly begun: number;
  readonly ended: number;
  readonly errorType: string | undefined;
}

export function beginRequestTrace(options: {
  readonly tracer: Tracer;
  /** Epoch milliseconds of the request's arrival. Later times are measured from it by a monotonic clock. */
  readonly arrivedAt: number;
  readonly name: string;
  readonly attributes: Attributes;
}): RequestTrace {
  const { tracer, arrivedAt, name, attributes } = options;
  const arrived = performance.now();
  const now = () => arrivedAt + (performance.now() - arrived);
  const early: TimedStep[] = [];
  const known: Attributes = { ...attributes };
  let span: Span | undefined;

  const begin = (parent: SpanContext | undefined): Span => {
    const above = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const begun = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: arrivedAt, attributes: known }, above);
    span = begun;
    for (const step of early.splice(0)) add(begun, step);
    return begun;
  };
  const add = (
    parent: Span,
    { name, kind = SpanKind.INTERNAL, attributes = {}, begun, ended, errorType }: TimedStep,
  ) => {
    const child = tracer.startSpan(name, { kind, attributes, startTime: begun }, trace.setSpan(ROOT_CONTEXT, parent));
    if (errorType !== undefined) child.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
    child.end(ended);
  };
  const done = (step: Step, begun: number, error?: unknown) => {
    const errorType = error === undefined ? undefined : error instanceof Error ? error.name : 'unknown';
    const timed = { ...step, begun, ended: now(), errorType };
    if (span === undefined) early.push(timed);
    else add(span, timed);
  };

  return {
    join(traceparent) {
      const context = readTraceparent(traceparent);
      if (context === undefined) return;
      if (span === undefined) begin(context);
      else if (span.spanContext().traceId !== context.traceId) span.addLink({ context });
    },
    traceparent: () => writeTraceparent((span ?? begin(undefined)).spanContext()),
    step(step, work) {
      if (span?.isRecording() === false) return work();
      const begun = now();
      try {
        const value = work();
        if (value instanceof Promise) {
          value.then(
            () => done(step, begun),
            (error: unknown) => done(step, begun, error ?? 'unknown'),
          );
        } else done(step, begun);
        return value;
      } catch (error) {
        done(step, begun, error ?? 'unknown');
        throw error;
      }
    },
    set(attributes) {
      if (span === undefined) Object.assign(known, attributes);
      else span.setAttributes(attributes);
    },
    ids: () => span && idsOf(span),
    end({ status, errorCode }) {
      const ending = span ?? begin(undefined);
      ending.setAttribute('http.response.status_code', status);
      // A 4xx answer is no error of the server (semantic conventions for HTTP spans).
      if (status >= 500) ending.setAttribute('error.type', errorCode ?? String(status));
      else if (errorCode !== undefined) ending.setAttribute('payment_passkeys.refusal', errorCode);
      if (status >= 500) ending.setStatus({ code: SpanStatusCode.ERROR });
      ending.end(now());
      return idsOf(ending);
    },
  };
}

function idsOf(span: Span): TraceIds {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags === 0 ? '00' : '01' };
}
