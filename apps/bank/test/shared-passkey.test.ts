/** One passkey in one browser, two customers: each sees only their own cards, and nothing about the other. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@payment-passkeys/storage';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { expect, test } from 'vitest';
import { BANK_MIGRATIONS, BANK_MIGRATIONS_TABLE } from '../src/index.ts';
import { createPasskeyRecords } from '../src/passkeys/records.ts';
import { NOW, useBank } from './bank.fixture.ts';

const fixture = useBank();
const [AVERY, ROBIN] = ['11111111-0000-4000-8000-000000000000', '22222222-0000-4000-8000-000000000000'] as const;
const sessionId = (at: number) => `86bd4a91-0000-4000-8000-00000000000${at}`;
const DEVICE = { browser: 'Chrome', platform: 'Linux' };

/** A customer and their consent, with the parts that the records need. */
const CUSTOMERS = `INSERT INTO bank_customer (customer_id, username, password_hash, display_name, email_address, mobile_country_code, mobile_number)
  VALUES ($1, $2, '', '', '', '', '')`;

test('one record for each credential and customer', async () => {
  const { pool } = fixture.database;
  const records = createPasskeyRecords(pool);
  const enrolments = [
    { customerId: AVERY, accounts: ['•••• 4444'] },
    { customerId: ROBIN, accounts: ['•••• 1111'] },
    { customerId: AVERY, accounts: ['•••• 4444', '•••• 5100'] },
  ];
  await pool.query(CUSTOMERS, [AVERY, 'one']);
  await pool.query(CUSTOMERS, [ROBIN, 'two']);
  for (const [at, { customerId, accounts }] of enrolments.entries()) {
    await pool.query('INSERT INTO bank_enrolment (client_session_id, customer_id, accounts) VALUES ($1, $2, $3)', [
      sessionId(at),
      customerId,
      JSON.stringify(accounts),
    ]);
    const enrolled = { clientSessionId: sessionId(at), credentialId: 'shared', bindingId: 'b', device: DEVICE };
    await records.addPasskey({ ...enrolled, completedAt: NOW });
  }
  const [avery, robin] = [await records.listPasskeys(AVERY), await records.listPasskeys(ROBIN)];
  expect(avery.map(({ accounts }) => accounts)).toEqual([['•••• 4444', '•••• 5100']]);
  expect(robin.map(({ accounts }) => accounts)).toEqual([['•••• 1111']]);
  const ready = await records.findEnrolled({ clientSessionId: sessionId(1), customerId: ROBIN });
  expect(ready?.accounts).toEqual(['•••• 1111']);
  expect(await records.findEnrolled({ clientSessionId: sessionId(0), customerId: ROBIN })).toBeUndefined();
});

test('records in which the accounts of two customers were mixed are taken apart by what each agreed to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bank-migrations-'));
  const before = (file: string) => !/^\d{4}-/.test(basename(file)) || basename(file) < '0007';
  await cp(fileURLToPath(BANK_MIGRATIONS), folder, { recursive: true, filter: before });
  const database = await createThrowawayDatabase();
  const { pool } = database;
  await migrate({ database, folder, table: BANK_MIGRATIONS_TABLE });
  await pool.query(CUSTOMERS, [AVERY, 'avery']);
  await pool.query(CUSTOMERS, [ROBIN, 'robin']);
  for (const [at, customer, accounts] of [
    [0, AVERY, ['•••• 4444', 'a•••@x.example']],
    [1, ROBIN, ['•••• 1111']],
    [2, AVERY, ['•••• 5100', '•••• 4444']],
  ] as const) {
    await pool.query(
      `INSERT INTO bank_enrolment (client_session_id, customer_id, accounts, accepted_at, credential_id) VALUES ($1, $2, $3, $4, 'shared')`,
      [sessionId(at), customer, JSON.stringify(accounts), new Date(NOW.getTime() + at * 1000)],
    );
  }
  await pool.query(
    `INSERT INTO bank_payment_passkey (credential_id, binding_id, customer_id, accounts, created_at, last_used_at, device) VALUES
     ('shared', 'b', $1, '["•••• 4444", "a•••@x.example", "•••• 1111", "•••• 5100"]', $2, $2, 'Chrome on Linux'),
     ('older', 'c', $1, '["•••• 4444"]', $2, $2, 'A device we could not name')`,
    [AVERY, NOW],
  );
  await migrate({ database, folder: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });
  const records = createPasskeyRecords(pool);
  const listed = await records.listPasskeys(AVERY);
  expect(listed.map(({ accounts }) => accounts)).toEqual(
    expect.arrayContaining([['•••• 4444', 'a•••@x.example', '•••• 5100'], ['•••• 4444']]),
  );
  expect(listed.map(({ device }) => device.browser)).toEqual(expect.arrayContaining(['Chrome', undefined]));
  expect(await records.listPasskeys(ROBIN)).toEqual([
    {
      credentialId: 'shared',
      accounts: ['•••• 1111'],
      device: DEVICE,
      createdAt: new Date(NOW.getTime() + 1000),
      lastUsedAt: NOW,
    },
  ]);
  await database.close();
  await rm(folder, { recursive: true });
});
