/** Tracing for the code that serves a request: the request's trace, and its steps. Costs nothing when it is off. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Attributes, SpanKind, type Tracer } from '@opentelemetry/api';
import type { Pool } from 'pg';
import { beginRequestTrace, type RequestTrace, type Step, type TraceIds } from './request-trace.ts';

/** Each method acts on the request that is being served; outside of a request it does nothing. */
export interface Tracing {
  /** Joins the trace of a trusted source: a client whose signature was verified, or the session. See {@link RequestTrace.join}. */
  join(traceparent: unknown): void;
  /** The `traceparent` to store with what this request creates, so that later requests can join its trace. Undefined when tracing is off. */
  traceparent(): string | undefined;
  /** Runs `work` as a named step of the request's trace. */
  step<Value>(name: string, work: () => Value): Value;
  set(attributes: Attributes): void;
  ids(): TraceIds | undefined;
  /** A pool that traces each statement as a step by its name, except the statements within a transaction. */
  observePool(pool: Pool): Pool;
  /** Undefined when tracing is off. */
  readonly requests: TracedRequests | undefined;
}

/** For the hooks of every request. */
export interface TracedRequests {
  begin(request: { readonly method: string; readonly route: string; readonly requestId: string }): RequestTrace;
  run(trace: RequestTrace, proceed: () => void): void;
}

export const NO_TRACING: Tracing = {
  join: () => {},
  traceparent: () => undefined,
  step: (_name, work) => work(),
  set: () => {},
  ids: () => undefined,
  observePool: (pool) => pool,
  requests: undefined,
};

export function createTracing({ tracer, clock }: { readonly tracer: Tracer; readonly clock: () => Date }): Tracing {
  const currentTrace = new AsyncLocalStorage<RequestTrace>();
  const runStep = <Value>(step: Step, work: () => Value): Value => {
    const trace = currentTrace.getStore();
    return trace === undefined ? work() : trace.step(step, work);
  };
  return {
    join: (traceparent) => currentTrace.getStore()?.join(traceparent),
    traceparent: () => currentTrace.getStore()?.traceparent(),
    step: (name, work) => runStep({ name }, work),
    set: (attributes) => currentTrace.getStore()?.set(attributes),
    ids: () => currentTrace.getStore()?.ids(),
    observePool: (pool) => observePool(pool, runStep),
    requests: {
      begin: ({ method, route, requestId }) =>
        beginRequestTrace({
          tracer,
          arrivedAt: clock().getTime(),
          name: `${method} ${route}`,
          attributes: { 'http.request.method': method, 'http.route': route, 'payment_passkeys.request.id': requestId },
        }),
      run: (trace, proceed) => currentTrace.run(trace, proceed),
    },
  };
}

/** The span is named after the statement and never contains its text (semantic conventions for databases). */
function observePool(pool: Pool, runStep: <Value>(step: Step, work: () => Value) => Value): Pool {
  const query = (...args: unknown[]) => {
    const name = nameOf(args[0]);
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': name };
    return runStep({ name, kind: SpanKind.CLIENT, attributes }, () => Reflect.apply(pool.query, pool, args));
  };
  return new Proxy(pool, {
    get(target, property) {
      if (property === 'query') return query;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The name of a prepared statement, or the first word of any other. */
function nameOf(statement: unknown): string {
  const { name, text } = (typeof statement === 'string' ? { text: statement } : statement) as {
    readonly name?: string;
    readonly text?: string;
  };
  return name ?? /\w+/.exec(text ?? '')?.[0] ?? 'statement';
}
