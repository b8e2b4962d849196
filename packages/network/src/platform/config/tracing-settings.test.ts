import { describe, expect, test } from 'vitest';
import { readTraceparent, writeTraceparent } from '../telemetry/trace-context.ts';
import { readTracing } from './tracing-settings.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318' };

describe('OpenTelemetry’s variables', () => {
  test('without an endpoint nothing is traced, nor where it is switched off', () => {
    expect(readTracing({})).toBeUndefined();
    expect(readTracing({ OTEL_TRACES_SAMPLER: 'always_on' })).toBeUndefined();
    expect(readTracing({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(readTracing({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
  });

  test('with one, the specification’s defaults', () => {
    expect(readTracing(endpoint)).toEqual({
      url: 'http://collector.example:4318/v1/traces',
      headers: {},
      serviceName: 'payment-passkeys-network',
      resource: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
    });
  });

  test.each([
    ['http://collector.example:4318/', 'http://collector.example:4318/v1/traces'],
    ['https://collector.example/otlp', 'https://collector.example/otlp/v1/traces'],
  ])('%s has the path of traces added', (OTEL_EXPORTER_OTLP_ENDPOINT, url) => {
    expect(readTracing({ OTEL_EXPORTER_OTLP_ENDPOINT })).toMatchObject({ url });
  });

  test('the endpoint of traces is taken as it stands, and comes first', () => {
    const own = 'http://traces.example:4318/in';
    expect(readTracing({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own })).toMatchObject({ url: own });
  });

  test('name, resource and sampler', () => {
    const more = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=ours, deployment.environment.name=pre%20prod,broken,=x' };
    const sampling = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    expect(readTracing({ ...endpoint, ...more, ...sampling })).toMatchObject({
      serviceName: 'ours',
      resource: { 'deployment.environment.name': 'pre prod' },
      sampler: 'traceidratio',
      ratio: 0.25,
    });
    expect(readTracing({ ...endpoint, ...more, OTEL_SERVICE_NAME: 'named' })).toMatchObject({ serviceName: 'named' });
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'nonsense'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half'],
  ])('%s=%s is refused, and named', (setting, value) => {
    expect(() => readTracing({ ...endpoint, [setting]: value })).toThrow(expect.objectContaining({ setting }));
  });
});

describe('W3C Trace Context', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('§3.2 is read and written back', () => {
    const context = readTraceparent(traceparent);
    expect(context).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' });
    expect(context && writeTraceparent(context)).toBe(traceparent);
  });

  test.each([
    ['§3.2.2.3 a trace id of zeros', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['§3.2.2.4 a parent id of zeros', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
    ['§3.2.2.1 version ff', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['upper case', traceparent.toUpperCase()],
    ['more than its fields', `${traceparent}-x`],
    ['nothing', ''],
    ['no text', undefined],
  ])('%s is no context', (_title, text) => {
    expect(readTraceparent(text)).toBeUndefined();
  });

  test('of the flags only whether it is sampled is kept', () => {
    expect(readTraceparent(traceparent.replace(/01$/, 'fe'))).toMatchObject({ traceFlags: 0 });
    expect(readTraceparent(traceparent.replace(/01$/, 'ff'))).toMatchObject({ traceFlags: 1 });
  });

  test('of a header that came twice the last counts', () => {
    const inner = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
    expect(readTraceparent(`${traceparent}, ${inner}`)).toMatchObject({ spanId: '00f067aa0ba902b7' });
  });
});
