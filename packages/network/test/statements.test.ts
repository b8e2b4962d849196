/**
 * Checks every statement of the network: with the migrated schema, its columns are those that its rows declare, and it obeys the rules of a
 * distributed engine.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { column, type Database, nullable, type Statement, sql, statement } from '@payment-passkeys/storage';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNTS_DELETED } from '../src/domain/sessions/accounts-deleted.ts';
import { migrationsOf } from '../src/process/network-database.ts';
import { collectStatements } from './collect-statements.ts';
import { findDifferences } from './described-statement.ts';
import { type ForeignKey, findDistributedFaults } from './distributed-rules.ts';

let database: Database;
beforeAll(async () => {
  const [first, ...more] = migrationsOf('sandbox');
  database = await createThrowawayDatabase({ migrations: first.folder, table: first.table, more });
});
afterAll(() => database.close());

const statements = await collectStatements();
const titleOf = ({ name, text }: Statement) => name ?? text.replaceAll(/\s+/g, ' ').slice(0, 60);

test.each(statements.map((one) => [titleOf(one), one] as const))('%s returns what is declared', async (_, one) => {
  expect(await findDifferences(database.pool, one)).toEqual([]);
});

/** Parts that see rows which an earlier part has added, but have the same result without these rows. */
const MAY_SEE_ITS_OWN = [
  'stored_events reads binding_account', // the union with the added kinds is the same
  'to_store reads binding_account',
  'result reads deleted_binding', // leaves out the rows of `target`
  'earlier reads account_replacement', // leaves out the recorded row
];

const FOREIGN_KEYS = `SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent, confdeltype = 'c' AS cascades
                      FROM pg_constraint WHERE contype = 'f'`;

test('each statement keeps the rules of a distributed engine', async () => {
  const { rows } = await database.pool.query<ForeignKey>(FOREIGN_KEYS);
  expect(rows).toContainEqual({ child: 'device_passkey', parent: 'passkey', cascades: true });
  const faults = statements.flatMap((one) =>
    findDistributedFaults(one.text, rows).map((fault) => `${titleOf(one)}: ${fault}`),
  );
  expect(faults.filter((fault) => !MAY_SEE_ITS_OWN.some((reads) => fault.includes(reads)))).toEqual([]);
  expect(MAY_SEE_ITS_OWN.filter((reads) => !faults.some((fault) => fault.includes(reads)))).toEqual([]);
});

test('each prepared statement has a name of its own', () => {
  const names = statements.flatMap(({ name }) => name ?? []);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name, position) => names.indexOf(name) !== position)).toEqual([]);
});

test('a statement that deletes the accounts of a session deletes their indexes too', () => {
  const deleting = statements.filter(({ text }) => /\baccounts = NULL/.test(text));
  expect(deleting.length).toBeGreaterThan(5);
  const [whole = ''] = ACCOUNTS_DELETED.chunks.map(String);
  expect(deleting.filter(({ text }) => text.replaceAll(whole, '').includes('accounts = NULL'))).toEqual([]);
});

test.each(['domain', 'sandbox'])('%s has no SQL beside its statements, but for settings and locks', (layer) => {
  const folder = path.resolve(import.meta.dirname, '../src', layer);
  const calls = globSync('**/*.ts', { cwd: folder }).flatMap((file) =>
    [...readFileSync(path.join(folder, file), 'utf8').matchAll(/\.query[(<].*/g)].map(([call]) => call),
  );
  expect(calls.filter((call) => !/^\.query\(['`](SET LOCAL|LOCK TABLE) /.test(call))).toEqual([]);
});

test.each([
  [
    'a column that the schema has not',
    sql`SELECT state_ FROM session`,
    { state: column.text() },
    'column "state_" does not exist',
  ],
  [
    'a column under another name',
    sql`SELECT locale AS language FROM session`,
    { locale: nullable(column.text()) },
    'locale is declared and not returned',
  ],
  [
    'another type',
    sql`SELECT sign_count AS count FROM passkey`,
    { count: column.integer() },
    'count is bigint, declared as integer',
  ],
  ['a null', sql`SELECT locale FROM session`, { locale: column.text() }, 'locale may be null, declared as never null'],
  [
    'no null',
    sql`SELECT state FROM session`,
    { state: nullable(column.text()) },
    'state is never null, declared as nullable',
  ],
])('a statement that returns %s is found', async (_, text, returns, difference) => {
  expect(String(await findDifferences(database.pool, statement({ text, returns })))).toContain(difference);
});
