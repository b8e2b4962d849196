/**
 * A kit's spans, which need only OpenTelemetry's API. Without an SDK in the host they cost almost nothing, and a trace is still passed on.
 */
import {
  type Attributes,
  type Context,
  context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { TraceContext } from './trace-context.ts';

export interface KitSpan {
  /** One of a few constant names; never built from a value. */
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Undefined: the host's currently active span. */
  readonly parent: TraceContext | undefined;
  /** Another trace to link to. */
  readonly link?: TraceContext | undefined;
}

export interface KitTracing {
  /**
   * Runs `work` in a span. `work` receives the span's context, to pass on or to store (undefined without a trace), and may set attributes
   * from a closed set. Rejects as `work` does.
   */
  span<Result>(
    span: KitSpan,
    work: (own: TraceContext | undefined, set: (attributes: Attributes) => void) => Promise<Result>,
  ): Promise<Result>;
  /** The current trace: the given one, or that of the host's own tracing. */
  current(given: TraceContext | undefined): TraceContext | undefined;
}

/**
 * `kit` is the name of the package that creates the spans. Without a `provider`, the one that the host has registered with OpenTelemetry's
 * API is used, if any.
 */
export function createKitTracing({
  kit,
  provider,
}: {
  readonly kit: string;
  readonly provider: TracerProvider | undefined;
}): KitTracing {
  // Read at each call: the host may set up its SDK after the kit.
  const tracer = () => (provider ?? trace.getTracerProvider()).getTracer(kit);
  return {
    current: (given) =>
      readContext(given) === undefined ? writeContext(trace.getSpanContext(context.active())) : given,
    async span({ name, kind = SpanKind.INTERNAL, attributes = {}, parent, link }, work) {
      const above = contextOf(parent);
      const span = tracer().startSpan(name, { kind, attributes, links: linksTo(link) }, above);
      try {
        const within = trace.setSpan(above, span);
        return await context.with(within, () =>
          work(writeContext(span.spanContext()), (attributes) => void span.setAttributes(attributes)),
        );
      } catch (error) {
        // Only the name or code: a message may contain any value.
        span.setAttribute('error.type', codeOf(error)).setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

function contextOf(parent: TraceContext | undefined): Context {
  const read = readContext(parent);
  return read === undefined ? context.active() : trace.setSpanContext(ROOT_CONTEXT, read);
}

function linksTo(link: TraceContext | undefined): Link[] {
  const read = readContext(link);
  return read === undefined ? [] : [{ context: read }];
}

/** W3C Trace Context §3.2. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function readContext(given: TraceContext | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(given?.traceparent ?? '') ?? [];
  if (given === undefined || traceId === undefined || spanId === undefined) return undefined;
  const traceFlags = Number.parseInt(flags ?? '', 16) & 1;
  const traceState = given.tracestate === undefined ? {} : { traceState: createTraceState(given.tracestate) };
  const read = { traceId, spanId, traceFlags, isRemote: true, ...traceState };
  return trace.isSpanContextValid(read) ? read : undefined;
}

function writeContext(own: SpanContext | undefined): TraceContext | undefined {
  if (own === undefined || !trace.isSpanContextValid(own)) return undefined;
  const traceparent = `00-${own.traceId}-${own.spanId}-${own.traceFlags & 1 ? '01' : '00'}`;
  const tracestate = own.traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
