/** W3C Trace Context, handed on to the network so that one trace covers both sides of a call. */

/** The headers of https://www.w3.org/TR/trace-context/, as the host's own tracing has them for the request that it is serving. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The headers to send; none where they are not well formed, as the recommendation asks (§3.2, §4.3). */
export function traceHeaders(trace: TraceContext | undefined): Record<string, string> {
  if (trace === undefined || !/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(trace.traceparent)) return {};
  const { traceparent, tracestate } = trace;
  if (tracestate === undefined || !/^[\x20-\x7e]{1,512}$/.test(tracestate)) return { traceparent };
  return { traceparent, tracestate };
}
