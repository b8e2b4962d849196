/**
 * The kit against a network that is slow, down, unstable or sends invalid answers: the right outcome, nothing bound twice, nothing lost.
 */
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../src/testing/index.ts';
import {
  countRows,
  failureOf,
  hang,
  issuer,
  issuerWith,
  leave,
  network,
  START,
  sentIds,
  sessionCalls,
  start,
  time,
  useBadNetwork,
} from './bad-network.fixture.ts';
import { buildStart } from './start.fixture.ts';

useBadNetwork();

describe('a network that is slow', () => {
  test('an attempt is given up after 4.5 seconds, and the next one is answered', async () => {
    await start();
    network.injectFaults(hang());
    await start();
    expect(sessionCalls()).toHaveLength(3);
    expect(await countRows()).toMatchObject({ kept: 2 });
  });

  test('ten seconds after the start it is over, whatever happens', async () => {
    await start();
    const begun = time.clock().getTime();
    // After two attempts of 4.5 s and pauses of 0.15 and 0.3 s, 0.55 s are left for the third attempt.
    network.injectFaults(hang(), hang(), { hang: () => time.pass(550) });
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    expect(time.clock().getTime() - begun).toBe(10_000);
    expect(await countRows()).toMatchObject({ kept: 1 });
  });

  test('the answer of Authenticators is late: the same call once more gives the same ids, and one completion', async () => {
    const { url, browser } = await leave();
    await issuer.completeEnrolment({ url: network.callback({ status: 'ERROR', reason: 'UNKNOWN_ERROR' }), browser });
    network.injectFaults(undefined, hang());
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(network.bindings).toEqual([201]);
  });
});

describe('a network that is down', () => {
  test('three attempts, further and further apart, then NETWORK_UNREACHABLE; nothing is kept', async () => {
    await start();
    network.injectFaults('RESET', 'RESET', 'RESET');
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_UNREACHABLE', retryAfterSeconds: undefined });
    expect(sessionCalls()).toHaveLength(4);
    expect(time.waits).toEqual([150, 300]);
    expect(await countRows()).toMatchObject({ kept: 1 });
  });

  test('nobody listens at all: likewise, and a reload completes when it is up again', async () => {
    const { url, browser } = await leave();
    await network.stop();
    expect(await failureOf(issuer.completeEnrolment({ url, browser }))).toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    await network.resume();
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(network.bindings).toEqual([201]);
  });

  test('jitter keeps a pause between half of the backoff and the whole', async () => {
    for (const [random, expected] of [
      [0, [100, 200]],
      [0.999, [199.9, 399.8]],
    ] as const) {
      time.waits.length = 0;
      const jittered = issuerWith({ random: () => random });
      network.injectFaults('RESET', 'RESET', 'RESET');
      await failureOf(jittered.startEnrolment(buildStart(time.clock())));
      expect(time.waits).toEqual(expected);
      await jittered.close();
    }
  });
});

describe('a network that flaps', () => {
  test('a lost answer of Sessions: asked again under another clientSessionId, and that one is what the cardholder returns with', async () => {
    await start();
    network.injectFaults('LOSE_ANSWER');
    const started = await start();
    expect(new Set(sentIds()).size).toBe(3);
    expect(started.clientSessionId).toBe(sentIds()[2]);
    expect(network.sessions.map(({ clientSessionId }) => clientSessionId)).toEqual(sentIds());
    const url = network.callback({ proof: await network.issueProof() });
    const outcome = await issuer.completeEnrolment({ url, browser: started.cookie.value });
    expect(outcome).toMatchObject({ status: 'ENROLLED', enrolment: { clientSessionId: started.clientSessionId } });
    expect(network.bindings).toEqual([201]);
    expect(await countRows()).toEqual({ kept: 2, completed: 1 });
  });

  test('each attempt is signed anew: no nonce is used twice', async () => {
    network.injectFaults('RESET', undefined, 'LOSE_ANSWER');
    await start();
    const nonces = sessionCalls().map(
      ({ headers }) => /oauth_nonce="([^"]+)"/.exec(String(headers.authorization))?.[1],
    );
    expect(nonces).toHaveLength(2);
    expect(new Set(nonces).size).toBe(2);
  });

  test.each(['LOSE_ANSWER', 'CUT'] as const)(
    'Authenticators binds and then %s: asked again, bound once',
    async (fault) => {
      const { url, browser } = await leave();
      network.injectFaults(undefined, fault);
      expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
      expect(network.bindings).toEqual([201, 200]);
      expect(await countRows()).toEqual({ kept: 1, completed: 1 });
    },
  );

  test('every other call fails, in every way: all enrolments complete, each is bound once', async () => {
    const ways: Fault[] = ['RESET', 'LOSE_ANSWER', 'CUT', { status: 500, body: {} }, { status: 503, body: 'busy' }];
    network.injectFaults(
      ...Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ways[(index / 2) % 5] : undefined)),
    );
    const bindingIds = new Set<string>();
    for (let i = 0; i < 8; i++) {
      const { url, browser } = await leave();
      const outcome = await issuer.completeEnrolment({ url, browser });
      expect(outcome.status).toBe('ENROLLED');
      if (outcome.status === 'ENROLLED') bindingIds.add(outcome.bindingId);
    }
    expect(bindingIds.size).toBe(8);
    expect(network.bindings.filter((status) => status === 201)).toHaveLength(8);
    expect(await countRows()).toEqual({ kept: 8, completed: 8 });
  });

  test('a callback sixteen times at once over a breaking line: one outcome, and a reload gives it too', async () => {
    const { url, browser } = await leave();
    network.injectFaults(undefined, 'LOSE_ANSWER', 'RESET', undefined, 'CUT', 'RESET');
    const settled = await Promise.allSettled(
      Array.from({ length: 16 }, () => issuer.completeEnrolment({ url, browser })),
    );
    const outcomes = settled.flatMap((each) => (each.status === 'fulfilled' ? [JSON.stringify(each.value)] : []));
    const reload = JSON.stringify(await issuer.completeEnrolment({ url, browser }));
    expect(outcomes.length).toBeGreaterThan(0);
    expect(new Set([...outcomes, reload]).size).toBe(1);
    expect(JSON.parse(reload)).toMatchObject({ status: 'ENROLLED' });
    expect(network.bindings.filter((status) => status === 201)).toHaveLength(1);
    expect(await countRows()).toEqual({ kept: 1, completed: 1 });
  });
});

describe('a network that answers garbage', () => {
  test('to Sessions: NETWORK_ANSWER_INVALID at once, and nothing is kept', async () => {
    await start();
    network.injectFaults('GARBAGE');
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_ANSWER_INVALID' });
    expect(sessionCalls()).toHaveLength(2);
    expect(await countRows()).toMatchObject({ kept: 1 });
  });

  test.each([
    ['the key set', ['GARBAGE']],
    ['Authenticators', [undefined, 'GARBAGE']],
    ['the key set, as JSON of another kind', [{ status: 200, body: ['keys'] }]],
    ['Authenticators, as JSON of another kind', [undefined, { status: 201, body: null }]],
  ] as const)('to a return, as %s: a reload completes', async (_title, faults) => {
    const { url, browser } = await leave();
    network.injectFaults(...faults);
    expect(await failureOf(issuer.completeEnrolment({ url, browser }))).toMatchObject({
      code: 'NETWORK_ANSWER_INVALID',
    });
    network.injectFaults();
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(network.bindings).toEqual([201]);
  });

  test('a parser error does not quote what arrived', async () => {
    network.injectFaults({ status: 200, body: '5555555555554444' }, 'GARBAGE');
    const error = await failureOf(start());
    expect(`${error} ${String(error.cause)}`).not.toMatch(/doctype|5555/);
  });

  test('an answer of a megabyte is not read to its end', async () => {
    network.injectFaults(...Array.from({ length: 3 }, () => ({ status: 200, body: 'x'.repeat(1024 * 1024) })));
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_UNREACHABLE' });
  });

  test('a redirect is not followed', async () => {
    const moved = { status: 307, body: {}, headers: { location: `${network.url}${SESSIONS_PATH}` } };
    network.injectFaults(moved, moved, moved);
    expect(await failureOf(start())).toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    expect(new Set(network.calls.map(({ path }) => path))).toEqual(new Set(['/keys/encryption']));
  });
});

describe('a clock that is wrong', () => {
  test.each([
    [600, 'ahead'],
    [-600, 'behind'],
  ])('%i seconds: refused once, and the error says by how much; nothing is kept', async (seconds) => {
    const off = issuerWith({ clock: () => new Date(time.clock().getTime() + seconds * 1000) });
    const error = await failureOf(off.startEnrolment(buildStart(time.clock())));
    expect(error).toMatchObject({
      code: 'NETWORK_REFUSED',
      refusal: { status: 403, reason: 'AUTHENTICATION_FAILED', clockAheadSeconds: seconds },
    });
    expect(sessionCalls()).toHaveLength(1);
    expect(await countRows()).toMatchObject({ kept: 0 });
    await off.close();
  });

  test('a 401 with a Date that is far off says so as well', async () => {
    await start();
    const date = new Date(START.getTime() - 3_600_000).toUTCString();
    network.injectFaults({ status: 401, body: {}, headers: { date } });
    expect(await failureOf(start())).toMatchObject({ refusal: { status: 401, clockAheadSeconds: 3600 } });
  });

  test('a refusal for another cause blames no clock', async () => {
    await start();
    network.injectFaults({ status: 403, body: {} });
    expect(await failureOf(start())).toMatchObject({ refusal: { status: 403, clockAheadSeconds: undefined } });
  });

  test('on the way back nothing is lost: the return completes when the clock is right', async () => {
    const { url, browser } = await leave();
    network.answerWith(AUTHENTICATORS_PATH, { status: 401, body: {} });
    expect(await failureOf(issuer.completeEnrolment({ url, browser }))).toMatchObject({ code: 'NETWORK_REFUSED' });
    network.answerWith(AUTHENTICATORS_PATH, undefined);
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });
});

test('a signer that fails: SIGNER_UNAVAILABLE, nothing is sent, and the circuit stays closed', async () => {
  let works = false;
  const signingKey = async () => {
    if (!works) throw new Error('the module does not answer');
    return new Uint8Array(256);
  };
  const onModule = issuerWith({ signingKey });
  for (let i = 0; i < 6; i++) {
    const error = await failureOf(onModule.startEnrolment(buildStart(time.clock())));
    expect(error).toMatchObject({ code: 'SIGNER_UNAVAILABLE', cause: { message: 'the module does not answer' } });
  }
  expect(sessionCalls()).toHaveLength(0);
  works = true; // the module now answers a wrong signature: the request is sent, and the network refuses it
  expect(await failureOf(onModule.startEnrolment(buildStart(time.clock())))).toMatchObject({ code: 'NETWORK_REFUSED' });
  await onModule.close();
});

test('the trace of the bank goes on at the network, where it is well formed', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const traced = (trace: { readonly traceparent: string; readonly tracestate?: string }) =>
    issuer.startEnrolment({ ...buildStart(time.clock()), trace });
  await traced({ traceparent, tracestate: 'bank=1' });
  expect(network.calls.at(-1)?.headers).toMatchObject({ traceparent, tracestate: 'bank=1' });
  await traced({ traceparent: 'made up\r\nx: y' });
  expect(network.calls.at(-1)?.headers).not.toHaveProperty('traceparent');
  await traced({ traceparent, tracestate: 'bank=\u0001' });
  expect(network.calls.at(-1)?.headers).not.toHaveProperty('tracestate');
});
