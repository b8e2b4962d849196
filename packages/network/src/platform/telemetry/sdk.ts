/** OpenTelemetry's SDK, set up to send spans by OTLP. Imported only where tracing is on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TracerProvider as Provider } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SamplerName, TracingSettings } from '../config/tracing-settings.ts';

export interface OpenTracerProvider {
  readonly provider: Provider;
  /** Sends the queued spans and shuts down. Does not reject: spans that cannot be sent are reported to `onLost`. */
  close(): Promise<void>;
}

/** How long the process waits for a collector when it ends. */
const FLUSH_MILLISECONDS = 5_000;

/** With a slow or missing collector, spans are lost and no request waits: at most 2048 spans are queued, and one attempt takes at most ten seconds. */
export function buildTracerProvider(options: {
  readonly settings: TracingSettings;
  readonly version: string;
  /** Called with the number of spans that the collector did not take. */
  readonly onLost: (spans: number) => void;
}): OpenTracerProvider {
  const { settings, version, onLost } = options;
  const exporter = reportingLosses(new OTLPTraceExporter({ url: settings.url, headers: settings.headers }), onLost);
  const provider = new TracerProvider({
    sampler: buildSampler(settings.sampler, settings.ratio),
    resource: resourceFromAttributes({
      ...settings.resource,
      'service.name': settings.serviceName,
      'service.version': version,
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'opentelemetry',
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const close = async () => {
    await Promise.race([provider.shutdown().catch(() => {}), sleep(FLUSH_MILLISECONDS, undefined, { ref: false })]);
  };
  return { provider, close };
}

/** Needed because the SDK reports a failed batch only to a global logger. */
function reportingLosses(exporter: SpanExporter, onLost: (spans: number) => void): SpanExporter {
  return {
    export: (spans, callback) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0) onLost(spans.length);
        callback(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

function buildSampler(name: SamplerName, ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
