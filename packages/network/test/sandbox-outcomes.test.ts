/**
 * Each row of the sandbox's table (contract §19), at a bank with the issuer kit and at a bank with Mastercard's own client libraries. Both are
 * unmodified: they choose a row by an e-mail address among the session's accounts.
 */
import { RESULT_PATH, readLaunchUrl } from '@payment-passkeys/protocol';
import { SANDBOX_STEPS, SANDBOX_VALUES, type SandboxValue } from '@payment-passkeys/protocol/sandbox';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildSessionInfo,
  createTestBrowser,
  createVerifyingIssuer,
  startInstrument,
  startPayment,
  TEST_MERCHANT,
} from '@payment-passkeys/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { timers } from '../src/sandbox/outcomes/timers.ts';
import { bySetUp } from './by-set-up.ts';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';
import { type Bank, createSandboxBanks } from './sandbox-banks.ts';
import { createPage, resultOf } from './sandbox-page.ts';
import { startSecondProcess } from './second-process.ts';
import { storedState } from './session-steps.ts';

let network: TestNetwork;
const logLines: string[] = [];
/** The waits of `slow-N`, in seconds. */
const waited: number[] = [];

const { withKit, withOfficialClients, prepare, cleanUp, closeKits } = createSandboxBanks(() => network);

beforeAll(async () => {
  // mastercard-oauth1-signer uses this clock.
  network = await startTestNetwork({ LOG_LEVEL: 'debug' }, MACHINE_CLOCK, {
    logStream: { write: (line) => void logLines.push(line) },
  });
  await prepare();
});
afterAll(async () => {
  await network.stop();
  await cleanUp();
});
beforeEach(() => {
  waited.length = 0;
  vi.spyOn(timers, 'pause').mockImplementation(async (seconds) => void waited.push(seconds));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await closeKits();
});

const BANKS: readonly (readonly [name: string, bank: Bank])[] = [
  ['the issuer kit', withKit],
  ['Mastercard’s clients', withOfficialClients],
];

/** The status and the reason of the callback that a row promises. */
const promised = ({ meets }: SandboxValue): readonly string[] =>
  [...meets.matchAll(/`([A-Z_]+)`/g)].map(([, it]) => it ?? '');

const isCounted = ({ outcome }: SandboxValue) => /^(slow|flaky)-|^lost$/.test(outcome);
const rowsOf = (step: SandboxValue['step']) =>
  SANDBOX_VALUES.filter((value) => value.step === step && !isCounted(value));

async function start(bank: Bank, email: string) {
  const started = await bank(email);
  expect(started.seen).toBe('done');
  if (started.uri === undefined || started.complete === undefined) throw new Error('A started session has both.');
  return { uri: started.uri, complete: started.complete };
}

describe.each(BANKS)('a bank with %s', (name, bank) => {
  /** The kit tries three times after such a status, and then reports that it got no answer. */
  const seen = (status: string) =>
    name === 'the issuer kit' && ['status 429', 'status 500', 'status 503'].includes(status)
      ? 'NETWORK_UNREACHABLE'
      : status;

  describe('at the Sessions call', () => {
    test.each(rowsOf('sessions'))('$example: $meets', async ({ example, meets }) => {
      const right = meets.startsWith('status') ? seen(meets) : 'unreadable';
      expect(await bank(example)).toEqual({ seen: right });
    });
  });

  describe.each(['open', 'result'] as const)('at the page’s call %s', (step) => {
    test.each(rowsOf(step))('$example: $meets', async (row) => {
      const { uri, complete } = await start(bank, row.example);
      const callback = await createPage(network).visit(uri);
      expect(resultOf(callback)).toEqual(promised(row));
      if (name === 'the issuer kit') {
        const [status, reason] = promised(row);
        expect(JSON.parse(await complete(callback))).toMatchObject({ status, reason });
      }
    });
  });

  describe('at the Authenticators call', () => {
    test.each(rowsOf('authenticators'))('$example: $meets', async ({ example, meets }) => {
      const { uri, complete } = await start(bank, example);
      const callback = await createPage(network).visit(uri);
      expect(resultOf(callback)).toEqual(['ENROLLED', null]);
      expect(await complete(callback)).toBe(meets.startsWith('status') ? seen(meets) : 'unreadable');
    });
  });

  test.each(SANDBOX_STEPS)('slow-2@%s.sandbox.example: the right answer, two seconds late', async (step) => {
    const { uri, complete } = await start(bank, `slow-2@${step}.sandbox.example`);
    expect(await complete(await createPage(network).visit(uri))).toBe('done');
    expect(waited).toEqual([2]);
  });

  /** The kit tries again by itself. */
  const asksAgain = name === 'the issuer kit';

  test('lost@sessions.sandbox.example: no answer, and the next call is answered', async () => {
    const email = 'lost@sessions.sandbox.example';
    if (!asksAgain) expect(await bank(email)).toEqual({ seen: 'no answer' });
    await start(bank, email);
  });

  test('lost@open.sandbox.example: UNKNOWN_ERROR, and the launch address is used up', async () => {
    const { uri } = await start(bank, 'lost@open.sandbox.example');
    expect(resultOf(await createPage(network).visit(uri))).toEqual(['ERROR', 'UNKNOWN_ERROR']);
    expect(resultOf(await createPage(network).visit(uri))).toEqual(['ERROR', 'PERMISSION_DENIED']);
  });

  test('lost@result.sandbox.example: the page asks again and gets the proof', async () => {
    const { uri, complete } = await start(bank, 'lost@result.sandbox.example');
    expect(await complete(await createPage(network).visit(uri))).toBe('done');
  });

  test('lost@authenticators.sandbox.example: the same call again is answered with the same ids', async () => {
    const { uri, complete } = await start(bank, 'lost@authenticators.sandbox.example');
    const callback = await createPage(network).visit(uri);
    if (!asksAgain) expect(await complete(callback)).toBe('no answer');
    expect(await complete(callback)).toBe('done');
  });

  test('flaky-2@sessions.sandbox.example: every third call of the client is right', async () => {
    const email = 'flaky-2@sessions.sandbox.example';
    for (let round = 0; round < 2; round++) {
      const refused = asksAgain ? [] : [await bank(email), await bank(email)];
      expect(refused.every((answer) => answer.seen === 'status 503')).toBe(true);
      await start(bank, email);
    }
  });

  test.each(['open', 'result'])('flaky-2@%s.sandbox.example: SERVICE_UNAVAILABLE twice, then right', async (step) => {
    const { uri, complete } = await start(bank, `flaky-2@${step}.sandbox.example`);
    const page = createPage(network);
    const unavailable = ['ERROR', 'SERVICE_UNAVAILABLE'];
    expect([resultOf(await page.visit(uri)), resultOf(await page.visit(uri))]).toEqual([unavailable, unavailable]);
    expect(await complete(await page.visit(uri))).toBe('done');
  });

  test('flaky-2@authenticators.sandbox.example: 503 twice, then right', async () => {
    const { uri, complete } = await start(bank, 'flaky-2@authenticators.sandbox.example');
    const callback = await createPage(network).visit(uri);
    const refused = asksAgain ? [] : [await complete(callback), await complete(callback)];
    expect(refused.every((answer) => answer === 'status 503')).toBe(true);
    expect(await complete(callback)).toBe('done');
  });
});

describe('a value', () => {
  const withEmails = (...emailAddresses: string[]) => {
    const { accountReferences } = buildSessionInfo(new Date());
    return { info: { accountReferences: { ...accountReferences, emailAddresses } } };
  };

  test('that is almost right is refused, with a pointer and the right ones, and no address', async () => {
    const { status, body } = await network.client.startSession(
      withEmails('ada@bank.example', 'unknown-code@result.sandbox.example'),
    );
    expect(status).toBe(400);
    expect(body.errordetail).toEqual([
      {
        reason: 'INVALID_FIELD',
        sourceType: 'BODY',
        source: '/srcSessionInitiationRequestInfo/accountReferences/emailAddresses/1',
        message: expect.stringContaining('user-cancellation, duplicate-credentials'),
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('unknown-code');
  });

  test('of each step may stand beside the others, and a second one of the same step is refused', async () => {
    const steps = ['slow-2@open.sandbox.example', 'slow-3@result.sandbox.example'];
    const { body } = await network.client.startSession(withEmails(...steps));
    expect(resultOf(await createPage(network).visit(body.uri))[0]).toBe('ENROLLED');
    expect(waited).toEqual([2, 3]);
    const twice = await network.client.startSession(withEmails('lost@open.sandbox.example', ...steps));
    expect([twice.status, twice.body.errordetail[0].source]).toEqual([
      400,
      '/srcSessionInitiationRequestInfo/accountReferences/emailAddresses/1',
    ]);
  });

  test('is met by the page of its session only: a page that has another session open ends nothing', async () => {
    const first = await start(withKit, 'ada@bank.example');
    const second = await start(withKit, 'user-cancellation@result.sandbox.example');
    const browser = createTestBrowser(network);
    const opened = await browser.open(first.uri);
    const credential = browser.answer(opened.body);
    const { authenticationSessionId } = readLaunchUrl(first.uri);
    await browser.open(second.uri); // this replaces the browser's only ceremony cookie
    const refused = await browser.post(RESULT_PATH, { authenticationSessionId, credential });
    expect(refused).toMatchObject({ status: 401, body: { errordetail: [{ reason: 'ACCESS_DENIED' }] } });
    const openSessionId = readLaunchUrl(second.uri).authenticationSessionId ?? '';
    expect(await storedState(network, openSessionId)).toBe('opened');
  });

  test('is stored without its address', async () => {
    await network.client.startSession(withEmails('lost@open.sandbox.example'));
    const { rows } = await network.database.pool.query(
      `SELECT row_to_json(o)::text AS row FROM sandbox_session_outcome AS o UNION ALL SELECT row_to_json(o)::text FROM sandbox_client_outcome AS o`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('@');
  });
});

test('a shop’s session meets a value too: of a card to add, and of a payment', async () => {
  const clock = () => network.now;
  const issuer = await createVerifyingIssuer(network, { clientId: 'test-bank', clock });
  const registration = { ...network.client.registration, verification: issuer.verification };
  await saveClient(network.database.pool, readRegistration(registration), bySetUp(network.now));
  const shop = await network.addClient(TEST_MERCHANT);
  const accountReferences = {
    ...buildInstrumentInfo().accountReferences,
    emailAddresses: ['user-cancellation@open.sandbox.example'],
  };
  const card = await startInstrument(shop, buildInstrumentInfo({ accountReferences }));
  const payment = await startPayment(shop, buildPaymentInfo({ accountReferences }));
  for (const { body } of [card, payment]) {
    expect(resultOf(await createPage(network).visit(body.uri))).toEqual(['CANCELLED', 'USER_CANCELLATION']);
  }
});

test('no address of the sandbox is in the log', () => {
  expect(logLines.length).toBeGreaterThan(200);
  expect(logLines.filter((line) => line.includes('sandbox.example'))).toEqual([]);
});

test('two processes of the network count flaky calls together', async () => {
  const other = await startSecondProcess(network);
  try {
    const { body } = await network.client.startSession({
      info: {
        accountReferences: {
          ...buildSessionInfo(new Date()).accountReferences,
          emailAddresses: ['flaky-5@open.sandbox.example'],
        },
      },
    });
    const addresses = Array.from({ length: 4 }, () => [network.address, other.address]).flat();
    const launches = addresses.map((address) =>
      createTestBrowser({ address, publicUrl: network.publicUrl }).open(body.uri),
    );
    const statuses = (await Promise.all(launches)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503)).toHaveLength(5);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  } finally {
    await other.stop();
  }
});
