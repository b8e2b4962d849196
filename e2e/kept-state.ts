/**
 * The state that a test starts with: a cardholder with a passkey, or a shopper with a card. The first test of a worker that needs the state walks
 * through the pages. Later tests get copies of the walk's rows, passkey and device cookie.
 */
import { randomUUID } from 'node:crypto';
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { type Credential, findAuthenticator } from './authenticator.ts';
import { createPasskey, resumeSession } from './fixtures.ts';
import { addCard, haveShopSession } from './shop.ts';

type Cookie = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>[number];

interface KeptState {
  readonly rows: ReadonlyMap<string, string>;
  readonly credentials: readonly Credential[];
  readonly cookies: readonly Cookie[];
}

/** The tables that the walks write and the fixture `fresh` empties. A table comes after those that it references. */
const TABLES = {
  network: ['passkey', 'device', 'device_passkey', 'binding', 'binding_account', 'session', 'consent_record'],
  bank: ['bank_payment_passkey', 'bank_binding', 'payment_passkey_enrolment', 'bank_verification'],
  shop: ['payment_passkey_card_enrolment', 'shop_saved_card'],
} as const;

const kept = new Map<string, KeptState>();

/** Makes sure that the cardholder, signed in at the bank, has a passkey on this device. The page stays where it is. */
export async function havePasskey(page: Page, demo: Demo): Promise<void> {
  await have('passkey', { page, demo, walk: () => createPasskey(page, demo) });
}

/** Makes sure that the shopper, signed in at shop and bank, has a saved card with a passkey on this device. Open a page of the shop afterwards. */
export async function haveCard(page: Page, demo: Demo): Promise<void> {
  const walk = async () => {
    await haveShopSession(page, demo);
    await addCard(page, demo);
  };
  await have('card', { page, demo, walk });
  await resumeSession(page, demo.shopUrl);
  await resumeSession(page, demo.bankUrl);
}

interface Walk {
  readonly page: Page;
  readonly demo: Demo;
  readonly walk: () => Promise<void>;
}

async function have(name: string, { page, demo, walk }: Walk): Promise<void> {
  const authenticator = findAuthenticator(page);
  const state = kept.get(name);
  if (state) {
    await insertRows(demo, withNewIds(state.rows));
    await authenticator.addCredentials(state.credentials);
    await page.context().addCookies([...state.cookies]);
    return;
  }
  await walk();
  kept.set(name, {
    rows: await copyRows(demo),
    credentials: await authenticator.credentials(),
    cookies: await page.context().cookies(demo.networkUrl),
  });
}

function* tables({ network, bankDatabase, shopDatabase }: Demo) {
  const pools = { network: network.network.pool, bank: bankDatabase.pool, shop: shopDatabase.pool };
  for (const party of ['network', 'bank', 'shop'] as const)
    for (const table of TABLES[party]) yield { pool: pools[party], table };
}

async function copyRows(demo: Demo): Promise<ReadonlyMap<string, string>> {
  const copies = new Map<string, string>();
  for (const { pool, table } of tables(demo)) {
    const { rows } = await pool.query(`SELECT coalesce(json_agg(t), '[]')::text AS copy FROM ${table} AS t`);
    copies.set(table, rows[0].copy);
  }
  return copies;
}

/**
 * The copies with new ids of passkeys and bindings. An event of an earlier test may arrive at the bank or the shop during this one. With the
 * same ids, it would delete the card of this test.
 */
function withNewIds(copies: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const ids = [...idsOf(copies, 'passkey'), ...idsOf(copies, 'binding')].map((id) => [id, randomUUID()] as const);
  const renew = (copy: string) => ids.reduce((text, [old, id]) => text.replaceAll(old, id), copy);
  return new Map(Array.from(copies, ([table, copy]) => [table, renew(copy)]));
}

function idsOf(copies: ReadonlyMap<string, string>, table: 'passkey' | 'binding'): readonly string[] {
  const rows: readonly Readonly<Record<string, string>>[] = JSON.parse(copies.get(table) ?? '[]');
  return rows.flatMap((row) => row[`${table}_id`] ?? []);
}

async function insertRows(demo: Demo, copies: ReadonlyMap<string, string>): Promise<void> {
  for (const { pool, table } of tables(demo)) {
    await pool.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      copies.get(table),
    ]);
  }
}
