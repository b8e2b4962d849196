/** The span of a return. It continues the trace of the start, and links to the host's trace of the return. */
import type { TraceContext } from '../tracing/trace-context.ts';
import type { KitTracing } from '../tracing/tracing.ts';
import type { Pending } from './pending.ts';

export interface TracedReturn {
  /** One of a few constant names; never built from a value. */
  readonly name: string;
  /** The pending record, which stores the trace of the start; a browser sends none. */
  readonly pending: Pending | undefined;
  /** The trace of the return's request, if the host passed one. */
  readonly trace: TraceContext | undefined;
}

/** `decide` receives the span's own context. The span's only attribute is the outcome's status. */
export function traceReturn<Outcome extends { readonly status: string }>(
  tracing: KitTracing,
  { name, pending, trace }: TracedReturn,
  decide: (own: TraceContext | undefined) => Promise<Outcome>,
): Promise<Outcome> {
  const here = tracing.current(trace);
  const began = pending?.traceContext === undefined ? undefined : { traceparent: pending.traceContext };
  return tracing.span({ name, parent: began ?? here, link: began && here }, async (own, set) => {
    const outcome = await decide(own);
    set({ 'payment_passkeys.outcome': outcome.status });
    return outcome;
  });
}
