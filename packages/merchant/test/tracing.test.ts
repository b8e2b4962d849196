/** The kit's spans, recorded by the shop's OpenTelemetry SDK, and the trace context in its requests to the network. */
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createMerchant,
  createPostgresMerchantStore,
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
  type Merchant,
} from '../src/server/index.ts';
import { type NetworkDouble, refuse, startNetworkDouble } from '../src/testing/index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const RETURN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const TYPED = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2030' };

const exporter = new InMemorySpanExporter();
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
let merchant: Merchant;

function merchantWith(provider: Parameters<typeof createMerchant>[0]['tracerProvider']): Merchant {
  return createMerchant({
    ...network.client,
    network: { url: network.url, audience: network.audience },
    callbackOrigins: [SHOP],
    store: createPostgresMerchantStore(database.pool),
    clock: () => NOW,
    ...(provider && { tracerProvider: provider }),
  });
}

beforeAll(async () => {
  database = await createThrowawayDatabase();
  await database.pool.query(MERCHANT_MIGRATION + MERCHANT_ORDER_MIGRATION + MERCHANT_TRACE_MIGRATION);
  network = await startNetworkDouble({ clock: () => NOW });
});
afterAll(async () => {
  await network.stop();
  await database.close();
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE payment_passkey_payment, payment_passkey_card_enrolment');
  network.answerWith('/assertion', undefined);
  exporter.reset();
  merchant = merchantWith(tracerProvider);
  return () => merchant.close();
});

const spans = () => exporter.getFinishedSpans();
function named(name: string): ReadableSpan {
  const span = spans().find((candidate) => candidate.name === name);
  if (span === undefined) throw new Error(`There is no span ${name}.`);
  return span;
}
const idsOf = (span: ReadableSpan) => span.spanContext();
const told = (ending: string) => network.calls.findLast(({ path }) => path.endsWith(ending))?.headers.traceparent;

async function start(by = merchant) {
  const started = await by.startPayment({
    order: { orderId: 'order-1', amount: '12.34', currency: 'USD', merchantName: 'Tidewick', merchantOrigin: SHOP },
    card: TYPED,
    shopperId: 'shopper-1',
    callbackUri: `${SHOP}/payments/callback`,
    trace: { traceparent: GIVEN },
  });
  if (started.nextStep === 'STEP_UP') throw new Error('The double answered STEP_UP.');
  return started;
}

async function complete(by = merchant) {
  const { cookie } = await start(by);
  const url = network.callback({ proof: await network.issueProof() });
  return by.completePayment({ url, browser: cookie.value, trace: { traceparent: RETURN } });
}

describe('a payment', () => {
  test('is one trace from the click to the proof: the return goes on with it, its own trace is a link', async () => {
    expect((await complete()).status).toBe('AUTHENTICATED');
    const [started, completed] = [named('start payment'), named('complete payment')];
    const sessions = named('POST /authentication/sessions');
    expect(started.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(sessions.parentSpanContext?.spanId).toBe(idsOf(started).spanId);
    expect(completed.parentSpanContext?.spanId).toBe(idsOf(started).spanId);
    expect(completed.links.map((link) => link.context.traceId)).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736']);
    expect(new Set(spans().map((span) => idsOf(span).traceId))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']));
    expect([started.attributes, completed.attributes]).toEqual([
      { 'payment_passkeys.next_step': 'AUTHENTICATE' },
      { 'payment_passkeys.outcome': 'AUTHENTICATED' },
    ]);
  });

  test('confirmed in the shop: the report is a span, by its path without the session’s id, and the network is told of it', async () => {
    const { clientSessionId, cookie } = await start();
    network.answerWith('/assertion', refuse('PAYMENT_TOTAL_MISMATCH'));
    await merchant.reportConfirmation({ clientSessionId, report: { outcome: 'ABORTED' }, browser: cookie.value });
    const reported = named('report confirmation');
    const call = named('POST /authentication/sessions/{authenticationSessionId}/assertion');
    expect(reported.parentSpanContext?.spanId).toBe(idsOf(named('start payment')).spanId);
    expect(call.parentSpanContext?.spanId).toBe(idsOf(reported).spanId);
    expect(reported.attributes).toEqual({ 'payment_passkeys.outcome': 'REFUSED' });
    expect(call.attributes['error.type']).toBe('NETWORK_REFUSED');
    expect(told('/assertion')).toBe(`00-${idsOf(call).traceId}-${idsOf(call).spanId}-01`);
  });

  test('has no id, amount, card, address, token or proof in its spans', async () => {
    await complete();
    const { clientSessionId, cookie } = await start();
    await merchant.reportConfirmation({ clientSessionId, report: { outcome: 'ABORTED' }, browser: cookie.value });
    const text = JSON.stringify(
      spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    );
    const { authenticationSessionId } = network.sessions.at(-1) ?? {};
    for (const mark of ['4444', '12.34', 'order-1', 'shopper-1', clientSessionId, authenticationSessionId, SHOP]) {
      expect(text).not.toContain(mark);
    }
    expect(text).not.toMatch(/accessToken|proofOfAuthentication=|state=|\bey[\w-]+\./);
  });

  test('without an SDK what the shop gives goes on to the network, and nothing is recorded', async () => {
    const plain = merchantWith(trace.getTracerProvider());
    expect((await complete(plain)).status).toBe('AUTHENTICATED');
    await plain.close();
    const { rows } = await database.pool.query('SELECT trace_context FROM payment_passkey_payment');
    expect([told('/sessions'), spans(), rows]).toEqual([GIVEN, [], [{ trace_context: GIVEN }]]);
  });
});

test('a card that is added is one trace, to its binding', async () => {
  const started = await merchant.startCardEnrolment({
    card: TYPED,
    shopperId: 'shopper-1',
    callbackUri: `${SHOP}/cards/callback`,
    trace: { traceparent: GIVEN },
  });
  const url = network.callback({ proof: await network.issueProof() });
  await merchant.completeCardEnrolment({ url, browser: started.cookie.value });
  const [began, completed] = [named('start card enrolment'), named('complete card enrolment')];
  const bind = named('POST /authentication/authenticators');
  expect(completed.parentSpanContext?.spanId).toBe(idsOf(began).spanId);
  expect(bind.parentSpanContext?.spanId).toBe(idsOf(completed).spanId);
  expect(completed.links).toEqual([]);
  expect(completed.attributes).toEqual({ 'payment_passkeys.outcome': 'ENROLLED' });
});
