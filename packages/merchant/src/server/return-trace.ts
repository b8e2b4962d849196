/** The span of a return: it goes on with the trace of the start, and what the shop itself traces at the return is linked. */
import type { KitTracing, TraceContext } from '@payment-passkeys/kit';
import type { Pending } from './pending.ts';

export interface TracedReturn {
  readonly name: string;
  /** A browser that comes back brings no trace along; what is pending has kept it. */
  readonly pending: Pending | undefined;
  /** Of the return's request, where the shop gave one. */
  readonly trace: TraceContext | undefined;
}

/** `decide` is told the span's own context; of its outcome the span holds the status. */
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
