/** The log for operators: who was refused, why and when, and that the service stopped. */
import { createTestClient } from '@payment-passkeys/testkit';
import { beforeAll, expect, test } from 'vitest';
import { startTestNetwork } from './running-network.ts';

type Line = Readonly<Record<string, unknown>> & { readonly msg?: string };
const lines: Line[] = [];
const saying = (msg: string) => lines.filter((line) => line.msg?.startsWith(msg));

beforeAll(async () => {
  const logStream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const network = await startTestNetwork({ LOG_LEVEL: 'info' }, undefined, { logStream });
  const { consumerKey } = network.client.registration;
  for (const key of [consumerKey, 'nobody-knows-this-key!here']) {
    // Signs with a key pair that is not registered.
    const caller = await createTestClient(network, { clock: () => network.now, changes: { consumerKey: key } });
    expect((await caller.startSession()).status).toBe(403);
  }
  for (const path of ['/health/live', '/health/ready', '/metrics']) await (await fetch(network.address + path)).text();
  await network.stop();
});

test('a refused signature says why, and which client', () => {
  const [known, unknown] = saying('signature refused');
  expect(known).toMatchObject({
    msg: 'signature refused',
    code: 'AUTHENTICATION_FAILED',
    because: 'SIGNATURE_MISMATCH',
    client: 'test-bank',
    ip: '127.0.0.1',
  });
  expect(unknown).toMatchObject({
    msg: 'signature refused: unknown consumer key nobody-k…',
    because: 'UNKNOWN_CLIENT',
    consumerKey: 'nobody-k',
  });
  expect(unknown).not.toHaveProperty('client');
});

test('times are RFC 3339', () => {
  for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('health probes and scrapes that are answered write no line of level info', () => {
  const routes = saying('request completed').map(({ req }) => (req as { readonly route: string }).route);
  expect(new Set(routes)).toEqual(new Set(['/keys/encryption', '/authentication/sessions']));
});

test('the last lines say that the service stops, and has stopped', () => {
  expect(lines.slice(-2).map(({ msg }) => msg)).toEqual(['stopping', 'stopped']);
});
