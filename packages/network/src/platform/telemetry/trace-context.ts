/**
 * W3C Trace Context: `traceparent` as text and as OpenTelemetry's type. `tracestate` and baggage are ignored: a caller could write anything
 * there.
 */
import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

/** https://www.w3.org/TR/trace-context/ §3.2, and §4.3: of a version after 00, only its first four fields are read. */
const TRACEPARENT = /^(?!ff|00.{54})[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/**
 * Undefined when it is malformed. Reads one flag: sampled. If the header was sent twice, the last one counts: a client and its HTTP
 * instrumentation may both write it, and the last one is the innermost.
 */
export function readTraceparent(text: unknown): SpanContext | undefined {
  if (typeof text !== 'string') return undefined;
  const [, traceId, spanId, flags] =
    TRACEPARENT.exec(text.slice(text.lastIndexOf(',') + 1).replace(/^[ \t]+|[ \t]+$/g, '')) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  const sampled = (Number.parseInt(flags ?? '', 16) & TraceFlags.SAMPLED) !== 0;
  const read = { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
  return isSpanContextValid(read) ? read : undefined;
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
}
