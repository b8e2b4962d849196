/** What the network traces, and whose trace context it accepts. apps/demo/test/tracing.test.ts has an enrolment across both servers. */
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import {
  buildInstrumentInfo,
  buildSessionInfo,
  buildSessionRequest,
  type CollectedSpan,
  startInstrument,
  startTraceCollector,
} from '@payment-passkeys/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';
import { startTestShop } from './shop.ts';

const [SIGNED, REFUSED, STRANGER, ANOTHER] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];
const SPAN_ID = 'b7ad6b7169203331';
const PAN = '5555555555554444';
const PAGE = ['POST /auth/passkeys/open', 'POST /auth/passkeys/result'] as const;
const SESSIONS = `POST ${SESSIONS_PATH}`;
const BIND = `POST ${AUTHENTICATORS_PATH}`;

type Line = Readonly<Record<string, unknown>>;
const lines: Line[] = [];
let spans: readonly CollectedSpan[];
let received: string;
/** The trace id of the session of each enrolment, by the enrolment's name. */
const traces: Record<string, string> = {};

beforeAll(async () => {
  const collector = await startTraceCollector();
  const logStream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const at = await startTestShop({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'debug' }, { logStream });
  const { network } = at;
  await callWithHeaders(network);
  traces.plain = await enrolPlainly(network);
  traces.joined = await bindInAnotherTrace(network);
  traces.shop = await enrolAtShop(at);
  for (const path of ['/health/ready', '/metrics', '/nothing', '/auth/passkeys/assets/none.js'])
    await (await fetch(network.address + path)).text();
  await network.stop(); // exports the pending spans
  await collector.stop();
  spans = collector.spans();
  received = collector.received();
});

/** One call with a valid signature, and one with an invalid one. */
async function callWithHeaders(network: TestNetwork): Promise<void> {
  const body = JSON.stringify(buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now))));
  const beside = { tracestate: `vendor=${PAN}`, baggage: `pan=${PAN}` };
  for (const [traceId, signed, status] of [
    [SIGNED, body, 201],
    [REFUSED, `${body} `, 400],
  ] as const) {
    const authorization = await network.client.sign(SESSIONS_PATH, signed);
    expect(await post(network, SESSIONS_PATH, body, { authorization, ...traceparent(traceId), ...beside })).toBe(
      status,
    );
  }
}

/** The client sends no trace context, and the browser sends a false one. */
async function enrolPlainly(network: TestNetwork): Promise<string> {
  const browser = network.browser();
  const { session, proof } = await enrol(network, browser);
  const { pathname, search } = new URL(session.uri);
  await (await fetch(network.address + pathname + search, { headers: traceparent(STRANGER) })).text();
  expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
  return traceOf(network, session.authenticationSessionId);
}

async function bindInAnotherTrace(network: TestNetwork): Promise<string> {
  const { session, proof } = await enrol(network, network.browser());
  const { authenticationSessionId } = session;
  const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication: proof });
  const authorization = await network.client.sign(AUTHENTICATORS_PATH, body);
  expect(await post(network, AUTHENTICATORS_PATH, body, { authorization, ...traceparent(ANOTHER) })).toBe(201);
  return traceOf(network, authenticationSessionId);
}

async function enrolAtShop({ network, shop, issuer }: Awaited<ReturnType<typeof startTestShop>>): Promise<string> {
  const browser = network.browser();
  const { body: session } = await startInstrument(shop, buildInstrumentInfo());
  await browser.open(session.uri);
  const { redirect } = (await browser.consent()).body;
  await browser.visit(await issuer.answer((await issuer.read(redirect)).claims.jti));
  return traceOf(network, session.authenticationSessionId);
}

function traceparent(traceId: string) {
  return { traceparent: `00-${traceId}-${SPAN_ID}-01` };
}

async function post(network: TestNetwork, path: string, body: string, headers: Record<string, string>) {
  const all = { 'content-type': 'application/json', ...headers };
  const response = await fetch(network.address + path, { method: 'POST', body, headers: all });
  await response.text();
  return response.status;
}

/** The trace id in the session's row. */
async function traceOf(network: TestNetwork, sessionId: string): Promise<string> {
  const text = 'SELECT trace_context FROM session WHERE session_id = $1';
  const { rows } = await network.database.pool.query<{ trace_context: string }>(text, [sessionId]);
  expect(rows[0]?.trace_context).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  return rows[0]?.trace_context.slice(3, 35) ?? '';
}

function find(name: string, traceId: string | undefined): CollectedSpan {
  const found = spans.find((span) => span.name === name && span.traceId === traceId);
  if (found === undefined) throw new Error(`There is no span ${name} of that trace.`);
  return found;
}

describe('whose trace a request is part of', () => {
  test('a client’s, when its signature holds; what the client says beside is not taken', () => {
    const span = find(SESSIONS, SIGNED);
    expect(span).toMatchObject({ parentSpanId: SPAN_ID, kind: 2 });
    expect(span.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': SESSIONS_PATH,
      'http.response.status_code': 201,
      'payment_passkeys.client.id': 'test-bank',
    });
    expect(received).not.toContain(PAN);
  });

  test('nobody’s, where the signature does not hold: neither the trace nor the parent', () => {
    const refused = spans.filter((span) => span.attributes['payment_passkeys.refusal'] === 'INVALID_BODY_HASH');
    expect(refused).toMatchObject([{ name: SESSIONS, parentSpanId: undefined }]);
    expect(received).not.toContain(REFUSED);
  });

  test('the session’s at the hosted page, whatever the browser says', () => {
    const { spanId } = find(SESSIONS, traces.plain);
    for (const name of PAGE) expect(find(name, traces.plain).parentSpanId, name).toBe(spanId);
    expect(received).not.toContain(STRANGER);
  });

  test('its own, when the page is loaded: nothing is read then that could name the session’s', () => {
    const loaded = spans.filter(({ name }) => name === 'GET /auth/passkeys');
    expect(loaded).toMatchObject([{ parentSpanId: undefined }]);
    expect(Object.values(traces)).not.toContain(loaded[0]?.traceId);
  });

  test('of a client that sends none, the session’s too: one enrolment is one trace all the same', () => {
    const bound = find(BIND, traces.plain);
    const steps = spans.filter(({ parentSpanId }) => parentSpanId === bound.spanId).map(({ name }) => name);
    expect(steps).toEqual(
      expect.arrayContaining(['verify signature', 'authenticator-bind-issuer-nonce', 'verify proof']),
    );
  });

  test('of a client that sends another one with the binding, that one, linked with the session’s', () => {
    expect(find(BIND, ANOTHER).links).toEqual([traces.joined]);
  });

  test('where a passkey is made at a shop, by way of the issuer and back, the session’s', () => {
    for (const name of [SESSIONS, 'POST /auth/passkeys/consent', 'GET /auth/verification'])
      expect(find(name, traces.shop).traceId, name).toBe(traces.shop);
  });
});

describe('the log', () => {
  test('has one line that says how a request ended, with the trace and the span that it is part of', () => {
    const ended = lines.filter(({ msg }) => msg === 'request completed');
    const asked = ended.filter(({ req }) => (req as Line).route === SESSIONS_PATH);
    expect(asked.slice(0, 2).map(({ res }) => (res as Line).statusCode)).toEqual([201, 400]);
    expect(new Set(ended.map(({ reqId }) => reqId)).size).toBe(ended.length);
    for (const line of asked) {
      const span = spans.find(({ spanId }) => spanId === line.span_id);
      expect(span).toMatchObject({ name: SESSIONS, traceId: line.trace_id });
      expect(span?.attributes['payment_passkeys.request.id']).toBe(line.reqId);
    }
  });

  test('has health, metrics and what nobody has; no trace has', () => {
    const routes = lines.filter(({ msg }) => msg === 'request completed').map(({ req }) => (req as Line).route);
    expect(routes).toEqual(expect.arrayContaining(['/health/ready', '/metrics', 'none']));
    expect(spans.filter(({ name }) => /health|metrics|none|\*/.test(name))).toEqual([]);
  });
});

test('without an endpoint no trace is kept with a session', async () => {
  const network = await startTestNetwork();
  await network.client.startSession();
  const { rows } = await network.database.pool.query('SELECT trace_context FROM session');
  expect(rows).toEqual([{ trace_context: null }]);
  await network.stop();
});
