/** The merchant's calls after the binding (contract §12 to §15). Their rules are the issuer kit's, and tested there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { createMemoryMerchantStore, createMerchant, type Merchant } from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const SHOP = 'http://shop.localhost:4002';
const CARD = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2030' };

let network: NetworkDouble;
let merchant: Merchant;

beforeAll(async () => {
  network = await startNetworkDouble({ clock: () => NOW });
  const { url, audience, client } = network;
  merchant = createMerchant({
    ...client,
    network: { url, audience },
    callbackOrigins: [SHOP],
    store: createMemoryMerchantStore(),
    clock: () => NOW,
  });
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
