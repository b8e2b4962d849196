import type { Pool } from 'pg';
import { expect, test } from 'vitest';
import { createStoreProbe } from './store-probe.ts';

/** A pool that counts the probes. `fails` and `readOnly` are read at each query. */
function fakePool() {
  const state = { probes: 0, fails: false, readOnly: false };
  const query = async (text: string) => {
    if (text === 'BEGIN') state.probes += 1;
    if (state.fails && text.startsWith('SELECT')) throw Object.assign(new Error('could not write'), { code: '53100' });
    return { command: text, rows: [{ read_only: state.readOnly }] };
  };
  const pool = { connect: async () => ({ query, release: () => {} }) } as unknown as Pool; // all that a transaction uses
  return Object.assign(state, { pool });
}

test('however many ask, the database is written to once in five seconds', async () => {
  const fake = fakePool();
  let now = new Date('2026-11-24T12:00:00Z');
  const canStore = createStoreProbe({ pool: fake.pool, clock: () => now });
  await Promise.all(Array.from({ length: 100 }, canStore));
  now = new Date(now.getTime() + 4_999);
  await canStore();
  expect(fake.probes).toBe(1);
  now = new Date(now.getTime() + 1);
  await canStore();
  expect(fake.probes).toBe(2);
});

test('a failure is asked about again at once, and a database that is read only is one', async () => {
  const fake = fakePool();
  const canStore = createStoreProbe({ pool: fake.pool, clock: () => new Date('2026-11-24T12:00:00Z') });
  fake.fails = true;
  await expect(canStore()).rejects.toThrow('could not write');
  fake.fails = false;
  fake.readOnly = true;
  await expect(canStore()).rejects.toThrow('read only');
  fake.readOnly = false;
  await expect(canStore()).resolves.toBeUndefined();
  expect(fake.probes).toBe(3);
});
