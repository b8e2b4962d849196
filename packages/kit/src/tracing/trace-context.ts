/** W3C Trace Context, passed on to the network so that one trace covers both sides of a call. */

/** The headers of https://www.w3.org/TR/trace-context/ that the host's tracing has for the current request. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The headers to send; empty if they are not well formed, as the recommendation requires (§3.2, §4.3). */
export function traceHeaders(trace: TraceContext | undefined): Record<string, string> {
  if (trace === undefined || !/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(trace.traceparent)) return {};
  const { traceparent, tracestate } = trace;
  if (tracestate === undefined || !/^[\x20-\x7e]{1,512}$/.test(tracestate)) return { traceparent };
  return { traceparent, tracestate };
}
