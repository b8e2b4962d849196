/** Receipts on a real PostgreSQL: stored once, found again, and never changed. */
import { randomUUID } from 'node:crypto';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONSENT_MIGRATION,
  type Consents,
  createConsents,
  createPostgresConsentStore,
  REFERENCE_CATALOGUE,
  readCatalogue,
} from '../src/consent/index.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const catalogue = readCatalogue(REFERENCE_CATALOGUE, {
  origin: 'https://bank.example',
  countries: Object.keys(REFERENCE_CATALOGUE.index.countries),
});
const VERSION = catalogue.index.version;

let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let now = START;
let consents: Consents;

beforeAll(async () => {
  database = await createThrowawayDatabase();
  await database.pool.query(CONSENT_MIGRATION);
  const store = createPostgresConsentStore(database.pool);
  consents = createConsents({ catalogue, store, bank: 'Example Bank', clock: () => now });
});

afterAll(() => database.close());

async function record({ country = 'US', language = 'en', cardholderId = randomUUID() as string } = {}) {
  const { textHash } = await consents.show({ country, language });
  const accepted = { country, language, textHash, catalogueVersion: VERSION };
  const { receipt } = await consents.record({ cardholderId, channel: 'APP', accepted, accounts: ['•••• 4444'] });
  return receipt;
}

test('a receipt is found again as it was written, by itself and by its cardholder, newest first', async () => {
  const cardholderId = randomUUID();
  const first = await record({ cardholderId });
  now = new Date(START.getTime() + 60_000);
  const second = await record({ cardholderId, country: 'AE', language: 'ar' });
  expect(await consents.find({ receiptId: first.receiptId })).toEqual(first);
  expect(await consents.findByCardholder({ cardholderId })).toEqual([second, first]);
  expect(await consents.findByCardholder({ cardholderId: randomUUID() })).toEqual([]);
  expect(await consents.find({ receiptId: randomUUID() })).toBeUndefined();
});

test('the wording is kept once, however many agree to it, at once too', async () => {
  const receipts = await Promise.all(Array.from({ length: 12 }, () => record({ country: 'ID', language: 'id' })));
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS n FROM payment_passkey_consent_text WHERE text_hash = $1',
    [receipts[0]?.textHash],
  );
  expect(rows).toEqual([{ n: 1 }]);
  expect(new Set(receipts.map(({ receiptId }) => receiptId)).size).toBe(12);
});

test('an auditor finds by time, place, wording and catalogue, and pages by time', async () => {
  now = new Date('2026-12-01T00:00:00.000Z');
  const first = await record({ country: 'JP', language: 'ja' });
  now = new Date('2026-12-02T00:00:00.000Z');
  const second = await record({ country: 'JP', language: 'en' });
  const from = new Date('2026-12-01T00:00:00.000Z');
  const ids = async (query: Parameters<Consents['findAll']>[0]) =>
    (await consents.findAll(query)).map(({ receiptId }) => receiptId);
  expect(await ids({ from })).toEqual([second.receiptId, first.receiptId]);
  expect(await ids({ from, to: second.acceptedAt })).toEqual([first.receiptId]);
  expect(await ids({ from, language: 'ja' })).toEqual([first.receiptId]);
  expect(await ids({ country: 'JP', textHash: second.textHash })).toEqual([second.receiptId]);
  expect(await ids({ from, catalogueVersion: 'another' })).toEqual([]);
  expect(await ids({ from, limit: 1 })).toEqual([second.receiptId]);
});

describe('nobody changes or removes what was agreed to', () => {
  test.each([
    "UPDATE payment_passkey_consent SET country = 'CA'",
    'UPDATE payment_passkey_consent SET accepted_at = now()',
    'DELETE FROM payment_passkey_consent',
    'TRUNCATE payment_passkey_consent CASCADE',
    "UPDATE payment_passkey_consent_text SET text = 'other'",
    'DELETE FROM payment_passkey_consent_text',
    'TRUNCATE payment_passkey_consent_text CASCADE',
  ])('%s', async (statement) => {
    const before = await record();
    await expect(database.pool.query(statement)).rejects.toMatchObject({ code: '23001' });
    expect(await consents.find({ receiptId: before.receiptId })).toEqual(before);
  });

  test('a text that is not what its hash says cannot be kept', async () => {
    const insert = 'INSERT INTO payment_passkey_consent_text (text_hash, text) VALUES ($1, $2)';
    await expect(database.pool.query(insert, ['0'.repeat(64), 'anything'])).rejects.toMatchObject({ code: '23514' });
  });

  test('a receipt is not written a second time', async () => {
    const receipt = await record();
    const store = createPostgresConsentStore(database.pool);
    await expect(store.addReceipt({ ...receipt, country: 'CA' })).rejects.toMatchObject({ code: '23505' });
    expect(await consents.find({ receiptId: receipt.receiptId })).toEqual(receipt);
  });
});

test('of a cardholder it holds what was masked, and nothing else', async () => {
  const receipt = await record();
  const { rows } = await database.pool.query('SELECT * FROM payment_passkey_consent WHERE receipt_id = $1', [
    receipt.receiptId,
  ]);
  expect(rows[0].accounts).toEqual(['•••• 4444']);
});
