/** A span for each request of a page, by OpenTelemetry's API. The spans of the kit and of the network become its children. */
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type TracerProvider } from '@opentelemetry/api';
import type { TraceContext } from '@payment-passkeys/issuer/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The trace that a request is part of; undefined if nothing is traced. */
export type TraceOf = (request: FastifyRequest) => TraceContext | undefined;

/**
 * Traces every request of `app`. A span's name is the route's pattern, because an address can contain a state or a proof. Each request
 * begins a new trace, because a trace context from a browser is untrusted.
 */
export function traceRequests(app: FastifyInstance, provider: TracerProvider | undefined): TraceOf {
  if (provider === undefined) return () => undefined;
  const tracer = provider.getTracer('@payment-passkeys/bank');
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', async (request, reply) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    const attributes = { 'http.request.method': method, 'http.route': route };
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
    spans.set(request, span);
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
  });
  return (request) => {
    const span = spans.get(request);
    if (span === undefined) return undefined;
    const { traceId, spanId, traceFlags } = span.spanContext();
    return { traceparent: `00-${traceId}-${spanId}-${traceFlags & 1 ? '01' : '00'}` };
  };
}
