/** The settings of OpenTelemetry that are read here (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). */
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

export interface TracingSettings {
  /** Where spans are sent (OTLP, JSON over HTTP). */
  readonly url: string;
  /** Sent with each batch, such as a collector's key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** Further attributes of the resource, such as `deployment.environment.name`. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** The ratio of the samplers that take one; 0 to 1. */
  readonly ratio: number;
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/**
 * Undefined without an endpoint, or when traces are switched off. The exporter itself reads the rest: OTEL_EXPORTER_OTLP_TIMEOUT,
 * _COMPRESSION, _CERTIFICATE and their TRACES forms. Throws {@link ConfigError}.
 */
export function readTracing(env: Environment): TracingSettings | undefined {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const url = readEndpoint(env);
  if (url === undefined) return undefined;
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json';
  if (protocol !== 'http/json') {
    throw new ConfigError('OTEL_EXPORTER_OTLP_PROTOCOL', 'has to be http/json, which collectors take on port 4318.');
  }
  const sampler = SAMPLERS.find((known) => known === (env.OTEL_TRACES_SAMPLER || 'parentbased_always_on'));
  if (sampler === undefined) {
    throw new ConfigError('OTEL_TRACES_SAMPLER', `has to be one of ${SAMPLERS.join(', ')}.`);
  }
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG || 1);
  if (!(ratio >= 0 && ratio <= 1)) {
    throw new ConfigError('OTEL_TRACES_SAMPLER_ARG', 'has to be a ratio from 0 to 1.');
  }
  // The headers are read here and not by the exporter, because they may come from a file.
  const headers = {
    ...readAttributes(env.OTEL_EXPORTER_OTLP_HEADERS),
    ...readAttributes(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS),
  };
  const { 'service.name': named, ...resource } = readAttributes(env.OTEL_RESOURCE_ATTRIBUTES);
  const serviceName = env.OTEL_SERVICE_NAME || named || 'payment-passkeys-network';
  return Object.freeze({ url, headers, serviceName, resource, sampler, ratio });
}

/** The endpoint for traces is used as it is; the path of traces is added to the common endpoint. */
function readEndpoint(env: Environment): string | undefined {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const setting = own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const given = own || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!given) return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new ConfigError(setting, 'has to be the address of a collector, such as http://127.0.0.1:4318.');
  }
  return own ? given : new URL('v1/traces', given.endsWith('/') ? given : `${given}/`).href;
}

/** `key=value,key=value`, percent-encoded as in W3C Baggage. Malformed parts are ignored. */
function readAttributes(text = ''): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    return key === undefined || value === undefined ? [] : [[key, decode(value)] as const];
  });
  return Object.fromEntries(pairs);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
