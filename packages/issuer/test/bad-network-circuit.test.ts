/** When the kit stops calling a network that does not answer, and how long it waits if the network sends `Retry-After`. */
import { describe, expect, test } from 'vitest';
import { failureOf, issuer, leave, network, START, start, time, useBadNetwork } from './bad-network.fixture.ts';

useBadNetwork();

describe('the circuit', () => {
  /** Makes five attempts in a row without an answer: three of one call, two of another. */
  async function open() {
    await start();
    network.injectFaults(...Array.from({ length: 5 }, () => 'RESET' as const));
    await failureOf(start());
    await failureOf(start());
    network.injectFaults();
  }

  test('opens after five attempts without an answer: then everybody is told at once, and the network is left alone', async () => {
    await open();
    const calls = network.calls.length;
    const errors = await Promise.all(Array.from({ length: 20 }, () => failureOf(start())));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['NETWORK_UNREACHABLE']));
    expect(errors.every(({ retryAfterSeconds = 0 }) => retryAfterSeconds >= 1 && retryAfterSeconds <= 10)).toBe(true);
    expect(network.calls.length).toBe(calls);
  });

  test('after ten seconds one call of many is let through, and its answer lets all through', async () => {
    await open();
    time.pass(10_000);
    const calls = network.calls.length;
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, start));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(network.calls.length).toBe(calls + 1);
    await start();
  });

  test('a probe that is not answered keeps it open for ten seconds more', async () => {
    await open();
    time.pass(10_000);
    network.injectFaults('RESET');
    await failureOf(start());
    const calls = network.calls.length;
    time.pass(9_999);
    await failureOf(start());
    expect(network.calls.length).toBe(calls);
    time.pass(1);
    await start();
  });

  test('a refusal is an answer: it closes', async () => {
    await open();
    time.pass(10_000);
    network.injectFaults({ status: 403, body: {} });
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_REFUSED' });
    await start();
  });

  test("a 503's Retry-After keeps it open for as long, and at most a minute", async () => {
    const unavailable = { status: 503, body: {}, headers: { 'retry-after': '3600' } };
    for (let i = 0; i < 5; i++) {
      network.injectFaults(unavailable);
      await failureOf(start());
    }
    const calls = network.calls.length;
    time.pass(59_999);
    await failureOf(start());
    expect(network.calls.length).toBe(calls);
    time.pass(1);
    await start();
  });

  test('while it is open a return is told so at once, and completes afterwards', async () => {
    const { url, browser } = await leave();
    await open();
    expect(await failureOf(issuer.completeEnrolment({ url, browser }))).toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    time.pass(10_000);
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });
});

describe('Retry-After', () => {
  test.each([
    ['seconds', '2'],
    ['a date', new Date(START.getTime() + 2000).toUTCString()],
  ])('as %s is waited for where the deadline allows', async (_title, header) => {
    network.injectFaults({ status: 503, body: {}, headers: { 'retry-after': header } });
    await start();
    expect(time.waits).toEqual([2150]);
  });

  test('of a 429 too', async () => {
    network.injectFaults({ status: 429, body: {}, headers: { 'retry-after': '1' } });
    await start();
    expect(time.waits).toEqual([1150]);
  });

  test('beyond the deadline is handed on, and not waited for', async () => {
    network.injectFaults({ status: 503, body: {}, headers: { 'retry-after': '60' } });
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_UNREACHABLE', retryAfterSeconds: 60 });
    expect(time.waits).toEqual([]);
    expect(network.calls).toHaveLength(1);
  });

  test('that is nonsense counts as none', async () => {
    network.injectFaults({ status: 503, body: {}, headers: { 'retry-after': 'soon' } });
    await start();
    expect(time.waits).toEqual([150]);
  });
});
