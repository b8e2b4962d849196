/** How many statements a result, a binding and a confirmation take, from the guard to the answer. */
import { buildPaymentInfo, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { act, ofPan } from './lifecycle.ts';
import { proofOf } from './running-network.ts';
import {
  addCardAtShop,
  cardOf,
  enrolAtBank,
  freshPan,
  makeAccountIndexKey,
  startTestShop,
  type TestShop,
  verifyAtShop,
} from './shop.ts';
import { confirm, createConfirmationSteps } from './spc-steps.ts';

/** Switches off the additional statements of a sandbox, so that the counts are those of production. */
vi.mock(import('../src/sandbox/sandbox.ts'), async (importOriginal) => {
  const nothing = () => {};
  const without = { recordRequests: nothing, interceptClientCalls: nothing, interceptPageCalls: nothing };
  return { ...(await importOriginal()), ...without };
});

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
const { start, accept } = createConfirmationSteps(() => at);

/** The names of the statements of one call, which is answered with this status. */
async function statementsOf(
  status: number,
  call: () => Promise<{ readonly status: number }>,
): Promise<readonly string[]> {
  const query = vi.spyOn(at.network.running.network.pool, 'query');
  const answer = await call();
  const names = query.mock.calls.map(([statement]) => (statement as unknown as { name: string }).name);
  query.mockRestore();
  expect(answer.status).toBe(status);
  return names;
}

async function openAtBank(pan: string, browser = at.network.browser()) {
  const { body: session } = await at.network.client.startSession({ info: { accountReferences: cardOf(pan) } });
  const { body: opened } = await browser.open(session.uri);
  const uses = opened.alternative?.scenario === 'USE' ? opened.alternative : opened;
  return { browser, session, credential: () => browser.answer(uses) };
}

async function openPayment(pan: string, browser: Awaited<ReturnType<typeof enrolAtBank>>) {
  const { body: session } = await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(pan) }));
  const { body: opened } = await browser.open(session.uri);
  return () => browser.result(browser.answer(opened));
}

const PAY = ['ceremony-and-passkey', 'payment-approve-at-page'];

describe('an enrolment', () => {
  test('a passkey is made: two; it is bound: one', async () => {
    const { browser, session, credential } = await openAtBank(freshPan());
    let proof = '';
    expect(
      await statementsOf(200, async () => {
        const answer = await browser.result(credential());
        proof = proofOf(answer.body.redirect);
        return answer;
      }),
    ).toEqual(['session-by-ceremony', 'ceremony-create-enrolled']);
    const { authenticationSessionId } = session;
    const bind = () => at.network.client.bind({ authenticationSessionId, proofOfAuthentication: proof });
    expect(await statementsOf(201, bind)).toEqual(['authenticator-bind-issuer-nonce']);
  });

  test('a passkey is used, on its device or on a new one: two', async () => {
    const pan = freshPan();
    const known = await enrolAtBank(at, pan);
    for (const browser of [known, at.network.browser(known.authenticator)]) {
      const { credential } = await openAtBank(pan, browser);
      const result = () => browser.result(credential());
      expect(await statementsOf(200, result)).toEqual(['ceremony-and-passkey', 'ceremony-use-enrolled']);
    }
  });

  test('it is bound by a shop: one; again: what says that it is bound already', async () => {
    const pan = freshPan();
    const { session, proof } = await verifyAtShop(at, pan, at.network.browser());
    const { authenticationSessionId } = session;
    const bind = () => at.shop.bind({ authenticationSessionId, proofOfAuthentication: proof });
    expect(await statementsOf(201, bind)).toEqual(['authenticator-bind-merchant-nonce']);
    const again = ['authenticator-bind-merchant-nonce', 'session-by-id', 'binding-of-passkey', 'timeline-note'];
    expect(await statementsOf(200, bind)).toEqual(again);
  });
});

describe('a payment', () => {
  test('on the page: two, for the first one, each further one, and on a new device', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    for (const visitor of [browser, browser, at.network.browser(browser.authenticator)])
      expect(await statementsOf(200, await openPayment(pan, visitor))).toEqual(PAY);
    await addCardAtShop(at, pan, browser);
    expect(await statementsOf(200, await openPayment(pan, browser))).toEqual(PAY);
  });

  test('confirmed at the shop: two', async () => {
    const started = await start();
    const credential = confirm(started);
    expect(await statementsOf(200, () => accept(started.id, credential))).toEqual([
      'session-and-passkey',
      'payment-approve-at-shop-nonce',
    ]);
  });

  test('with a passkey that is suspended: the card is looked up again, and nothing is approved', async () => {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    const result = await openPayment(pan, browser);
    await act(at.network.client, 'SUSPEND', { account: ofPan(pan) });
    await expect(statementsOf(401, result)).resolves.not.toContain('payment-approve-at-page');
  });
});

test('after a rotation of the index key, a session of before makes its indexes anew, and is bound; a session of today takes one', async () => {
  const [one, two] = [freshPan(), freshPan()];
  const before = await openAtBank(one);
  const { redirect } = (await before.browser.result(before.credential())).body;
  const result = await openPayment(two, await enrolAtBank(at, two));
  at.network.now = await makeAccountIndexKey(at.network);
  const today = await openAtBank(freshPan()); // reads the client, which the network then remembers for a while
  const { authenticationSessionId } = before.session;
  const bind = () => at.network.client.bind({ authenticationSessionId, proofOfAuthentication: proofOf(redirect) });
  expect(await statementsOf(201, bind)).toEqual([
    'authenticator-bind-issuer-nonce',
    'session-by-id',
    'account-rekey',
    'authenticator-bind-issuer-admitted',
  ]);
  expect(await statementsOf(200, result)).toContain('account-rekey');
  const proof = proofOf((await today.browser.result(today.credential())).body.redirect);
  const bindToday = () => at.network.client.bind({ ...today.session, proofOfAuthentication: proof });
  expect(await statementsOf(201, bindToday)).toEqual(['authenticator-bind-issuer-nonce']);
});
