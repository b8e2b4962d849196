/** The memory stores: they warn that they are not for production, and keep the promises of `EnrolmentStore` and `ConsentStore` within one process. */
import { addSeconds } from '@payment-passkeys/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredEnrolment } from './index.ts';

// Loads the modules again: they warn only once, and another test file of this worker may have caused the warning.
vi.resetModules();
const { createMemoryConsentStore } = await import('../consent/index.ts');
const { createMemoryEnrolmentStore, ENROLMENT_KEPT_SECONDS } = await import('./index.ts');

const START = new Date('2026-11-24T10:00:00.000Z');
const enrolment = (stateHash: string, startedAt = START): StoredEnrolment => ({
  stateHash,
  browserHash: 'b',
  clientSessionId: 'c',
  authenticationSessionId: 'a',
  cardholderId: 'customer-1',
  startedAt,
});

const warn = vi.spyOn(process, 'emitWarning');
beforeEach(() => {
  warn.mockReset();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each([
  ['createMemoryEnrolmentStore', createMemoryEnrolmentStore],
  ['createMemoryConsentStore', createMemoryConsentStore],
])('%s', (name, create) => {
  test('says that it is one, once, and names what to take instead', () => {
    create();
    create();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(new RegExp(`^${name} .* ${name.replace('Memory', 'Postgres')}\\.$`)),
      { code: 'PAYMENT_PASSKEYS_MEMORY_STORE' },
    );
  });

  test('in production it refuses to be made', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(create).toThrow(expect.objectContaining({ name: 'IssuerError', code: 'INVALID_OPTIONS' }));
  });
});

test('an enrolment is completed once: of many at once one writes, and all get what it wrote', async () => {
  const store = createMemoryEnrolmentStore();
  await store.addEnrolment(enrolment('s'));
  await store.noteProof({ stateHash: 's', proofHash: 'p' });
  const completions = Array.from({ length: 20 }, (_, at) => ({
    stateHash: 's',
    credentialId: `credential-${at}`,
    bindingId: 'b',
    completedAt: START,
  }));
  const written = await Promise.all(completions.map((each) => store.completeEnrolment(each)));
  expect(new Set(written.map((each) => each?.credentialId)).size).toBe(1);
  await store.noteProof({ stateHash: 's', proofHash: 'another' });
  expect(await store.findEnrolment({ stateHash: 's' })).toMatchObject({ proofHash: 'p', completion: written[0] });
  expect(
    await store.completeEnrolment({ ...enrolment('?'), ...completions[0], stateHash: '?' } as never),
  ).toBeUndefined();
});

test('an enrolment is forgotten when it need not be read any more, and not before', async () => {
  const store = createMemoryEnrolmentStore();
  await store.addEnrolment(enrolment('old'));
  await store.addEnrolment(enrolment('later', addSeconds(START, ENROLMENT_KEPT_SECONDS)));
  expect(await store.findEnrolment({ stateHash: 'old' })).toBeDefined();
  await store.addEnrolment(enrolment('last', addSeconds(START, ENROLMENT_KEPT_SECONDS + 1)));
  expect(await store.findEnrolment({ stateHash: 'old' })).toBeUndefined();
});

test('receipts are found by their id, by their cardholder and by what is asked of them, newest first; one is kept once', async () => {
  const store = createMemoryConsentStore();
  const receipt = (receiptId: string, seconds: number, country = 'US') =>
    ({ receiptId, cardholderId: 'customer-1', country, acceptedAt: addSeconds(START, seconds) }) as never;
  for (const each of [receipt('1', 0), receipt('2', 1, 'MX'), receipt('3', 2)]) await store.addReceipt(each);
  await expect(store.addReceipt(receipt('1', 3))).rejects.toThrow();
  const ids = (found: readonly { readonly receiptId: string }[]) => found.map(({ receiptId }) => receiptId);
  expect(await store.findReceipt({ receiptId: '2' })).toMatchObject({ country: 'MX' });
  expect(ids(await store.findReceiptsOf({ cardholderId: 'customer-1' }))).toEqual(['3', '2', '1']);
  expect(ids(await store.findReceipts({ country: 'US', limit: 1 }))).toEqual(['3']);
  expect(ids(await store.findReceipts({ from: START, to: addSeconds(START, 2), limit: 9 }))).toEqual(['2', '1']);
});
