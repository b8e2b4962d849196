/** Account indexes during a rotation of their key: accounts are found, and re-keyed when presented; an unneeded key version is deleted. */
import { randomUUID } from 'node:crypto';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountReferences } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { indexOf, lookupIndexes } from '../src/domain/accounts/account-vault.ts';
import { NORMAL_FORM } from '../src/domain/accounts/canonical-account.ts';
import { rekeyAccounts } from '../src/domain/accounts/rekey.ts';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { clearOut } from '../src/process/housekeeping.ts';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';

const MINUTE = 60_000;
let network: TestNetwork;
const later = (milliseconds: number) => {
  network.now = new Date(network.now.getTime() + milliseconds);
};
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(async () => {
  await network.database.pool.query(
    'TRUNCATE session, binding_account, binding, device_passkey, device, passkey CASCADE',
  );
});

const keys = () => network.running.network.keys;
const clear = () => clearOut(network.running.network);

/** Puts a new version of the account keys in use. */
async function rotate(): Promise<number> {
  const uses = ['account-encryption', 'account-index'] as const;
  await rotateKeys({ folder: join(network.dataDir, 'keys'), mode: 'sandbox', now: network.now, uses });
  await keys().refresh();
  later(10 * MINUTE);
  return keys().current().vault.index[0]?.version ?? 0;
}

async function bindNew() {
  const browser = network.browser();
  const { session, proof } = await enrol(network, browser);
  const { body } = await network.client.bind({ ...session, proofOfAuthentication: proof });
  return { browser, bindingId: body.bindingId as string };
}

/** Counts the rows of each version. */
async function versions(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await network.database.pool.query<{ key_version: number; count: string }>(
    'SELECT key_version, count(*) FROM binding_account GROUP BY key_version',
  );
  return Object.fromEntries(rows.map(({ key_version, count }) => [key_version, Number(count)]));
}

/** Whether another device of the same cardholder is offered the passkey of the accounts. */
async function findsPasskey(): Promise<boolean> {
  const { body: session } = await network.client.startSession();
  const { body } = await network.browser().open(session.uri);
  return body.alternative?.scenario === 'USE';
}

describe('a rotation of the account keys', () => {
  test('the next version is known before it is used: rows are written by the old one until then', async () => {
    const before = keys().current().vault.index[0]?.version ?? 0;
    await rotateKeys({ folder: join(network.dataDir, 'keys'), mode: 'sandbox', now: network.now });
    await keys().refresh();
    expect(
      keys()
        .current()
        .vault.index.map(({ version }) => version),
    ).toEqual(expect.arrayContaining([before + 1]));
    await bindNew();
    expect(Object.keys(await versions())).toEqual([String(before)]);
    later(10 * MINUTE);
    await bindNew();
    expect(Object.keys(await versions())).toContain(String(before + 1));
  });

  test('a binding of the old version is found, and re-keyed when its account is presented', async () => {
    const { bindingId } = await bindNew();
    const old = keys().current().vault.index[0]?.version ?? 0;
    const next = await rotate();
    expect(next).toBe(old + 1);
    expect(await versions()).toEqual({ [old]: 3 });
    expect(await findsPasskey()).toBe(true);
    expect(await versions()).toEqual({ [next]: 3 });
    expect(await findsPasskey()).toBe(true);
    const { rows } = await network.database.pool.query('SELECT DISTINCT binding_id FROM binding_account');
    expect(rows).toEqual([{ binding_id: bindingId }]);
  });

  test('what is bound once more after the rotation stands once, under the new version', async () => {
    const { browser } = await bindNew();
    const next = await rotate();
    const { session, proof } = await enrol(network, browser);
    expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
    expect(await versions()).toEqual({ [next]: 3 });
  });

  test('sixteen presentations at once re-key each row once', async () => {
    await bindNew();
    const next = await rotate();
    const sessions = await Promise.all(Array.from({ length: 16 }, () => network.client.startSession()));
    expect(sessions.map(({ status }) => status)).toEqual(Array(16).fill(201));
    expect(await versions()).toEqual({ [next]: 3 });
  });

  test('a row that stands under both versions, as two processes may have written it, becomes one', async () => {
    const { bindingId } = await bindNew();
    const next = await rotate();
    await network.database.pool.query(
      `INSERT INTO binding_account SELECT binding_id, $1, $2, 'CARD', added_at FROM binding_account WHERE binding_id = $3 AND kind = 'CARD'`,
      [cardIndexes()[0], next, bindingId],
    );
    expect(await findsPasskey()).toBe(true);
    expect(await versions()).toEqual({ [next]: 3 });
  });

  test("a merchant's binding keeps standing for its card", async () => {
    const { bindingId } = await bindNew();
    const [old] = cardIndexes();
    await network.database.pool.query('UPDATE binding SET card_index = $1, card_last_four = $2', [old, '4444']);
    await rotate();
    const [current] = cardIndexes();
    expect(current).not.toEqual(old);
    await network.client.startSession();
    const { rows } = await network.database.pool.query('SELECT binding_id, card_index FROM binding');
    expect(rows).toEqual([{ binding_id: bindingId, card_index: current }]);
  });
});

/** The indexes of the test's card; the version in use comes first. */
function cardIndexes(): readonly Buffer[] {
  const card = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' };
  return lookupIndexes({ cards: [card] }, keys().current().vault);
}

describe('a version retires', () => {
  const file = (use: string, version: number) =>
    access(join(network.dataDir, 'keys', `${use}-${String(version).padStart(4, '0')}.json`)).then(
      () => 'there',
      () => 'gone',
    );

  test('of the index: when no row uses it, and not within the hour in which another process may still write by it', async () => {
    const next = await rotate();
    expect(await clear()).not.toContainEqual({ use: 'account-index', version: next - 1 });
    later(60 * MINUTE);
    expect(await clear()).toContainEqual({ use: 'account-index', version: next - 1 });
    expect(
      keys()
        .current()
        .vault.index.map(({ version }) => version),
    ).toEqual([next]);
    expect(await file('account-index', next - 1)).toBe('gone');
    expect(await file('account-index', next)).toBe('there');

    await bindNew();
    const after = await rotate();
    later(2 * 60 * MINUTE);
    await clear();
    expect(await file('account-index', next)).toBe('there'); // a row uses it
    expect(await findsPasskey()).toBe(true);
    expect(await clear()).toEqual([{ use: 'account-index', version: next }]);
    expect(await file('account-index', next)).toBe('gone');
    expect(await versions()).toEqual({ [after]: 3 });
  });

  test('of the index: at the latest after thirteen months, with the rows whose accounts were not presented in all that time', async () => {
    const { browser } = await bindNew();
    const old = keys().current().vault.index[0]?.version ?? 0;
    await rotate(); // in use from now on; from this day of 2026, thirteen months end on the same day of the month
    const inUse = network.now;
    // The passkey stays in use meanwhile, with other accounts.
    const other = {
      cards: [{ primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2032' }],
    };
    network.now = monthsAfter(inUse, 6, 0);
    const { body: session } = await network.client.startSession({ info: { accountReferences: other } });
    const { body: opened } = await browser.open(session.uri);
    expect(opened.scenario).toBe('USE');
    expect((await browser.result(browser.answer(opened))).status).toBe(200);
    network.now = monthsAfter(inUse, 13, -MINUTE);
    await clear();
    expect((await versions())[old]).toBe(3);
    network.now = monthsAfter(inUse, 13, 0);
    expect(await clear()).toContainEqual({ use: 'account-index', version: old });
    expect(await versions()).toEqual({});
    expect(await findsPasskey()).toBe(false);
  });

  test('of the encryption: when no live session was sealed by it; until then its sessions open', async () => {
    const { body: waiting } = await network.client.startSession();
    const old = keys().current().vault.encryption[0]?.version ?? 0;
    await rotate();
    expect((await network.browser().open(waiting.uri)).status).toBe(200);
    later(60 * MINUTE);
    await clear();
    expect(await file('account-encryption', old)).toBe('there'); // no sweep has run: the session still holds its accounts
    await network.database.pool.query(
      `UPDATE session SET state = 'expired', ended_at = expires_at, accounts = NULL WHERE accounts IS NOT NULL`,
    );
    expect(await clear()).toContainEqual({ use: 'account-encryption', version: old });
    expect(await file('account-encryption', old)).toBe('gone');
    expect((await network.client.startSession()).status).toBe(201);
  });
});

function monthsAfter(time: Date, months: number, milliseconds: number): Date {
  const moved = new Date(time.getTime());
  moved.setUTCMonth(moved.getUTCMonth() + months);
  return new Date(moved.getTime() + milliseconds);
}

describe('what was idle for thirteen months is deleted', () => {
  test('devices, passkeys with their bindings, and sessions; a day after nobody recognises them, and nothing a moment earlier', async () => {
    const { bindingId } = await bindNew();
    const used = network.now;
    const count = async (table: string) =>
      Number((await network.database.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
    const all = () => Promise.all(['device', 'passkey', 'binding', 'binding_account', 'session'].map(count));
    network.now = monthsAfter(used, 13, 0);
    await clear();
    expect(await all()).toEqual([1, 1, 1, 3, 1]);
    expect(bindingId).toBeTruthy();
    later(1);
    await clear();
    expect(await all()).toEqual([1, 1, 1, 3, 0]);
    later(24 * 60 * MINUTE - 1);
    await clear();
    expect(await all()).toEqual([1, 1, 1, 3, 0]);
    later(1);
    await clear();
    expect(await all()).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('an account in another spelling', () => {
  const card = (primaryAccountNumber: string) => ({
    cards: [{ primaryAccountNumber, panExpirationMonth: '12', panExpirationYear: '2032' }],
  });
  const UNICODE = { emailAddresses: ['zoe@bücher.example'], mobileNumbers: [] };
  const ASCII = { emailAddresses: ['zoe@xn--bcher-kva.example'], mobileNumbers: [] };
  const WITH_ZERO = { emailAddresses: [], mobileNumbers: [{ countryCode: '44', phoneNumber: '07911123456' }] };
  const WITHOUT = { emailAddresses: [], mobileNumbers: [{ countryCode: '44', phoneNumber: '7911123456' }] };
  type Contacts = Pick<AccountReferences, 'emailAddresses' | 'mobileNumbers'>;

  const bind = async (contacts: Contacts) => {
    const browser = network.browser();
    const { body: session } = await network.client.startSession({
      info: { accountReferences: { ...card('5555555555554444'), ...contacts } },
    });
    const { redirect } = (await browser.result(browser.answer((await browser.open(session.uri)).body))).body;
    await network.client.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
  };
  /** Whether a session with another card and these contacts finds the passkey. */
  const isFound = async (contacts: Contacts) => {
    const { body: session } = await network.client.startSession({
      info: { accountReferences: { ...card('5105105105105100'), ...contacts } },
    });
    return (await network.browser().open(session.uri)).body.alternative?.scenario === 'USE';
  };

  /** Makes the current index key look like a key of a release that had only normal form 1. */
  const ageIndexKey = async () => {
    const version = keys().current().vault.index[0]?.version ?? 0;
    const path = join(network.dataDir, 'keys', `account-index-${String(version).padStart(4, '0')}.json`);
    const { normalForm, ...file } = JSON.parse(await readFile(path, 'utf8'));
    expect(normalForm).toBe(NORMAL_FORM);
    await writeFile(`${path}.old`, JSON.stringify(file), { mode: 0o600 });
    await rename(`${path}.old`, path);
    await keys().refresh();
  };
  /** Gives the rows the indexes that such a release would have stored. */
  const ageRows = async (kind: 'EMAIL' | 'MOBILE', value: string) => {
    const [key] = keys().current().vault.index;
    if (key === undefined) throw new Error('There is an index key.');
    const index = indexOf({ kind, value }, key);
    const { rowCount } = await network.database.pool.query(
      'UPDATE binding_account SET account_index = $1 WHERE kind = $2',
      [index, kind],
    );
    expect(rowCount).toBe(1);
    return async () => {
      const { rows } = await network.database.pool.query<{ account_index: Buffer }>(
        'SELECT account_index FROM binding_account WHERE kind = $1',
        [kind],
      );
      return rows.map((row) => (row.account_index.equals(index) ? 'as it was' : 'moved'));
    };
  };

  test('is the same account: a domain in Unicode or in ASCII, a number with its trunk zero or without', async () => {
    await bind(UNICODE);
    expect([await isFound(UNICODE), await isFound(ASCII)]).toEqual([true, true]);
    await bind(WITH_ZERO);
    expect([await isFound(WITH_ZERO), await isFound(WITHOUT)]).toEqual([true, true]);
    const other = { emailAddresses: ['zoe@bucher.example'], mobileNumbers: WITHOUT.mobileNumbers.map(italian) };
    expect(await isFound(other)).toBe(false);
  });

  test.each([
    ['EMAIL', 'zoe@bücher.example', UNICODE, [UNICODE, ASCII]],
    ['MOBILE', '4407911123456', WITH_ZERO, [WITH_ZERO, WITHOUT]],
  ] as const)(
    '%s: what an earlier release indexed is found by every spelling, and moved when it is presented',
    async (kind, value, contacts, spellings) => {
      await ageIndexKey();
      for (const spelling of spellings) {
        await bind(contacts);
        const look = await ageRows(kind, value);
        expect(await look()).toEqual(['as it was']);
        expect(await isFound(spelling)).toBe(true);
        expect(await look()).toEqual(['moved']);
        expect(await isFound(spelling)).toBe(true);
        await network.database.pool.query('TRUNCATE binding, session CASCADE');
      }
      await rotate(); // after this rotation no lookup uses the earlier form
    },
  );

  const italian = (mobile: { readonly phoneNumber: string }) => ({ ...mobile, countryCode: '39' });
});

test('while there is one version, presenting an account costs no statement', async () => {
  const pool = { query: () => Promise.reject(new Error('nothing is asked')) } as never;
  const vault = { encryption: [], index: [{ version: 1, secret: Buffer.alloc(32), normalForm: NORMAL_FORM }] };
  const accounts = {
    emailAddresses: [`${randomUUID()}@bücher.example`],
    mobileNumbers: [{ countryCode: '44', phoneNumber: '07911123456' }],
  };
  await expect(rekeyAccounts(pool, accounts, vault)).resolves.toBeUndefined();
});
