/** The memory store: it warns that it is not for production, and keeps the promises of `MerchantStore` within one process. */
import { addSeconds } from '@payment-passkeys/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StoredPayment } from './index.ts';

// Loads the modules again: they warn only once, and another test file of this worker may have caused the warning.
vi.resetModules();
const { createMemoryMerchantStore, PENDING_KEPT_SECONDS } = await import('./index.ts');

const START = new Date('2026-11-24T10:00:00.000Z');
const payment = (stateHash: string, orderId: string, startedAt = START): StoredPayment => ({
  stateHash,
  orderId,
  startedAt,
  browserHash: 'b',
  clientSessionId: `session-${stateHash}`,
  authenticationSessionId: 'a',
  shopperId: 'shopper-1',
  amount: '18.00',
  currency: 'USD',
  merchantOrigin: 'https://shop.example',
  brand: 'VISA',
  lastFour: '4444',
});
const approval = { proofHash: 'p', bindingId: 'b', authenticatedAt: START };

const warn = vi.spyOn(process, 'emitWarning');
beforeEach(() => {
  warn.mockReset();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('it says that it is one, once, and names what to take instead; in production it refuses to be made', () => {
  createMemoryMerchantStore();
  createMemoryMerchantStore();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('createPostgresMerchantStore'), {
    code: 'PAYMENT_PASSKEYS_MEMORY_STORE',
  });
  vi.stubEnv('NODE_ENV', 'production');
  expect(createMemoryMerchantStore).toThrow(
    expect.objectContaining({ name: 'MerchantError', code: 'INVALID_OPTIONS' }),
  );
});

test('a proof is spent once: of many at once, for one payment or for others of its order, one is answered SPENT', async () => {
  const store = createMemoryMerchantStore();
  await store.addPayment(payment('1', 'order-1'));
  await store.addPayment(payment('2', 'order-1', addSeconds(START, 1)));
  expect(await store.findPaymentOfOrder({ orderId: 'order-1' })).toMatchObject({ stateHash: '2' });
  const spendings = Array.from({ length: 20 }, (_, at) =>
    store.spendProof({ ...approval, stateHash: at % 2 === 0 ? '1' : '2', orderId: 'order-1' }),
  );
  const answers = await Promise.all(spendings);
  expect(answers.filter((answer) => answer === 'SPENT')).toHaveLength(1);
  expect(new Set(answers)).toEqual(new Set(['SPENT', 'ALREADY_SPENT', 'OTHER_PAYMENT']));
  expect(await store.findPaymentOfOrder({ orderId: 'order-1' })).toMatchObject({ stateHash: '1', approval });
  expect(await store.findPayment({ clientSessionId: 'session-2' })).toMatchObject({ stateHash: '2' });
});

test('a card enrolment is completed once, and all get what was written', async () => {
  const store = createMemoryMerchantStore();
  await store.addCardEnrolment(payment('1', 'unused'));
  const complete = (credentialId: string) =>
    store.completeCardEnrolment({ stateHash: '1', credentialId, bindingId: 'b', completedAt: START });
  const written = await Promise.all(['x', 'y', 'z'].map(complete));
  expect(new Set(written.map((each) => each?.credentialId)).size).toBe(1);
  expect(await store.findCardEnrolment({ stateHash: '1' })).toMatchObject({ completion: written[0] });
});

test('a payment is forgotten when it need not be read any more', async () => {
  const store = createMemoryMerchantStore();
  await store.addPayment(payment('old', 'order-1'));
  await store.addPayment(payment('new', 'order-2', addSeconds(START, PENDING_KEPT_SECONDS + 1)));
  expect(await store.findPayment({ stateHash: 'old' })).toBeUndefined();
});
