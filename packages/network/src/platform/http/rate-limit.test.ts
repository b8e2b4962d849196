import Fastify from 'fastify';
import { afterEach, expect, test, vi } from 'vitest';
import { readForwardedAddresses } from './forwarded.ts';
import type { NetworkServer } from './network-server.ts';
import { limitRequests } from './rate-limit.ts';

afterEach(() => void vi.useRealTimers());

test.each([
  ['203.0.113.9:50001 and up', (turn: number) => `203.0.113.9:${50_001 + turn}`, 3],
  ['[2001:db8::1]:443 and up', (turn: number) => `[2001:db8::1]:${443 + turn}`, 3],
  ['203.0.113.9, also as an address within IPv6', (turn: number) => `${turn % 2 ? '::ffff:' : ''}203.0.113.9`, 3],
  ['one port at twelve addresses', (turn: number) => `203.0.113.${turn}:50001`, 12],
])('twelve calls from %s at a limit of three', async (_, forwarded, passed) => {
  // With Date frozen, all calls happen in one second of the limit.
  vi.useFakeTimers({ toFake: ['Date'] });
  const app = Fastify({ trustProxy: 'loopback' }) as unknown as NetworkServer;
  readForwardedAddresses(app);
  limitRequests(app, { signIn: 3, perAddress: 3, perClient: 3, perMerchant: 3, perSession: 3 });
  app.get('/', async () => 'passed');
  const statuses: number[] = [];
  for (let turn = 0; turn < 12; turn++) {
    const { statusCode } = await app.inject({ url: '/', headers: { 'x-forwarded-for': forwarded(turn) } });
    statuses.push(statusCode);
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(passed);
  await app.close();
});
