/** A payment service provider: its calls name the merchant that it acts for. */
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NetworkDouble, startNetworkDouble } from '../testing/index.ts';
import { createMemoryMerchantStore, createMerchant, type Merchant } from './index.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const FRAME = 'https://pay.provider.example';
const MERCHANT_ID = 'c2l4dGVlbiBieXRlcyBpZA';

let network: NetworkDouble;
let merchant: Merchant;
beforeAll(async () => {
  network = await startNetworkDouble({ clock: () => NOW });
  merchant = createMerchant({
    network: { url: network.url, audience: network.audience },
    ...network.client,
    callbackOrigins: [FRAME],
    store: createMemoryMerchantStore(),
    clock: () => NOW,
  });
});
afterAll(async () => {
  await merchant.close();
  await network.stop();
});

const start = {
  card: { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2090' },
  shopperId: 'guest',
  callbackUri: `${FRAME}/callback`,
};
const order = {
  amount: '18.00',
  currency: 'USD',
  merchantName: 'Corner Books',
  merchantOrigin: 'https://books.example',
};

/** The `merchantId` of the last Sessions call. */
const named = () => {
  const call = network.calls.findLast(({ path }) => path === SESSIONS_PATH);
  return JSON.parse(call?.body ?? '{}').merchantId;
};

test('a payment and an added card name the merchant', async () => {
  await merchant.startPayment({ ...start, order: { ...order, orderId: 'books-1' }, merchant: MERCHANT_ID });
  expect(named()).toBe(MERCHANT_ID);
  await merchant.startCardEnrolment({ ...start, merchant: MERCHANT_ID });
  expect(named()).toBe(MERCHANT_ID);
});

test('without `merchant` they name none', async () => {
  await merchant.startPayment({ ...start, order: { ...order, orderId: 'books-2' } });
  expect(named()).toBeUndefined();
});

test('a `merchant` that is no text is refused', async () => {
  const wrong = { ...start, order: { ...order, orderId: 'books-3' }, merchant: 7 as unknown as string };
  await expect(merchant.startPayment(wrong)).rejects.toMatchObject({ code: 'INVALID_PAYMENT' });
});
