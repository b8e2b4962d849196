/** A collector of OpenTelemetry traces on loopback (OTLP, JSON over HTTP) that shows what it received. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface CollectedSpan {
  /** `service.name` of the resource. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for a root span. */
  readonly parentSpanId: string | undefined;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Trace ids. */
  readonly links: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
}

export interface TraceCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** Everything that arrived, as text. Spans are sent in batches: stop the sender to receive the last ones. */
  received(): string;
  /** In the order in which they ended. */
  spans(): readonly CollectedSpan[];
  stop(): Promise<void>;
}

/** `status` is its answer; with another status than 200 the spans are lost. */
export async function startTraceCollector({
  status = 200,
}: {
  readonly status?: number;
} = {}): Promise<TraceCollector> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'POST' && request.url === '/v1/traces') bodies.push(JSON.stringify(request.headers), body);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    received: () => bodies.join('\n'),
    spans: () => bodies.flatMap((body) => readSpans(JSON.parse(body) as ExportRequest)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** OTLP's JSON, as far as a test looks into it: https://github.com/open-telemetry/opentelemetry-proto, trace.proto. */
interface ExportRequest {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

interface Attribute {
  readonly key: string;
  /** One member, named by its type. */
  readonly value: Readonly<Record<string, unknown>>;
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string }[];
}

function readSpans({ resourceSpans = [] }: ExportRequest): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(readAttributes(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => readSpan(service, span)));
  });
}

function readSpan(service: string, span: Span): CollectedSpan {
  const { name, traceId, spanId, kind } = span;
  return {
    service,
    name,
    traceId,
    spanId,
    parentSpanId: span.parentSpanId || undefined,
    kind,
    attributes: readAttributes(span.attributes),
    links: (span.links ?? []).map((link) => link.traceId),
    duration: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
  };
}

function readAttributes(attributes: readonly Attribute[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
