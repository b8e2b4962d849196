/** Opens tracing as configured. The SDK is loaded only when tracing is on. */
import packageFile from '../../../package.json' with { type: 'json' };
import type { TracingSettings } from '../config/tracing-settings.ts';
import type { OpenTracerProvider } from './sdk.ts';
import { createTracing, NO_TRACING, type Tracing } from './tracing.ts';

export interface OpenTracing {
  readonly tracing: Tracing;
  /** Sends the queued spans. Does not reject. */
  close(): Promise<void>;
}

/** A plain OpenTelemetry provider for another part of the process: the demo's bank. */
export async function openTracerProvider(
  settings: TracingSettings,
  onLost: (spans: number) => void,
): Promise<OpenTracerProvider> {
  const { buildTracerProvider } = await import('./sdk.ts');
  return buildTracerProvider({ settings, version: packageFile.version, onLost });
}

export async function openTracing(
  settings: TracingSettings | undefined,
  { clock, onLost }: { readonly clock: () => Date; readonly onLost: (spans: number) => void },
): Promise<OpenTracing> {
  if (settings === undefined) return { tracing: NO_TRACING, close: async () => {} };
  const { version } = packageFile;
  const { provider, close } = await openTracerProvider(settings, onLost);
  return { tracing: createTracing({ tracer: provider.getTracer('@payment-passkeys/network', version), clock }), close };
}
