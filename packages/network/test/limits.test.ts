/** The rate limits of a session, a client and an address, and their refusals (contract §7). */
import { END_PATH, OPEN_PATH, RESULT_PATH } from '@payment-passkeys/protocol';
import type { TestAnswer } from '@payment-passkeys/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';
import { storedState } from './session-steps.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork({ RATE_LIMIT_PER_SESSION: '6' });
});
afterAll(() => network.stop());
// The limiters read Date, which is frozen, so all calls happen in one second of one minute.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function expectRefusal({ status, headers, body }: TestAnswer): void {
  expect([status, body.reason, body.errordetail[0].reason]).toEqual([429, 'TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
  // The rest of the minute that the limit counts in.
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(1);
  expect(seconds).toBeLessThanOrEqual(60);
}

describe('one session', () => {
  test('is opened so often and no more, with the token or without; another session is not held back', async () => {
    const { body: session } = await network.client.startSession();
    const wrong = session.uri.replace(/#.*/, `#${'a'.repeat(43)}`);
    for (let tries = 0; tries < 6; tries++) expect((await network.browser().open(wrong)).status).toBe(401);
    expectRefusal(await network.browser().open(wrong));
    expectRefusal(await network.browser().open(session.uri));
    expect((await enrol(network, network.browser())).redirect).toMatch(/ENROLLED/);
  });

  test('takes so many results and no more, by its ceremony cookie; nothing of the session changes', async () => {
    const { body: session } = await network.client.startSession();
    const browser = network.browser();
    const credential = browser.answer((await browser.open(session.uri)).body);
    for (let tries = 0; tries < 6; tries++) expect((await browser.post(RESULT_PATH, {})).status).toBe(400);
    expectRefusal(await browser.result(credential));
    expectRefusal(await browser.end('USER_CANCELLATION'));
    expect(await storedState(network, session.authenticationSessionId)).toBe('opened');
  });

  test('has room for a whole ceremony with its reloads', async () => {
    const { body: session } = await network.client.startSession();
    const browser = network.browser();
    for (let reloads = 0; reloads < 4; reloads++) await browser.open(session.uri);
    const { status } = await browser.result(browser.answer((await browser.open(session.uri)).body));
    expect(status).toBe(200);
  });

  test('is counted by what it is, not by what a body may look like', async () => {
    for (const authenticationSessionId of [1, null, {}, [], 'a'.repeat(10_000), '__proto__']) {
      const answer = await network.browser().post(OPEN_PATH, { authenticationSessionId });
      expect(answer.status).toBeLessThan(429);
    }
    for (let calls = 0; calls < 20; calls++)
      expect((await network.browser().post(END_PATH, { reason: 'UNKNOWN_ERROR' })).status).toBe(401);
  });
});

describe('one address', () => {
  let limited: TestNetwork;
  beforeAll(async () => {
    limited = await startTestNetwork({ RATE_LIMIT_PER_ADDRESS: '10', TRUST_PROXY: '127.0.0.1' });
  });
  afterAll(() => limited.stop());

  const burst = async (headers: (turn: number) => Record<string, string>) => {
    const asked = Array.from({ length: 40 }, (_, turn) =>
      fetch(`${limited.address}/.well-known/jwks.json`, { headers: headers(turn) }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    return statuses.filter((status) => status === 429).length;
  };

  test('is the caller’s, as the proxy in front says it: each has a share of its own', async () => {
    expect(await burst(() => ({ 'x-forwarded-for': '203.0.113.1' }))).toBeGreaterThan(0);
    expect(await burst((turn) => ({ 'x-forwarded-for': `203.0.113.${100 + turn}` }))).toBe(0);
  });

  test('is not the port beside it: each connection would be another caller', async () => {
    expect(await burst((turn) => ({ 'x-forwarded-for': `203.0.113.9:${50_001 + turn}` }))).toBeGreaterThan(0);
    expect(await burst((turn) => ({ 'x-forwarded-for': `[2001:db8:0:9::1]:${443 + turn}` }))).toBeGreaterThan(0);
    expect(await burst((turn) => ({ 'x-forwarded-for': `203.0.113.${50 + turn}:50001` }))).toBe(0);
  });

  test('is the last that the proxy added: what a caller claims before it is nobody’s word', async () => {
    expect(await burst((turn) => ({ 'x-forwarded-for': `198.51.100.${turn}, 203.0.113.2` }))).toBeGreaterThan(0);
  });

  test('of IPv6 is the /64 that one subscriber has', async () => {
    expect(await burst((turn) => ({ 'x-forwarded-for': `2001:db8:0:1::${turn.toString(16)}` }))).toBeGreaterThan(0);
    expect(await burst((turn) => ({ 'x-forwarded-for': `2001:db8:0:${(100 + turn).toString(16)}::1` }))).toBe(0);
  });

  test('without a proxy that is named, X-Forwarded-For is nobody’s word at all', async () => {
    const plain = await startTestNetwork({ RATE_LIMIT_PER_ADDRESS: '10', TRUST_PROXY: '' });
    const asked = Array.from({ length: 40 }, (_, turn) =>
      fetch(`${plain.address}/.well-known/jwks.json`, { headers: { 'x-forwarded-for': `203.0.113.${turn}` } }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    await plain.stop();
  });
});
