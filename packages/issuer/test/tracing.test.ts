/** The kit's spans, recorded by the bank's OpenTelemetry SDK, and the trace context in its requests to the network. */
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  StackContextManager,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createIssuer,
  createMemoryEventStore,
  createPostgresEnrolmentStore,
  ENROLMENT_MIGRATION,
  ENROLMENT_TRACE_MIGRATION,
  type Issuer,
  type IssuerOptions,
  ourNetwork,
} from '../src/server/index.ts';
import { type NetworkDouble, startNetworkDouble } from '../src/testing/index.ts';
import { BANK, buildStart } from './start.fixture.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const clock = () => NOW;
const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const RETURN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const HERS = ['5555555555554444', '5105105105105100', 'avery', '5555550100', 'customer-1'];

const exporter = new InMemorySpanExporter();
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
const issuers: Issuer[] = [];

function issuerWith(changes: Partial<IssuerOptions> = {}): Issuer {
  const issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [BANK],
    store: createPostgresEnrolmentStore(database.pool),
    clock,
    tracerProvider,
    ...changes,
  });
  issuers.push(issuer);
  return issuer;
}

beforeAll(async () => {
  database = await createThrowawayDatabase();
  network = await startNetworkDouble({ clock });
});
afterAll(async () => {
  await network.stop();
  await database.close();
});
beforeEach(async () => {
  await database.pool.query(
    `DROP TABLE IF EXISTS payment_passkey_enrolment; ${ENROLMENT_MIGRATION} ${ENROLMENT_TRACE_MIGRATION}`,
  );
  exporter.reset();
});
afterEach(async () => {
  for (const issuer of issuers.splice(0)) await issuer.close();
});

const spans = () => exporter.getFinishedSpans();
function named(name: string): ReadableSpan {
  const span = spans().find((candidate) => candidate.name === name);
  if (span === undefined) throw new Error(`There is no span ${name}.`);
  return span;
}
const idsOf = (span: ReadableSpan) => span.spanContext();
const toldLast = () => network.calls.at(-1)?.headers.traceparent;

async function enrol(issuer: Issuer) {
  const { cookie } = await issuer.startEnrolment({ ...buildStart(NOW), trace: { traceparent: GIVEN } });
  const url = network.callback({ proof: await network.issueProof() });
  return issuer.completeEnrolment({ url, browser: cookie.value, trace: { traceparent: RETURN } });
}

describe('an enrolment', () => {
  test('is one trace: below what the bank gave, with a span for each call, which the network is told of', async () => {
    expect((await enrol(issuerWith())).status).toBe('ENROLLED');
    const [start, complete] = [named('start enrolment'), named('complete enrolment')];
    const [sessions, bind] = [named('POST /authentication/sessions'), named('POST /authentication/authenticators')];
    expect(start.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(sessions.parentSpanContext?.spanId).toBe(idsOf(start).spanId);
    expect(complete.parentSpanContext?.spanId).toBe(idsOf(start).spanId);
    expect(bind.parentSpanContext?.spanId).toBe(idsOf(complete).spanId);
    expect(new Set(spans().map((span) => idsOf(span).traceId))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']));
    expect([sessions.kind, bind.kind]).toEqual([SpanKind.CLIENT, SpanKind.CLIENT]);
    expect(toldLast()).toBe(`00-${idsOf(bind).traceId}-${idsOf(bind).spanId}-01`);
  });

  test('has the return’s own trace as a link, and says what came of it', async () => {
    await enrol(issuerWith());
    const complete = named('complete enrolment');
    expect(complete.links.map((link) => link.context.traceId)).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736']);
    expect(complete.attributes).toEqual({ 'payment_passkeys.outcome': 'ENROLLED' });
  });

  test('has nothing of a person, no token and no proof in its spans', async () => {
    await enrol(issuerWith());
    const text = JSON.stringify(
      spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    );
    for (const mark of HERS) expect(text).not.toContain(mark);
    expect(text).not.toMatch(/accessToken|proofOfAuthentication=|state=|\bey[\w-]+\./);
  });

  test('that fails has the code of the error, and no word of it', async () => {
    const elsewhere = 'https://avery.example/callback';
    await expect(issuerWith().startEnrolment(buildStart(NOW, { callbackUri: elsewhere }))).rejects.toThrow();
    expect(named('start enrolment').attributes).toEqual({ 'error.type': 'CALLBACK_NOT_ALLOWED' });
    expect(named('start enrolment').events).toEqual([]);
  });
});

test('events: a delivery and a reading are spans, with a span for each call, and nothing of an account in any of them', async () => {
  const issuer = issuerWith();
  const data = { bindingId: 'binding-1', credentialId: 'credential-1', reasonCode: 'DEVICE_LOST' } as const;
  const event = network.makeEvent({ type: 'binding.resumed', data: { ...data, suspendedBy: [] } });
  const options = { store: createMemoryEventStore(), on: {} };
  await issuer.events.webhook(options)(network.buildDelivery(event));
  expect(named('receive event').attributes).toEqual({ 'payment_passkeys.outcome': 'HANDLED' });
  await issuer.events.reader(options).readOnce();
  const call = named('GET /authentication/events');
  expect(call.parentSpanContext?.spanId).toBe(idsOf(named('read events')).spanId);
  expect(toldLast()).toBe(`00-${idsOf(call).traceId}-${idsOf(call).spanId}-01`);

  const account = { primaryAccountNumber: '5555555555554444' };
  await issuer.bindings.search({ account, trace: { traceparent: GIVEN } });
  expect(named('POST /authentication/bindings/searches').parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  const text = JSON.stringify(spans().map(({ name, attributes }) => [name, attributes]));
  for (const mark of [...HERS, event.id, 'binding-1']) expect(text).not.toContain(mark);
});

describe('without an SDK', () => {
  test('what the bank gives goes on to the network, and at the return what it gave at the start', async () => {
    const issuer = issuerWith({ tracerProvider: trace.getTracerProvider() });
    expect((await enrol(issuer)).status).toBe('ENROLLED');
    expect([toldLast(), spans()]).toEqual([GIVEN, []]);
  });

  test('nothing is told where nothing was given', async () => {
    const issuer = issuerWith({ tracerProvider: trace.getTracerProvider() });
    await issuer.startEnrolment(buildStart(NOW));
    expect(toldLast()).toBeUndefined();
    const { rows } = await database.pool.query('SELECT trace_context FROM payment_passkey_enrolment');
    expect(rows).toEqual([{ trace_context: null }]);
  });
});

test('where nothing is given, it is below the active span', async () => {
  context.setGlobalContextManager(new StackContextManager().enable());
  try {
    const request = tracerProvider.getTracer('bank').startSpan('GET /x', {}, ROOT_CONTEXT);
    await context.with(trace.setSpan(ROOT_CONTEXT, request), () => issuerWith().startEnrolment(buildStart(NOW)));
    expect(named('start enrolment').parentSpanContext?.spanId).toBe(request.spanContext().spanId);
  } finally {
    context.disable();
  }
});

test('a table without the column keeps no trace, and every enrolment; it is found out once', async () => {
  await database.pool.query('ALTER TABLE payment_passkey_enrolment DROP COLUMN trace_context');
  const issuer = issuerWith();
  for (let times = 0; times < 2; times++) expect((await enrol(issuer)).status).toBe('ENROLLED');
  const completed = spans().filter(({ name }) => name === 'complete enrolment');
  expect(completed.map((span) => idsOf(span).traceId)).toEqual(Array(2).fill('4bf92f3577b34da6a3ce929d0e0e4736'));
});
