/** How many statements each step of the flow sends. */
import { PAGE_PATH } from '@payment-passkeys/protocol';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  startInstrument,
  startPayment,
  type TestBrowser,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { proofOf } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, startTestShop, type TestShop } from './shop.ts';

// A sandbox's addresses are allowed, but only the statements of production are sent.
vi.mock(import('../src/sandbox/sandbox.ts'), async (importOriginal) => ({
  ...(await importOriginal()),
  recordRequests: () => {},
  interceptClientCalls: () => {},
  interceptPageCalls: () => {},
  sandboxRoutes: async () => {},
}));

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
  // The network remembers each client after its first call.
  const pan = freshPan();
  await enrolAtBank(at, pan);
  await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(pan) }));
});
afterAll(() => at.network.stop());

/** Runs the steps one after the other. Answers the names of each step's statements. */
async function count(steps: Readonly<Record<string, () => Promise<unknown>>>) {
  const { pool } = at.network.running.network;
  const query = vi.spyOn(pool, 'query');
  const sent: Record<string, readonly string[]> = {};
  try {
    for (const [step, run] of Object.entries(steps)) {
      query.mockClear();
      await run();
      sent[step] = query.mock.calls.map(([one]) => (one as unknown as { readonly name?: string }).name ?? 'unnamed');
    }
    return sent;
  } finally {
    query.mockRestore();
  }
}

const visit = async (browser: TestBrowser, uri: string) =>
  fetch(`${at.network.address}${PAGE_PATH}${new URL(uri).search}`, {
    headers: { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
  });

/** An enrolment at the bank, step by step. */
function enrolment(browser: TestBrowser, pan: string) {
  let session: Awaited<ReturnType<typeof at.network.client.startSession>>['body'];
  let opened: Parameters<TestBrowser['answer']>[0];
  let redirect = '';
  return {
    Sessions: async () => {
      session = (await at.network.client.startSession({ info: { accountReferences: cardOf(pan) } })).body;
    },
    page: () => visit(browser, session.uri),
    open: async () => {
      opened = (await browser.open(session.uri)).body;
    },
    result: async () => {
      redirect = (await browser.result(browser.answer(opened))).body.redirect;
    },
    Authenticators: async () => {
      const { authenticationSessionId } = session;
      const { status } = await at.network.client.bind({
        authenticationSessionId,
        proofOfAuthentication: proofOf(redirect),
      });
      expect(status).toBe(201);
    },
  };
}

test('an enrolment, 2A and then 2B', async () => {
  const [browser, pan] = [at.network.browser(), freshPan()];
  expect(await count(enrolment(browser, pan))).toEqual({
    Sessions: ['session-insert-nonce'],
    page: [],
    open: ['ceremony-open'],
    result: ['session-by-ceremony', 'ceremony-create-enrolled'],
    Authenticators: ['authenticator-bind-issuer-nonce'],
  });
  expect(await count(enrolment(browser, pan))).toEqual({
    Sessions: ['session-insert-nonce'],
    page: [],
    open: ['ceremony-open'],
    result: ['ceremony-and-passkey', 'ceremony-use-enrolled'],
    Authenticators: ['authenticator-bind-issuer-nonce'],
  });
});

test('a payment on the hosted page', async () => {
  const pan = freshPan();
  const browser = await enrolAtBank(at, pan);
  let uri = '';
  let opened: Parameters<TestBrowser['answer']>[0];
  const sent = await count({
    Sessions: async () => {
      uri = (await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(pan) }))).body.uri;
    },
    page: () => visit(browser, uri),
    open: async () => {
      opened = (await browser.open(uri)).body;
    },
    reload: async () => {
      opened = (await browser.open(uri.replace(/#.*/, ''))).body;
    },
    result: async () => {
      expect((await browser.result(browser.answer(opened))).status).toBe(200);
    },
  });
  expect(sent).toMatchObject({
    Sessions: ['session-insert-nonce-payment'],
    page: [],
    open: ['ceremony-open'],
    reload: ['ceremony-open'],
  });
  expect(sent.result).toHaveLength(2);
});

test('a card that is saved at a shop: its session and its terms', async () => {
  const browser = at.network.browser();
  let uri = '';
  const sent = await count({
    Sessions: async () => {
      uri = (await startInstrument(at.shop, buildInstrumentInfo({ accountReferences: cardOf(freshPan()) }))).body.uri;
    },
    open: async () => {
      expect((await browser.open(uri)).body.scenario).toBe('VERIFY');
    },
  });
  expect(sent).toEqual({ Sessions: ['session-insert-nonce-instrument'], open: ['ceremony-open'] });
});
