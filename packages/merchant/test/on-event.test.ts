/** What the merchant kit reports to its host, and what it never reports. */
import { addSeconds } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { refuse } from '../src/testing/index.ts';
import { buildStart, cardStart, openShop, SHOP, START, TYPED } from './merchant.fixture.ts';

const at = openShop();

describe('onEvent', () => {
  test('a payment from its start to its proof, and its reload', async () => {
    const { url, browser } = await at.leaveAndApprove();
    at.now = addSeconds(START, 42);
    await at.merchant.completePayment({ url, browser });
    await at.merchant.completePayment({ url, browser });
    const returned = { type: 'PAYMENT_RETURNED', by: 'CALLBACK', status: 'AUTHENTICATED', at: at.now, secondsAway: 42 };
    expect(at.events).toEqual([
      { type: 'PAYMENT_STARTED', at: START, nextStep: 'AUTHENTICATE', savedCard: true, confirmationOffered: false },
      { ...returned, again: false },
      { ...returned, again: true },
    ]);
  });

  test('a step-up, a failure, a return that changes nothing, a refused confirmation: each with its reason', async () => {
    at.network.nextStep = 'STEP_UP';
    await at.merchant.startPayment(buildStart({ card: TYPED }));
    at.network.nextStep = 'AUTHENTICATE';
    const { url, browser, clientSessionId } = await at.leaveAndApprove();
    await at.merchant.completePayment({
      url: at.network.callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' }),
      browser,
    });
    await at.merchant.completePayment({ url, browser: undefined });
    await at.merchant.completePayment({ url: '/payments/callback', browser });
    at.network.answerWith('/assertion', refuse('PAYMENT_TOTAL_MISMATCH'));
    await at.merchant.reportConfirmation({ clientSessionId, report: { outcome: 'ABORTED' }, browser });
    await at.merchant.reportConfirmation({ clientSessionId: 'none', report: { outcome: 'ABORTED' }, browser });
    const returned = { type: 'PAYMENT_RETURNED', by: 'CALLBACK', at: START, again: false };
    expect(at.events).toEqual([
      { type: 'PAYMENT_STARTED', at: START, nextStep: 'STEP_UP', savedCard: false, confirmationOffered: false },
      { type: 'PAYMENT_STARTED', at: START, nextStep: 'AUTHENTICATE', savedCard: true, confirmationOffered: false },
      { ...returned, status: 'CANCELLED', reason: 'USER_CANCELLATION', secondsAway: 0 },
      { ...returned, status: 'IGNORED', reason: 'OTHER_BROWSER', secondsAway: 0 },
      { ...returned, status: 'IGNORED', reason: 'MALFORMED' },
      { ...returned, by: 'REPORT', status: 'REFUSED', reason: 'PAYMENT_TOTAL_MISMATCH', secondsAway: 0 },
      { ...returned, by: 'REPORT', status: 'IGNORED', reason: 'MALFORMED' },
    ]);
  });

  test('a card that is added', async () => {
    const started = await at.merchant.startCardEnrolment(cardStart);
    const url = at.network.callback({ proof: await at.network.issueProof() });
    for (let visit = 0; visit < 2; visit += 1) {
      await at.merchant.completeCardEnrolment({ url, browser: started.cookie.value });
    }
    const returned = { type: 'CARD_RETURNED', status: 'ENROLLED', at: START, secondsAway: 0 };
    expect(at.events).toEqual([
      { type: 'CARD_STARTED', at: START },
      { ...returned, again: false },
      { ...returned, again: true },
    ]);
  });

  test('no event carries an id, an amount, a card, an address or a proof', async () => {
    const { url, browser, proof, clientSessionId } = await at.leaveAndApprove({ card: TYPED });
    await at.merchant.completePayment({ url, browser });
    const text = JSON.stringify(at.events);
    const state = new URL(url).searchParams.get('state') ?? '';
    for (const value of [clientSessionId, proof, browser, state, 'order-1', '12.34', 'shopper-1', SHOP, '4444']) {
      expect(text).not.toContain(value);
    }
  });

  test('a hook that throws stops nothing', async () => {
    const throwing = at.merchantOn({
      onEvent: () => {
        throw new Error('not now');
      },
    });
    expect(await throwing.startPayment(buildStart())).toMatchObject({ nextStep: 'AUTHENTICATE' });
    await throwing.close();
  });
});
