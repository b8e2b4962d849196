/** `npm start` with a collector: one enrolment, from the click at the bank to the binding, is one trace across both servers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_SIGN_IN } from '@payment-passkeys/bank';
import { readConfig } from '@payment-passkeys/network';
import {
  type CollectedSpan,
  createTestBrowser,
  createThrowawayDatabase,
  startTraceCollector,
} from '@payment-passkeys/testkit';
import { openHttpBrowser } from '@payment-passkeys/web/testing';
import { beforeAll, expect, test } from 'vitest';
import { type Demo, startDemo } from '../src/index.ts';
import { freePorts } from './free-ports.ts';

/** Values that must not be in a trace, besides those of the enrolment: the data of the demonstration's customer. */
const secrets = ['5555555555554444', '5105105105105100', 'avery', DEMO_SIGN_IN.password];
let spans: readonly CollectedSpan[];
let received: string;

beforeAll(async () => {
  const collector = await startTraceCollector();
  const database = await createThrowawayDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'demo-tracing-'));
  const ports = await freePorts();
  const { tracing } = readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const options = { ports, dataDir, databaseUrl: database.url, tracing, logLevel: 'silent' };
  const demo = await startDemo({ ...options, clock: () => new Date() });
  await enrol(demo, ports);
  await demo.stop(); // sends the pending spans
  spans = collector.spans();
  received = collector.received();
  await collector.stop();
  await database.close();
  await rm(dataDir, { recursive: true });
});

/** What a customer does: signs in, agrees, creates a passkey on the network's page, returns. */
async function enrol(demo: Demo, ports: { readonly bank: number; readonly network: number }): Promise<void> {
  const bank = openHttpBrowser(`http://127.0.0.1:${ports.bank}`);
  await bank.signIn(DEMO_SIGN_IN.username, DEMO_SIGN_IN.password);
  const left = String((await bank.submit(await bank.get('/passkeys/new'), '/passkeys')).headers.location);
  const page = createTestBrowser({ address: `http://127.0.0.1:${ports.network}`, publicUrl: demo.networkUrl });
  await page.visit(left);
  const { body } = await page.result(page.answer((await page.open(left)).body));
  const { pathname, search } = new URL(body.redirect);
  const ready = await bank.get(pathname + search);
  expect(ready.headers.location).toMatch(/^\/passkeys\/enrolments\//);
  const proof = new URL(body.redirect).searchParams.get('proofOfAuthentication') ?? '';
  const launch = new URL(left);
  secrets.push(proof, launch.hash.slice(1), new URL(body.redirect).searchParams.get('state') ?? '');
  secrets.push(...page.cookies.values(), ...bank.cookies.values());
}

function named(name: string, service?: string): CollectedSpan {
  const found = spans.filter((span) => span.name === name && (service === undefined || span.service === service));
  expect(
    found.map((span) => span.service),
    name,
  ).toHaveLength(1);
  return found[0] as CollectedSpan;
}

const NETWORK = 'payment-passkeys-network';

test('the click, the session, the page, the return and the binding are one trace of two services', () => {
  const click = named('POST /passkeys', 'bank');
  const trace = spans.filter(({ traceId }) => traceId === click.traceId);
  expect(new Set(trace.map(({ service }) => service))).toEqual(new Set(['bank', NETWORK]));
  expect(trace.filter(({ parentSpanId }) => parentSpanId === undefined)).toEqual([click]);
});

test('each is below what caused it', () => {
  const above = (child: CollectedSpan) => spans.find(({ spanId }) => spanId === child.parentSpanId)?.name;
  const calls = ['POST /authentication/sessions', 'POST /authentication/authenticators'] as const;
  expect(above(named('start enrolment'))).toBe('POST /passkeys');
  for (const [call, cause] of [
    [calls[0], 'start enrolment'],
    [calls[1], 'complete enrolment'],
  ] as const) {
    const asked = named(call, 'bank');
    expect([asked.kind, above(asked)]).toEqual([3, cause]);
    expect([named(call, NETWORK).kind, named(call, NETWORK).parentSpanId]).toEqual([2, asked.spanId]);
  }
  // A browser sends no trace context. The page's calls continue the trace of the session, the return that of the enrolment.
  for (const call of ['POST /auth/passkeys/open', 'POST /auth/passkeys/result']) {
    expect(above(named(call, NETWORK)), call).toBe('POST /authentication/sessions');
    expect(named(call, NETWORK).parentSpanId).toBe(named(calls[0], NETWORK).spanId);
  }
  expect(above(named('complete enrolment'))).toBe('start enrolment');
});

test('what each step took is told: signature, payload, ceremony, proof, statements', () => {
  const below = (parent: CollectedSpan) =>
    spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).map(({ name }) => name);
  expect(below(named('POST /authentication/sessions', NETWORK))).toEqual(
    expect.arrayContaining(['verify signature', 'decrypt payload', expect.stringMatching(/^session-insert/)]),
  );
  expect(below(named('POST /auth/passkeys/result', NETWORK))).toEqual(
    expect.arrayContaining(['verify registration', 'sign proof']),
  );
  expect(below(named('POST /authentication/authenticators', NETWORK))).toContain('verify proof');
});

test('the bank’s own request of the return is a trace of its own, and linked', () => {
  const callback = named('GET /passkeys/callback', 'bank');
  const completed = named('complete enrolment');
  expect(callback.traceId).not.toBe(completed.traceId);
  expect(completed.links).toEqual([callback.traceId]);
  expect(completed.attributes).toMatchObject({ 'payment_passkeys.outcome': 'ENROLLED' });
});

test('no card number, no person, no token, no proof, no cookie and no query in a single byte of it', () => {
  expect(spans.length).toBeGreaterThan(20);
  expect(secrets.filter((secret) => secret.length < 4)).toEqual([]);
  for (const secret of secrets) expect(received).not.toContain(secret);
  expect(received).not.toMatch(/[?&#](state|clientId|proofOfAuthentication|accessToken)=/);
  for (const { name, attributes } of spans) expect([name, attributes['url.full']]).toEqual([name, undefined]);
});
