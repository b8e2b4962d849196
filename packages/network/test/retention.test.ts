/** Retention and expiry of a backlog: deleted and kept rows, small batches, one process at a time, and concurrent traffic. */
import type { Pool, PoolClient, QueryConfig } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { forgetNonces } from '../src/domain/clients/nonce-store.ts';
import { type RetentionProgress, runRetention } from '../src/domain/retention/pass.ts';
import { SUBJECTS } from '../src/domain/retention/store.ts';
import { expireSessions } from '../src/domain/sessions/store.ts';
import { clearOut, startHousekeeping } from '../src/process/housekeeping.ts';
import { addAgingClient, liveDay, WITH_RESULT } from './aging.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Fourteen months ago. */
const LONG_AGO = new Date('2025-09-24T00:00:00Z');
const BACKLOG = 1_300;

let network: TestNetwork;
let pool: Pool;
beforeAll(async () => {
  // Switches off the network's own sweeps, which would end sessions of these tests.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  network = await startTestNetwork({}, NOW);
  vi.useRealTimers();
  pool = network.database.pool;
  await addAgingClient(pool);
});
afterAll(() => network.stop());
beforeEach(async () => {
  network.now = NOW;
  await pool.query(
    'TRUNCATE session, consent_record, binding_account, binding, device_passkey, device, passkey, request_nonce CASCADE',
  );
  await pool.query('UPDATE retention SET next_page = 0, ended_at = NULL, holder = NULL, held_until = NULL');
});

const count = async (what: string) =>
  (await pool.query<{ count: number }>(`SELECT count(*) FROM ${what}`)).rows[0]?.count;
const counts = (...tables: readonly string[]) => Promise.all(tables.map(count));

/** Runs a pass by `holder`; answers its batches. */
async function retain(holder = 'one', on: Pool = pool, pause = async () => {}): Promise<readonly RetentionProgress[]> {
  const batches: RetentionProgress[] = [];
  await runRetention({
    pool: on,
    clock: () => network.now,
    dueSince: network.now,
    holder,
    pause,
    onProgress: (batch) => batches.push(batch),
  });
  return batches;
}

const deleted = (batches: readonly RetentionProgress[]) => batches.reduce((total, batch) => total + batch.deleted, 0);

/** Ended sessions of fourteen months ago. Their passkeys and devices were never used since. */
async function addBacklog(): Promise<void> {
  await liveDay(pool, { from: LONG_AGO, first: 1, count: BACKLOG });
  await expireSessions(pool, new Date(LONG_AGO.getTime() + DAY));
}

describe('what is kept, and for how long', () => {
  const months = (count: number, milliseconds = 0) => {
    const moved = new Date(NOW);
    moved.setUTCMonth(moved.getUTCMonth() - count);
    return new Date(moved.getTime() + milliseconds);
  };
  const days = (count: number, milliseconds = 0) => new Date(NOW.getTime() - count * DAY + milliseconds);
  const PROVEN = `proof_hash = '\\x01'`;

  test('a tombstone and a replaced card: 13 months', async () => {
    await pool.query('TRUNCATE deleted_binding, account_replacement');
    for (const [id, time] of [
      ['kept', months(13)],
      ['gone', months(13, -1)],
    ]) {
      await pool.query(
        `INSERT INTO deleted_binding (binding_id, passkey_id, client_id, account_kinds, suspended_by, created_at, deleted_at, deleted_by, reason_code)
         VALUES ($1, 'p', 'c', '{}', '{}', $2, $2, 'ISSUER', 'DEVICE_LOST')`,
        [id, time],
      );
      await pool.query('INSERT INTO account_replacement VALUES ($1, $2, 1, $3)', [Buffer.from(String(id)), id, time]);
    }
    await retain();
    expect((await pool.query('SELECT binding_id FROM deleted_binding')).rows).toEqual([{ binding_id: 'kept' }]);
    expect((await pool.query('SELECT client_id FROM account_replacement')).rows).toEqual([{ client_id: 'kept' }]);
  });

  test.each([
    ['bound', PROVEN, months(13), months(13, -1)],
    ['approved', PROVEN, months(13), months(13, -1)],
    ['cancelled', `end_reason = 'USER_CANCELLATION'`, days(30), days(30, -1)],
    ['failed', `end_reason = 'CREDENTIALS_NOT_VERIFIED'`, days(30), days(30, -1)],
    ['superseded', 'end_reason = NULL', days(30), days(30, -1)],
    ['expired', 'end_reason = NULL', days(30), days(30, -1)],
  ])('%s: by the time since its end', async (state, columns, kept, gone) => {
    await liveDay(pool, { from: LONG_AGO, first: 1, count: 2 });
    const [first, second] = (await pool.query<{ session_id: string }>('SELECT session_id FROM session ORDER BY 1'))
      .rows;
    const end = `UPDATE session SET state = $1, ${columns}, ended_at = $2, accounts = NULL WHERE session_id = $3`;
    await pool.query(end, [state, kept, first?.session_id]);
    await pool.query(end, [state, gone, second?.session_id]);
    await retain();
    expect((await pool.query('SELECT session_id FROM session')).rows).toEqual([first]);
  });

  test('a session that is not over, however old', async () => {
    await liveDay(pool, { from: LONG_AGO, first: 15, count: 4 }); // enrolled, opened, and two created
    await retain();
    expect(await count("session WHERE state IN ('created', 'opened', 'enrolled')")).toBe(4);
  });

  test('a consent that was taken here, with its session, for as long as the passkey that it led to, and thirteen months', async () => {
    await addBacklog();
    await pool.query(
      `INSERT INTO consent_record SELECT session_id, created_at, 'aging', 'en', 'I agree.', '[]' FROM session WHERE state IN ('bound', 'cancelled')`,
    );
    await pool.query(
      "UPDATE passkey SET last_used_at = $1 WHERE passkey_id = (SELECT min(passkey_id) FROM session WHERE state = 'bound')",
      [NOW],
    );
    await retain(); // deletes sessions before most passkeys: those without a consent, and the cancelled ones
    await retain(); // deletes the sessions whose passkey the first pass has deleted
    expect(await count('consent_record')).toBe(await count('session'));
    expect(await counts('passkey', "session WHERE state = 'bound'")).toEqual([1, await count('session')]);
    expect(await count('consent_record')).toBeGreaterThan(0);
  });

  test('a passkey takes its attachments and bindings along, and no other', async () => {
    await addBacklog();
    await pool.query('DELETE FROM session');
    await liveDay(pool, { from: new Date(NOW.getTime() - DAY), first: 10_001, count: 200 });
    const recent = await pool.query('SELECT passkey_id FROM passkey WHERE last_used_at > $1 ORDER BY 1', [
      new Date(NOW.getTime() - 2 * DAY),
    ]);
    expect(recent.rows.length).toBeLessThan(Number(await count('passkey')));
    await retain();
    expect((await pool.query('SELECT passkey_id FROM passkey ORDER BY 1')).rows).toEqual(recent.rows);
    for (const table of ['device_passkey', 'binding']) {
      expect(await count(`${table} WHERE passkey_id NOT IN (SELECT passkey_id FROM passkey)`)).toBe(0);
      expect(await count(table)).toBeGreaterThan(0);
    }
    expect(await count('binding_account WHERE binding_id NOT IN (SELECT binding_id FROM binding)')).toBe(0);
  });
});

test('a client that sessions or bindings name is not deleted; they lock its row no more than that', async () => {
  await addBacklog();
  const deleteClient = () => pool.query("DELETE FROM client WHERE client_id = 'aging'");
  await expect(deleteClient()).rejects.toMatchObject({ code: '23503' });
  await pool.query('TRUNCATE session CASCADE');
  await expect(deleteClient()).rejects.toMatchObject({ code: '23503' });
  const held = await hold("SELECT FROM client WHERE client_id = 'aging' FOR UPDATE");
  await liveDay(pool, { from: NOW, first: 20_001, count: 4 });
  await held.letGo();
  await pool.query('TRUNCATE session, binding CASCADE');
  expect((await deleteClient()).rowCount).toBe(1);
  await addAgingClient(pool);
});

describe('a pass', () => {
  test('reads and deletes little at a time, and comes to the end of every table', async () => {
    await addBacklog();
    const batches = await retain();
    expect(batches.map(({ deleted: rows }) => rows).every((rows) => rows <= 500)).toBe(true);
    expect(batches.filter(({ ended }) => ended).map(({ subject }) => subject)).toEqual(SUBJECTS);
    expect(batches.length).toBeGreaterThan(BACKLOG / 500);
    for (const [index, { subject, nextPage }] of batches.entries()) {
      const before = batches[index - 1];
      const pages = nextPage - (before?.subject === subject ? before.nextPage : 0);
      // After 128 pages a batch skips pages without rows, of which there are a few here.
      expect(pages).toBeLessThan(128 + 32);
    }
    expect(await counts('session', 'device', 'passkey', 'device_passkey', 'binding', 'binding_account')).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
  });

  test('that was cut off is gone on with where it stopped, once its holder has been silent for a minute', async () => {
    await addBacklog();
    let left = 2;
    const cutOff = retain('one', pool, async () => {
      left -= 1;
      if (left === 0) throw new Error('The process dies.');
    });
    await expect(cutOff).rejects.toThrow('The process dies.');
    expect(await count('session')).toBeGreaterThan(0);
    expect(await retain('two')).toEqual([]);
    network.now = new Date(NOW.getTime() + MINUTE);
    const [first] = await retain('two');
    expect(first?.subject).toBe('session');
    expect(first?.nextPage).toBeGreaterThan(128);
    expect(await count('session')).toBe(0);
  });

  test('of eight processes that begin at once is one process’s', async () => {
    await addBacklog();
    const passes = await Promise.all(Array.from({ length: 8 }, (_, index) => retain(`process ${index}`)));
    expect(passes.filter((batches) => batches.length > 0)).toHaveLength(1);
    expect(await count('session')).toBe(0);
  });

  test('is due again a day later: read once, a table is left alone', async () => {
    await retain();
    const again = (now: Date) =>
      runRetention({
        pool,
        clock: () => now,
        dueSince: new Date(now.getTime() - DAY),
        holder: 'two',
        pause: async () => {},
        onProgress,
      });
    const onProgress = vi.fn();
    await again(new Date(NOW.getTime() + DAY - 1));
    expect(onProgress).not.toHaveBeenCalled();
    await again(new Date(NOW.getTime() + DAY));
    expect(onProgress).toHaveBeenCalledTimes(SUBJECTS.length);
  });

  test('leaves what somebody has in hand for the next one, and does not wait', async () => {
    await addBacklog();
    const held = await hold('SELECT FROM session LIMIT 1 FOR UPDATE');
    await retain();
    expect(await count('session')).toBe(1);
    await held.letGo();
    await retain();
    expect(await count('session')).toBe(0);
  });

  test('gives way where it would have to wait with rows in hand: the accounts of an idle passkey that are being re-keyed', async () => {
    await addBacklog();
    const held = await hold('DELETE FROM binding_account WHERE binding_id = (SELECT min(binding_id) FROM binding)');
    await expect(retain()).rejects.toMatchObject({ code: '55P03' });
    expect(await locksAwaited()).toEqual([]);
    await held.letGo();
    network.now = new Date(NOW.getTime() + MINUTE);
    await retain('two');
    expect(await counts('session', 'passkey', 'binding_account')).toEqual([0, 0, 0]);
  });
});

/** A transaction that stays open with the locks of `sql`. */
async function hold(sql: string) {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(sql);
  let held = true;
  const letGo = async () => {
    if (!held) return;
    held = false;
    await client.query('ROLLBACK');
    client.release();
  };
  onTestFinished(letGo); // also if the test fails
  return { letGo };
}

/** Statements that are waiting for a lock. */
async function locksAwaited(): Promise<readonly string[]> {
  const { rows } = await pool.query<{ query: string }>(
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows.map(({ query }) => query);
}

/** The pool, with a pause before each COMMIT of a batch: its rows are locked, and other connections still see them. */
function stopBeforeCommit(stop: (subject: unknown) => Promise<void>): Pool {
  const stopping = (client: PoolClient) => {
    let subject: unknown;
    const query = async (given: string | QueryConfig) => {
      if (given === 'COMMIT') await stop(subject);
      if (typeof given === 'string') return client.query(given);
      if (given.text.startsWith('UPDATE retention')) subject = SUBJECTS.find((one) => given.values?.includes(one));
      return client.query(given);
    };
    return { query, release: (broken?: boolean) => client.release(broken) };
  };
  const connect = async () => stopping(await pool.connect());
  return { connect, query: pool.query.bind(pool) } as unknown as Pool; // the two connections that retention uses
}

describe('the flow', () => {
  /** Makes a passkey and binds it, uses it and binds again. */
  async function flow(): Promise<void> {
    const browser = network.browser();
    for (let round = 0; round < 2; round++) {
      const { session, proof } = await enrol(network, browser);
      expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
    }
    await expireSessions(pool, network.now);
  }

  test('goes on while a batch of each table holds all that it has locked', async () => {
    await addBacklog();
    const waits: string[] = [];
    const stoppedIn = new Set<unknown>();
    const stopping = stopBeforeCommit(async (subject) => {
      if (stoppedIn.has(subject)) return;
      stoppedIn.add(subject);
      await flow(); // would hang if it waited for the locked rows
      waits.push(...(await locksAwaited()));
    });
    const batches = await retain('one', stopping);
    const first = ['session', 'device', 'passkey'].map((subject) => batches.find((batch) => batch.subject === subject));
    for (const batch of first) expect(batch?.deleted).toBeGreaterThan(0);
    expect([...stoppedIn]).toEqual(SUBJECTS);
    expect(waits).toEqual([]);
  });

  test('never waits for a lock while a backlog is deleted', async () => {
    await addBacklog();
    const waits: string[] = [];
    let running = true;
    const sampling = (async () => {
      while (running) waits.push(...(await locksAwaited()));
    })();
    const enrolling = (async () => {
      while (running) await flow();
    })();
    const batches = await retain('one', pool, () => new Promise((resolve) => setImmediate(resolve)));
    running = false;
    await Promise.all([sampling, enrolling]);
    expect(deleted(batches)).toBeGreaterThan(BACKLOG);
    expect(waits).toEqual([]);
    expect(await count("session WHERE state = 'bound'")).toBeGreaterThanOrEqual(2);
  });
});

describe('expiry', () => {
  test('in batches, by several processes at once, each session once; what is in hand is left for the next sweep', async () => {
    const begun = 2 * BACKLOG;
    await liveDay(pool, { from: LONG_AGO, first: 1, count: begun });
    const open = Number(await count('session WHERE ended_at IS NULL'));
    expect(open).toBeGreaterThan(500);
    const held = await hold('SELECT FROM session WHERE ended_at IS NULL ORDER BY expires_at LIMIT 1 FOR UPDATE');
    const ended = await Promise.all(Array.from({ length: 3 }, () => expireSessions(pool, NOW)));
    const sessions = ended.flatMap((byClient) => [...byClient.values()]);
    expect(sessions.reduce((total, some) => total + some)).toBe(open - 1);
    await held.letGo();
    expect([...(await expireSessions(pool, NOW)).values()]).toEqual([1]);
    expect(
      await counts(
        'session WHERE accounts IS NOT NULL',
        "session WHERE state = 'expired' AND ended_at = '2026-11-24T12:00:00Z'",
      ),
    ).toEqual([0, open]);
    expect(open).toBe(Math.round(begun * (1 - WITH_RESULT - 4 / 20)));
  });

  test('of nonces: each once, in batches, the fresh ones stay', async () => {
    const add = `INSERT INTO request_nonce SELECT 'key', $1::timestamptz - n % 7 * interval '1 second', 'nonce' || n FROM generate_series(1, $2::int) AS n`;
    await pool.query(add, [new Date(NOW.getTime() - 11 * MINUTE), 2_500]);
    await pool.query(add, [NOW, 10]);
    const forgotten = await Promise.all(Array.from({ length: 3 }, () => forgetNonces(pool, NOW)));
    expect(forgotten.reduce((total, some) => total + some)).toBe(2_500);
    expect(await count('request_nonce')).toBe(10);
  });
});

describe('seen from outside', () => {
  test('a pass counts what it deleted, and how far it has come', async () => {
    await addBacklog();
    await clearOut(network.running.network);
    const metrics = await network.running.network.metrics.registry.metrics();
    expect(metrics).toContain(`payment_passkeys_deleted_rows_total{table="session"} ${BACKLOG}`);
    for (const table of ['session', 'device', 'passkey'])
      expect(metrics).toContain(`payment_passkeys_retention_progress_ratio{table="${table}"} 1`);
  });

  test('housekeeping looks every ten minutes, says in the log what a pass did, and tells every process when the last one ended', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const stop = startHousekeeping(
      { ...network.running.network, pool, deliveryPool: pool, refreshMetadata: async () => {} },
      log,
    );
    vi.advanceTimersByTime(10 * MINUTE);
    vi.useRealTimers();
    const ended = `payment_passkeys_retention_pass_end_timestamp_seconds{table="passkey"} ${NOW.getTime() / 1000}`;
    await vi.waitFor(
      async () => expect(await network.running.network.metrics.registry.metrics()).toContain(ended),
      10_000,
    );
    await stop();
    expect(log.error).not.toHaveBeenCalled();
    // Not the line about the head of the audit trail.
    const ofTables = log.info.mock.calls.filter(([fields]) => fields.table !== undefined);
    expect(ofTables.map(([fields, line]) => [fields.table, line])).toEqual(
      SUBJECTS.map((table) => [table, 'retention has gone through a table']),
    );
  });
});
