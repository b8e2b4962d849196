/** On large tables every statement of the flow and of housekeeping finds its rows by an index. The long form is growth-run.ts. */
import { buildPaymentInfo, buildTransaction } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { lookupIndexes } from '../src/domain/accounts/account-vault.ts';
import { deletePasskey } from '../src/domain/bindings/passkey-deletion.ts';
import { findPasskeysById, findPasskeysOfAccount } from '../src/domain/bindings/passkey-search.ts';
import { keyFolderOf, rotateKeys } from '../src/domain/keys/key-folder.ts';
import { expireSessions } from '../src/domain/sessions/store.ts';
import { sweep } from '../src/process/housekeeping.ts';
import { addAgingClient, liveDay } from './aging.ts';
import { act, CARDHOLDER, findBindings, ofPan, replaceCard, replacementOf } from './lifecycle.ts';
import { enrol } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';

const TABLES = ['session', 'device', 'passkey', 'device_passkey', 'binding', 'binding_account', 'request_nonce'];
const SESSIONS = 4_000;

let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
  const { pool } = at.network.database;
  await addAgingClient(pool);
  for (const [day, from] of [new Date('2026-11-01'), new Date('2026-11-02')].entries()) {
    await liveDay(pool, { from, first: 1 + day * (SESSIONS / 2), count: SESSIONS / 2 });
  }
  // As in a real network, most sessions have ended. If half were still open, reading the whole table would be as cheap as its index.
  await expireSessions(pool, at.network.now);
  await pool.query(
    `INSERT INTO request_nonce SELECT 'aging!key', $1::timestamptz - n % 500 * interval '1 second', 'nonce' || n FROM generate_series(1, 3000) AS n`,
    [at.network.now],
  );
  await pool.query(`VACUUM (ANALYZE) ${TABLES.join(', ')}`);
});
afterAll(() => at.network.stop());

/** Ends all other connections first, because a server process reports its counts when it ends. The network reconnects. */
async function countScans() {
  const { pool } = at.network.database;
  const own = await pool.connect();
  await own.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  await own.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await own.query<{ name: string; scans: number; lookups: number }>(
    `SELECT relname AS name, seq_scan AS scans, coalesce(idx_scan, 0) AS lookups FROM pg_stat_user_tables WHERE relname = ANY ($1)`,
    [TABLES],
  );
  own.release();
  return new Map(rows.map(({ name, scans, lookups }) => [name, { scans, lookups }]));
}

test('no table is read from end to end by an enrolment, a payment, a suspension, a replaced card, a search at the console, a sweep, a re-keying or a scrape', async () => {
  const { network } = at;
  const before = await countScans();
  const { running } = network;
  for (let round = 0; round < 6; round++) {
    const pan = freshPan();
    const browser = await enrolAtBank(at, pan);
    await enrolAtBank(at, pan, browser);
    await payOnPage(at, browser, buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() }));
    await enrol(network, network.browser());
    const to = freshPan();
    await replaceCard(network.client, replacementOf(pan, to));
    const [first] = await findBindings(network.client, { account: ofPan(to) });
    const { bindingId = '', credentialId = '' } = first ?? {};
    const { pool } = network.database;
    const { vault } = running.network.keys.current();
    const ofAccount = lookupIndexes({ cards: [{ primaryAccountNumber: to }] }, vault);
    expect(await findPasskeysOfAccount(pool, ofAccount)).toHaveLength(1);
    expect(await findPasskeysById(pool, bindingId)).toHaveLength(1);
    await findBindings(at.shop, { bindingId });
    await findBindings(network.client, { credentialId });
    for (const action of ['SUSPEND', 'RESUME', 'DELETE'] as const) {
      await act(at.shop, action, { bindingId });
      await act(network.client, action, { account: ofPan(to) });
    }
    const deletion = { by: 'CARDHOLDER', author: CARDHOLDER, reasonCode: 'DEVICE_LOST', now: network.now } as const;
    await deletePasskey(pool, { ...deletion, passkeyId: credentialId });
  }
  await sweep(running.network);
  await rotateKeys({ folder: keyFolderOf(running.network.config), mode: 'sandbox', now: network.now });
  await running.network.keys.refresh();
  network.now = new Date(network.now.getTime() + 15 * 60_000);
  await network.client.startSession(); // re-keys the indexes of its accounts
  await vi.waitFor(
    async () => expect(await running.network.metrics.registry.metrics()).toContain('sessions_open{state="created"}'),
    { timeout: 60_000 },
  );
  const after = await countScans();
  const scanned = TABLES.filter((table) => after.get(table)?.scans !== before.get(table)?.scans);
  const untouched = TABLES.filter((table) => after.get(table)?.lookups === before.get(table)?.lookups);
  expect(scanned).toEqual([]);
  expect(untouched).toEqual([]);
});
