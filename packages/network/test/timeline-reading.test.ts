/** How a timeline is read: with the traces of its steps, and by the command `sessions show`. */
import { AUTHENTICATORS_PATH } from '@payment-passkeys/protocol';
import { reportAssertion, startTraceCollector } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { searchSessions } from '../src/domain/session-search/search.ts';
import { viewSession } from '../src/domain/session-search/view.ts';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { enrol, startTestNetwork } from './running-network.ts';
import { startTestShop, type TestShop } from './shop.ts';
import { createConfirmationSteps } from './spc-steps.ts';
import { createTimelineSteps, START } from './timeline-steps.ts';

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const spc = createConfirmationSteps(() => at);
const { view } = createTimelineSteps(() => at);

test('with tracing, each step has the trace of the session, or the one that the caller continues; the trace finds the session', async () => {
  const collector = await startTraceCollector();
  const network = await startTestNetwork({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  try {
    const { session, proof } = await enrol(network, network.browser());
    const { authenticationSessionId } = session;
    const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication: proof });
    const another = 'd'.repeat(32);
    const headers = {
      'content-type': 'application/json',
      authorization: await network.client.sign(AUTHENTICATORS_PATH, body),
      traceparent: `00-${another}-b7ad6b7169203331-01`,
    };
    await (await fetch(network.address + AUTHENTICATORS_PATH, { method: 'POST', body, headers })).text();
    const { pool } = network.database;
    const seen = await viewSession(authenticationSessionId, { pool, findModel: () => undefined });
    const { traceId = '' } = seen ?? {};
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(seen?.timeline.map((step) => step.traceId)).toEqual([...Array(5).fill(traceId), another]);
    const search = { search: { id: traceId }, accountIndexes: undefined, place: undefined, openSince: START };
    expect((await searchSessions(pool, search)).items).toMatchObject([{ authenticationSessionId }]);
  } finally {
    await network.stop();
    await collector.stop();
  }
});

test('the command `sessions show` prints it in plain words, with the codes beside them, or as JSON', async () => {
  const started = await spc.start();
  await reportAssertion(at.shop, started.id, { outcome: 'ABORTED' });
  const show = async (...args: readonly string[]) => {
    const printed: string[] = [];
    const print = (line: string) => void printed.push(line);
    const env = { DATABASE_URL: at.network.database.url, DATA_DIR: at.network.dataDir };
    const code = await runCommandLine(['sessions', 'show', ...args], { env, clock: () => START, print, log: print });
    return { code, printed };
  };
  const { printed } = await show(started.id);
  expect(printed).toEqual([
    `${started.id}\tPAYMENT\tCANCELLED, USER_CANCELLATION`,
    expect.stringMatching(/^ {2}Test Shop \(test-shop\), no browser, 12\.34 USD to Test Shop, order /),
    '',
    expect.stringMatching(
      /^2026-11-24T12:00:00\.000Z {2}Test Shop started the payment of 12\.34 USD to Test Shop, order .*\. A passkey of the card can approve it\.$/,
    ),
    expect.stringMatching(/^2026-11-24T12:00:00\.000Z {2}The merchant got what it needs/),
    '2026-11-24T12:00:00.000Z  The cardholder cancelled.',
    '                          The cardholder chose not to go on.',
    '                          [USER_CANCELLATION]',
  ]);
  expect(JSON.parse((await show(started.id, '--json')).printed.join('\n'))).toEqual(await view(started.id));
  expect(await show('A'.repeat(32))).toEqual({
    code: 2,
    printed: [`There is no session ${'A'.repeat(32)}.`, expect.any(String)],
  });
});
