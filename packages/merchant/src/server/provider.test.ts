/** A payment service provider: its calls name the merchant that it acts for. */
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('merchants', () => {
  const BOOKS = { name: 'Corner Books', origin: 'https://books.example', country: 'US', category: '5942' };
  const TOYS = { ...BOOKS, name: 'Corner Toys', origin: 'https://toys.example' };

  test('are registered, replaced, listed page by page, and removed', async () => {
    const { merchants } = merchant;
    const books = await merchants.register(BOOKS);
    expect(books).toEqual({ ...BOOKS, frame: false, merchantId: expect.stringMatching(/^[\w-]{22}$/) });
    const toys = await merchants.register({ ...TOYS, frame: true });
    const { merchantId } = books;
    const moved = { ...BOOKS, country: 'CA', frame: true, merchantId };
    expect(await merchants.replace(moved)).toEqual(moved);
    const [first, second] = [moved, toys].toSorted((a, b) => (a.merchantId < b.merchantId ? -1 : 1));
    expect(await merchants.list({ limit: 1 })).toEqual({ merchants: [first], next: first?.merchantId });
    expect(await merchants.list({ after: first?.merchantId ?? '' })).toEqual({ merchants: [second] });
    expect(network.registeredMerchants).toHaveLength(2);
    expect(await merchants.remove({ merchantId })).toEqual(moved);
    expect(await merchants.list()).toEqual({ merchants: [toys] });
  });

  test('an answer is lost: the call is repeated, and the result is the same', async () => {
    network.injectFaults('LOSE_ANSWER');
    const other = { ...BOOKS, origin: 'https://other.example' };
    const { merchantId } = await merchant.merchants.register(other);
    network.injectFaults('LOSE_ANSWER');
    expect(await merchant.merchants.remove({ merchantId })).toBeUndefined();
    expect(network.registeredMerchants).not.toContainEqual(expect.objectContaining({ merchantId }));
  });

  test('a refusal of the network has its reason', async () => {
    const unknown = { ...BOOKS, origin: 'https://none.example', merchantId: MERCHANT_ID };
    await expect(merchant.merchants.replace(unknown)).rejects.toMatchObject({
      code: 'NETWORK_REFUSED',
      refusal: { status: 404, reason: 'MERCHANT_NOT_FOUND' },
    });
    await merchant.merchants.register({ ...BOOKS, origin: 'https://taken.example' });
    await expect(merchant.merchants.register({ ...TOYS, origin: 'https://taken.example' })).rejects.toMatchObject({
      refusal: { status: 409, reason: 'MERCHANT_ORIGIN_USED' },
    });
  });

  test.each([
    ['name', { name: '' }],
    ['origin', { origin: 'https://books.example/pay' }],
    ['country', { country: 'USA' }],
    ['category', { category: '594' }],
    ['frame', { frame: 'yes' }],
  ])('a wrong %s is refused before anything is sent', async (field, wrong) => {
    const sent = network.calls.length;
    await expect(merchant.merchants.register({ ...BOOKS, ...(wrong as object) })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining(field),
    });
    expect(network.calls).toHaveLength(sent);
  });

  test('a limit of more than 200, and an id of another form, are refused', async () => {
    await expect(merchant.merchants.list({ limit: 201 })).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    await expect(merchant.merchants.remove({ merchantId: '../events' })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
  });
});
