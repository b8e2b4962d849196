/** Calls about bindings, for tests. */
import {
  ACCOUNT_REPLACEMENTS_PATH,
  type AccountReference,
  BINDING_SEARCHES_PATH,
  BINDING_STATUS_UPDATES_PATH,
  type BindingAction,
  type BindingReport,
} from '@payment-passkeys/protocol';
import type { TestAnswer, TestBrowser, TestClient } from '@payment-passkeys/testkit';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import type { Author } from '../src/domain/audit/entry.ts';
import { addCardAtShop, enrolAtBank, freshPan, type TestShop } from './shop.ts';

/** The author of a change that no test is about. */
export const CARDHOLDER: Author = { actor: { kind: 'CARDHOLDER', id: 'passkey-of-a-test' } };

export const ofPan = (primaryAccountNumber: string): AccountReference => ({ primaryAccountNumber });

/** A search by account, by binding or by passkey. */
export async function searchFor(
  client: TestClient,
  wanted: { readonly account: AccountReference } | { readonly bindingId: string } | { readonly credentialId: string },
): Promise<TestAnswer> {
  const body =
    'account' in wanted ? { encryptedData: await client.encrypt({ accountReference: wanted.account }) } : wanted;
  return client.send({ path: BINDING_SEARCHES_PATH, body: JSON.stringify(body) });
}

export async function findBindings(client: TestClient, wanted: Parameters<typeof searchFor>[1]) {
  const { status, body } = await searchFor(client, wanted);
  if (status !== 200) throw new Error(`The search was refused: ${status}`);
  return body.bindings as readonly BindingReport[];
}

/** The status of a refusal, and the first error's code and source. */
export const refusalOf = ({ status, body }: Pick<TestAnswer, 'status' | 'body'>) => [
  status,
  body.errordetail?.[0]?.reason,
  body.errordetail?.[0]?.source,
];

/** A status update by account or by binding. */
export async function act(
  client: TestClient,
  action: BindingAction,
  on: { readonly account: AccountReference; readonly credentialId?: string } | { readonly bindingId: string },
  reasonCode = 'DEVICE_STOLEN',
): Promise<TestAnswer> {
  const { account: accountReference, ...rest } = 'account' in on ? on : { account: undefined };
  const about = 'bindingId' in on ? on : { encryptedData: await client.encrypt({ accountReference, ...rest }) };
  const body = JSON.stringify({ ...about, action, reasonCode });
  return client.send({ path: BINDING_STATUS_UPDATES_PATH, body });
}

export async function replaceCard(client: TestClient, info: unknown): Promise<TestAnswer> {
  const body = JSON.stringify({ encryptedData: await client.encrypt(info) });
  return client.send({ path: ACCOUNT_REPLACEMENTS_PATH, body });
}

export const replacementOf = (from: string, to: string) => ({
  from: { primaryAccountNumber: from },
  to: { primaryAccountNumber: to, panExpirationMonth: '12', panExpirationYear: '2032' },
});

/** A cardholder whose passkey is bound to a card by the bank and by the shop. */
export interface Cardholder {
  readonly pan: string;
  readonly browser: TestBrowser;
  readonly atBank: BindingReport;
  readonly atShop: BindingReport;
}

export async function enrolCardholder(at: TestShop, pan = freshPan()): Promise<Cardholder> {
  const browser = await enrolAtBank(at, pan);
  await addCardAtShop(at, pan, browser);
  const found = await findBindings(at.network.client, { account: ofPan(pan) });
  const atBank = found.find(({ heldBy }) => heldBy.role === 'issuer');
  const atShop = found.find(({ heldBy }) => heldBy.role === 'merchant');
  if (atBank === undefined || atShop === undefined || found.length !== 2) throw new Error('There are two bindings.');
  return { pan, browser, atBank, atShop };
}

/**
 * Locks the binding's row, and starts the calls one after the other, until all wait for the lock. By then each call has read the unchanged rows, and
 * none has changed them. Then they change the row in this order.
 */
export function inOrder<Answer>(
  at: TestShop,
  bindingId: string,
  ...calls: readonly (() => Promise<Answer>)[]
): Promise<readonly Answer[]> {
  return inOrderAt(at, { table: 'binding', id: bindingId }, ...calls);
}

/** Like {@link inOrder}, for calls that all wait for one row of this table. */
export async function inOrderAt<Answer>(
  { network: { database } }: TestShop,
  { table, id }: { readonly table: 'binding' | 'passkey'; readonly id: string },
  ...calls: readonly (() => Promise<Answer>)[]
): Promise<readonly Answer[]> {
  const holder = await database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM ${table} WHERE ${table}_id = $1 FOR UPDATE`, [id]);
    const answers: Promise<Answer>[] = [];
    for (const call of calls) {
      answers.push(call());
      await expect.poll(() => countWaiting(database.pool), { interval: 20, timeout: 60_000 }).toBe(answers.length);
    }
    await holder.query('COMMIT');
    return await Promise.all(answers);
  } finally {
    holder.release(true); // after a failure the row must not stay locked
  }
}

async function countWaiting(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.count ?? 0;
}
