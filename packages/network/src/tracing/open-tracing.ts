/** Tracing as the configuration has it. */
import packageFile from '../../package.json' with { type: 'json' };
import type { TracingSettings } from './settings.ts';
import { createTracing, NO_TRACING, type Tracing } from './tracing.ts';

export interface OpenTracing {
  readonly tracing: Tracing;
  /** Sends the spans that wait. Does not reject. */
  close(): Promise<void>;
}

/** The SDK is loaded only where there are settings. */
export async function openTracing(
  settings: TracingSettings | undefined,
  { clock, onLost }: { readonly clock: () => Date; readonly onLost: (spans: number) => void },
): Promise<OpenTracing> {
  if (settings === undefined) return { tracing: NO_TRACING, close: async () => {} };
  const { version } = packageFile;
  const { openTracerProvider } = await import('./sdk.ts');
  const { provider, close } = openTracerProvider({ settings, version, onLost });
  return { tracing: createTracing({ tracer: provider.getTracer('@payment-passkeys/network', version), clock }), close };
}
