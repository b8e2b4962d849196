/** The merchant's calls after the binding (contract §12 to §15). The rules are those of the issuer kit, whose tests cover them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { createMemoryMerchantStore, createMerchant, type Merchant, type MerchantOptions } from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const CARD = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2030' };

let network: NetworkDouble;
let merchant: Merchant;

function merchantWith(changes: Partial<MerchantOptions>): Merchant {
  const { url, audience, client } = network;
  return createMerchant({
    ...client,
    network: { url, audience },
    callbackOrigins: [SHOP],
    store: createMemoryMerchantStore(),
    clock: () => NOW,
    timers: { wait: async () => {}, timeout: (milliseconds) => AbortSignal.timeout(milliseconds) },
    ...changes,
  });
}

beforeAll(async () => {
  network = await startNetworkDouble({ clock: () => NOW });
  merchant = merchantWith({});
});
afterAll(async () => {
  await merchant.close();
  await network.stop();
});

test('a saved card is found, removed at the network, and stays removed', async () => {
  const started = await merchant.startCardEnrolment({
    card: CARD,
    shopperId: 's',
    callbackUri: `${SHOP}/cards/callback`,
  });
  const url = network.callback({ proof: await network.issueProof() });
  const outcome = await merchant.completeCardEnrolment({ url, browser: started.cookie.value });
  if (outcome.status !== 'ENROLLED') throw new Error(outcome.status);
  const { bindingId } = outcome.card;
  expect(await merchant.sessions.read(started)).toMatchObject({ state: 'bound', bindingId });
  expect(await merchant.bindings.search({ bindingId })).toMatchObject([
    { status: 'ACTIVE', panLastFour: '4444', heldBy: { role: 'merchant' }, authenticator: { backupEligible: true } },
  ]);
  const removal = { bindingId, reasonCode: 'CARDHOLDER_REQUEST' } as const;
  expect(await merchant.bindings.remove(removal)).toEqual([{ bindingId, status: 'DELETED', suspendedBy: [] }]);
  expect(await merchant.bindings.search({ bindingId })).toMatchObject([{ status: 'DELETED' }]);
});

test('a card that its bank has blocked is SUSPENDED, and the shop cannot resume it', async () => {
  const { bindingId } = network.holdBinding({ accounts: [] });
  network.changeBinding({ bindingId, action: 'SUSPEND', by: 'ISSUER' });
  expect(await merchant.bindings.resume({ bindingId, reasonCode: 'CLIENT_DECISION' })).toEqual([
    { bindingId, status: 'SUSPENDED', suspendedBy: ['ISSUER'] },
  ]);
});

test('a wrong argument is the MerchantError INVALID_OPTIONS, and names the field', async () => {
  const given = { bindingId: 'b' } as Parameters<Merchant['bindings']['suspend']>[0];
  await expect(merchant.bindings.suspend(given)).rejects.toMatchObject({
    name: 'MerchantError',
    code: 'INVALID_OPTIONS',
    message: expect.stringContaining('reasonCode'),
  });
});

describe('readAuthenticator', () => {
  const order = {
    orderId: 'order-2',
    amount: '12.34',
    currency: 'USD',
    merchantName: 'Tidewick',
    merchantOrigin: SHOP,
  };
  const approve = async (reading: Merchant) => {
    const started = await reading.startPayment({
      order,
      card: CARD,
      shopperId: 's',
      callbackUri: `${SHOP}/payments/callback`,
    });
    if (started.nextStep === 'STEP_UP') throw new Error('The double answered STEP_UP.');
    const url = network.callback({ proof: await network.issueProof({ claims: { bindingId: 'binding-2' } }) });
    return reading.completePayment({ url, browser: started.cookie.value });
  };

  test('the outcome of an approved payment says how strong the approval was', async () => {
    network.holdBinding({ bindingId: 'binding-2', accounts: [] });
    const reading = merchantWith({ readAuthenticator: true });
    expect(await approve(reading)).toMatchObject({
      status: 'AUTHENTICATED',
      authenticator: { backupEligible: true, backedUp: true, attestation: 'NONE' },
    });
    await reading.close();
  });

  test('without an answer, and without the option, the payment is approved all the same', async () => {
    network.answerWith('/searches', { status: 503, body: {} });
    for (const reading of [merchantWith({ readAuthenticator: true }), merchantWith({})]) {
      const outcome = await approve(reading);
      expect(outcome.status).toBe('AUTHENTICATED');
      expect(outcome).not.toHaveProperty('authenticator');
      await reading.close();
    }
    network.answerWith('/searches', undefined);
  });
});

test('a payment has the id of its session, to read what became of it', async () => {
  const order = {
    orderId: 'order-1',
    amount: '12.34',
    currency: 'USD',
    merchantName: 'Tidewick',
    merchantOrigin: SHOP,
  };
  const start = { order, card: CARD, shopperId: 's', callbackUri: `${SHOP}/payments/callback` };
  const started = await merchant.startPayment(start);
  if (started.nextStep === 'STEP_UP') throw new Error('The double answered STEP_UP.');
  const { authenticationSessionId } = started;
  network.reportSession(authenticationSessionId, {
    state: 'approved',
    status: 'AUTHENTICATED',
    bindingId: 'binding-1',
  });
  expect(await merchant.sessions.read(started)).toMatchObject({ state: 'approved', status: 'AUTHENTICATED' });
});

test('a saved card that waits for its issuer: STEP_UP, which says so; and a merchant activates nothing', async () => {
  const { bindingId } = network.holdBinding({ accounts: [], status: 'PENDING_ACTIVATION' });
  const order = {
    ...{ orderId: 'order-2', amount: '12.34', currency: 'USD' },
    merchantName: 'Tidewick',
    merchantOrigin: SHOP,
  };
  const card = { bindingId, brand: 'MASTERCARD', lastFour: '4444' } as const;
  const start = () => merchant.startPayment({ order, card, shopperId: 's', callbackUri: `${SHOP}/payments/callback` });
  expect(await start()).toEqual({ nextStep: 'STEP_UP', bindingStatus: 'PENDING_ACTIVATION' });
  const session = network.sessions.at(-1);
  if (session === undefined) throw new Error('The payment had a session.');
  network.reportSession(session.authenticationSessionId, { bindingId });
  expect(await merchant.sessions.read(session)).toMatchObject({ bindingId, bindingStatus: 'PENDING_ACTIVATION' });
  expect(merchant.bindings).not.toHaveProperty('activate');
  network.changeBinding({ bindingId, action: 'ACTIVATE', by: 'ISSUER' });
  expect(await merchant.sessions.read(session)).not.toHaveProperty('bindingStatus');
  expect((await start()).nextStep).toBe('AUTHENTICATE');
});
