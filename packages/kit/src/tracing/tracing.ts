/** A kit's spans, by OpenTelemetry's API alone: where the host has set up no SDK they cost next to nothing, and a trace is handed on all the same. */
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
  /** One of a few: never made of a value. */
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Undefined: what the host's own tracing is doing now. */
  readonly parent: TraceContext | undefined;
  /** What else led to it. */
  readonly link?: TraceContext | undefined;
}

export interface KitTracing {
  /**
   * `work` is told the span's own context, to be handed on or kept (undefined where there is no trace), and may set attributes, in words
   * of a closed set. Rejects as `work` does.
   */
  span<Result>(
    span: KitSpan,
    work: (own: TraceContext | undefined, set: (attributes: Attributes) => void) => Promise<Result>,
  ): Promise<Result>;
  /** The trace of whatever the host is doing now: the one that it gave, or its own tracing's. */
  current(given: TraceContext | undefined): TraceContext | undefined;
}

/** `kit` is the package that the spans are of. Without a `provider` the one that the host has registered with OpenTelemetry's API, if any. */
export function createKitTracing({
  kit,
  provider,
}: {
  readonly kit: string;
  readonly provider: TracerProvider | undefined;
}): KitTracing {
  // Asked each time: the host may set up its SDK after the kit.
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
        // Its name and code alone: a message may be made of anything.
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
