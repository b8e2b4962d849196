/** The sampling decision, and spans that no collector accepts: the network's SDK setup against a real collector. */
import { startTraceCollector, type TraceCollector } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTracing } from '../config/tracing-settings.ts';
import { buildTracerProvider } from './sdk.ts';
import { createTracing, NO_TRACING, type Tracing } from './tracing.ts';

const SAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = SAMPLED.replace(/01$/, '00');
const clock = () => new Date('2026-11-24T12:00:00Z');

let collector: TraceCollector;
beforeAll(async () => {
  collector = await startTraceCollector();
});
afterAll(() => collector.stop());

/** The spans that one request sends to the collector of a network with these settings. */
async function serve(env: Readonly<Record<string, string>>, work: (tracing: Tracing) => unknown, url = collector.url) {
  const settings = readTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
  if (settings === undefined) throw new Error('These are no settings.');
  const before = collector.spans().length;
  let lost = 0;
  const { provider, close } = buildTracerProvider({
    settings,
    version: '1.0.0',
    onLost: (spans) => {
      lost += spans;
    },
  });
  const tracing = createTracing({ tracer: provider.getTracer('test'), clock });
  const trace = tracing.requests?.begin({ method: 'POST', route: '/x', requestId: 'r' });
  if (trace === undefined) throw new Error('Nothing is traced.');
  await new Promise<unknown>((resolve) => tracing.requests?.run(trace, () => resolve(work(tracing))));
  trace.end({ status: 200, errorCode: undefined });
  await close();
  return { spans: collector.spans().slice(before), lost };
}

describe('sampling', () => {
  test.each([
    ['is on by default', {}, undefined, 1],
    ['follows a caller who is believed: off', {}, UNSAMPLED, 0],
    ['follows a caller who is believed: on', { OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, SAMPLED, 1],
    [
      'is the operator’s where there is no such caller',
      { OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
      undefined,
      0,
    ],
    ['may be the operator’s alone: off', { OTEL_TRACES_SAMPLER: 'always_off' }, SAMPLED, 0],
    ['may be the operator’s alone: on', { OTEL_TRACES_SAMPLER: 'always_on' }, UNSAMPLED, 1],
    ['by ratio: none', { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, SAMPLED, 0],
    ['by ratio: all', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }, undefined, 1],
  ])('%s', async (_title, env, traceparent, count) => {
    const { spans } = await serve(env, (tracing) => tracing.join(traceparent));
    expect(spans).toHaveLength(count);
  });

  test('is told to what follows, be it off', async () => {
    let told: string | undefined;
    await serve({ OTEL_TRACES_SAMPLER: 'always_off' }, (tracing) => {
      told = tracing.traceparent();
    });
    expect(told).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

describe('steps', () => {
  test('are below their request, be they done before it is known whose trace it is; of an error its name is kept and no word of it', async () => {
    const secret = 'the card 5555555555554444';
    const { spans } = await serve({}, (tracing) => {
      expect(tracing.step('early', () => 1)).toBe(1);
      tracing.join(SAMPLED);
      expect(() =>
        tracing.step('failing', () => {
          throw new RangeError(secret);
        }),
      ).toThrow(secret);
    });
    const [early, failing, request] = spans;
    expect([early?.name, failing?.name, request?.name]).toEqual(['early', 'failing', 'POST /x']);
    expect([early?.parentSpanId, failing?.parentSpanId]).toEqual([request?.spanId, request?.spanId]);
    expect(failing?.attributes['error.type']).toBe('RangeError');
    expect(collector.received()).not.toContain('55554444'); // a shorter number could be in an id or a time by chance
  });

  test('of a promise end with it; a result of undefined is one', async () => {
    let calls = 0;
    const { spans } = await serve({}, (tracing) => {
      tracing.step('nothing', () => {
        calls++;
      });
    });
    expect([calls, spans.length]).toEqual([1, 2]);
  });

  test('of a pool are named by the statement, never by its text', async () => {
    const asked: unknown[] = [];
    const pool = { query: async (...given: unknown[]) => void asked.push(given), idleCount: 3 };
    const { spans } = await serve({}, async (tracing) => {
      const observed = tracing.observePool(pool as never);
      await observed.query({ name: 'session-insert', text: 'INSERT 5555555555554444', values: ['5555555555554444'] });
      await observed.query("UPDATE session SET locale = '5555555555554444'", ['x']);
      expect(observed.idleCount).toBe(3);
    });
    expect(asked).toHaveLength(2);
    expect(spans.map(({ name }) => name).sort()).toEqual(['POST /x', 'UPDATE', 'session-insert']);
    expect(spans.find(({ name }) => name === 'UPDATE')).toMatchObject({ kind: 3 });
    expect(collector.received()).not.toContain('55554444'); // a shorter number could be in an id or a time by chance
  });
});

test('spans that a collector does not take are lost, counted, and hold nobody up', async () => {
  const refusing = await startTraceCollector({ status: 400 });
  const { lost } = await serve({}, (tracing) => tracing.step('x', () => {}), refusing.url);
  expect(lost).toBe(2);
  await refusing.stop();
});

test('where nothing is traced, steps are done and nothing else', () => {
  expect(NO_TRACING.step('x', () => 'done')).toBe('done');
  expect([NO_TRACING.traceparent(), NO_TRACING.ids(), NO_TRACING.requests]).toEqual([undefined, undefined, undefined]);
});
