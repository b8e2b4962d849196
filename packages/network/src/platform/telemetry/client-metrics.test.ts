import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { buildClientMetrics } from './client-metrics.ts';

test('so many clients have series of their own, and all others together are one', async () => {
  const registry = new Registry();
  const clients = buildClientMetrics(registry, 2);
  for (const client of ['one', 'two', 'three', 'four', 'one']) clients.sessionStarted(client);
  clients.sessionsEnded('five', 'EXPIRED', 7);
  const text = await registry.metrics();
  const started = text.split('\n').filter((line) => line.startsWith('payment_passkeys_client_sessions_started_total{'));
  expect(started).toEqual([
    'payment_passkeys_client_sessions_started_total{client="one"} 2',
    'payment_passkeys_client_sessions_started_total{client="two"} 1',
    'payment_passkeys_client_sessions_started_total{client="other"} 2',
  ]);
  expect(text).toContain('payment_passkeys_client_sessions_ended_total{client="other",result="EXPIRED"} 7');
});

test.each([
  ['BOUND', 'SUCCEEDED'],
  ['APPROVED', 'SUCCEEDED'],
  ['USER_CANCELLATION', 'CANCELLED'],
  ['CREDENTIALS_NOT_VERIFIED', 'FAILED'],
  ['EXPIRED', 'EXPIRED'],
])('an end with %s counts as %s', async (outcome, result) => {
  const registry = new Registry();
  buildClientMetrics(registry, 1).sessionsEnded('bank', outcome, 1);
  expect(await registry.metrics()).toContain(`{client="bank",result="${result}"} 1`);
});
