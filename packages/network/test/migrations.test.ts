/** Migrations on a database that the previous version has filled and still uses while they run. */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, findObjections, migrate } from '@payment-passkeys/storage';
import {
  createTestBrowser,
  createTestClient,
  createThrowawayDatabase,
  type NetworkAddress,
  type TestBrowser,
  type TestClient,
} from '@payment-passkeys/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { saveClient } from '../src/domain/clients/store.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../src/process/network-database.ts';
import { type RunningNetwork, startNetwork } from '../src/process/start.ts';
import { bySetUp } from './by-set-up.ts';
import { proofOf } from './running-network.ts';
import written from './written-by-0004.json' with { type: 'json' };

const BEFORE = '0004';
const files = (await readdir(MIGRATIONS)).sort();

/** Migrations that change two tables in one transaction, because they are older than the rule against it. */
const OLDER_THAN_A_RULE = ['0009-card-brand.sql', '0012-bindings.sql', '0001-outcomes.sql'];

const objectionsTo = (name: string, text: string) =>
  findObjections(name, text).filter(
    ({ reason }) => !(OLDER_THAN_A_RULE.includes(name) && reason.includes('while it holds another')),
  );

/** A database with the schema of the previous version, and no rows. */
async function openBefore(poolSize: number): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'payment-passkeys-before-'));
  for (const name of files.filter((file) => file.slice(0, 4) <= BEFORE)) {
    await cp(new URL(name, MIGRATIONS), join(folder, name));
  }
  const database = await createThrowawayDatabase({ poolSize });
  await migrate({ database, folder, table: MIGRATIONS_TABLE }).finally(() => rm(folder, { recursive: true }));
  return database;
}

describe('every file from the fifth on', () => {
  test.each(files.filter((file) => file.slice(0, 4) > BEFORE))('%s locks nobody out for long', async (name) => {
    expect(objectionsTo(name, await readFile(new URL(name, MIGRATIONS), 'utf8'))).toEqual([]);
  });

  test('and so does every file of the sandbox, whose tables are sandbox_… or were in its own schema', async () => {
    const sandbox = new URL('../src/sandbox/migrations/', import.meta.url);
    for (const name of await readdir(sandbox)) {
      const text = await readFile(new URL(name, sandbox), 'utf8');
      expect(objectionsTo(name, text)).toEqual([]);
      const tables = [...text.matchAll(/\b(?:CREATE|ALTER|DROP) TABLE (?:IF (?:NOT )?EXISTS )?(\S+)/g)];
      expect(tables.map(([, table]) => table).filter((table) => !/^sandbox[._]/.test(table ?? ''))).toEqual([]);
    }
  });

  test('the rules would have refused what the first four do', async () => {
    const objections = await Promise.all(
      files.slice(0, 4).map(async (name) => findObjections(name, await readFile(new URL(name, MIGRATIONS), 'utf8'))),
    );
    expect(objections.flat().length).toBeGreaterThan(10);
  });
});

describe('what the program as of migration 0004 had under way', () => {
  const now = new Date('2026-11-24T12:05:00Z');
  let database: Database;
  let dataDir: string;
  let running: RunningNetwork;
  let client: TestClient;
  let at: NetworkAddress;

  beforeAll(async () => {
    database = await openBefore(4);
    await restore(database.pool);
    dataDir = await mkdtemp(join(tmpdir(), 'network-'));
    await writeKeys(join(dataDir, 'keys'));
    const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
    running = await startNetwork({ config: { ...config, port: 0 }, clock: () => now });
    at = { address: running.address, publicUrl: config.publicUrl };
    // The private key of the stored client is lost, so the client gets a new key.
    client = await createTestClient(at, { clock: () => now });
    await saveClient(database.pool, readRegistration(client.registration), bySetUp(now));
  });
  afterAll(async () => {
    await running?.stop();
    await database.close();
    await rm(dataDir, { recursive: true });
  });

  const { handles } = written;
  const browserWith = (cookies: Readonly<Record<string, string>>): TestBrowser => {
    const browser = createTestBrowser(at);
    for (const [name, value] of Object.entries(cookies)) browser.cookies.set(name, value);
    return browser;
  };
  const bind = (session: { readonly authenticationSessionId: string }, proofOfAuthentication: string) =>
    client.bind({ authenticationSessionId: session.authenticationSessionId, proofOfAuthentication });

  test('was written by it, and every table of it is as full afterwards', async () => {
    for (const [table, rows] of Object.entries(written.rows).filter(([name]) => name !== 'request_nonce')) {
      const { rows: counted } = await database.pool.query(`SELECT count(*)::int AS count FROM ${table}`);
      expect([table, counted[0].count]).toEqual([table, rows.length]);
    }
    expect(written.rows.session.map(({ state }) => state).sort()).toEqual([
      'bound',
      'cancelled',
      'created',
      'enrolled',
      'failed',
      'opened',
      'opened',
    ]);
  });

  test('a session that nobody had opened is opened, enrolled and bound', async () => {
    const browser = createTestBrowser(at);
    const { session } = handles.created;
    const opened = await browser.open(session.uri);
    expect(opened.status).toBe(200);
    const { body } = await browser.result(browser.answer(opened.body));
    expect((await bind(session, proofOf(body.redirect))).status).toBe(201);
  });

  test('a passkey that was being made is made', async () => {
    const { session, cookies, credential } = handles.opened;
    const result = await browserWith(cookies).result(credential);
    expect(result.status).toBe(200);
    expect((await bind(session, proofOf(result.body.redirect))).status).toBe(201);
  });

  test('a passkey that was being used is used, and has the binding that it had', async () => {
    const { session, cookies, credential } = handles.using;
    const result = await browserWith(cookies).result(credential);
    expect(result.status).toBe(200);
    const { status, body } = await bind(session, proofOf(result.body.redirect));
    expect([status, body.bindingId, body.credentialId]).toEqual([
      201,
      handles.bound.bindingId,
      handles.bound.credentialId,
    ]);
  });

  test('a proof that was on its way is bound, and one that was bound is answered as then', async () => {
    expect((await bind(handles.enrolled.session, handles.enrolled.proof)).status).toBe(201);
    const again = await bind(handles.bound.session, handles.bound.proof);
    expect([again.status, again.body.bindingId]).toEqual([200, handles.bound.bindingId]);
  });

  test('the device is recognised by the cookie that it was given', async () => {
    const { body: session } = await client.startSession();
    const { '__Host-device': device } = handles.using.cookies;
    expect((await browserWith({ '__Host-device': device }).open(session.uri)).body.scenario).toBe('USE');
  });
});

describe('while the migrations run, the version before', () => {
  const SESSIONS = 100_000;
  let database: Database;
  beforeAll(async () => {
    database = await openBefore(8);
    await addSessions(database.pool, SESSIONS);
  });
  afterAll(() => database.close());

  test('reads, inserts and updates beside the building of an index, and waits for nothing longer than for an ALTER TABLE of a moment', async () => {
    const { pool } = database;
    const filenode = await filenodeOf(pool);
    // CREATE INDEX CONCURRENTLY waits for open readers such as this one. A step that ends while this reader is open has not waited for the index.
    const reader = await pool.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT FROM client');
    const migrating = migrate({ database, folder: MIGRATIONS, table: MIGRATIONS_TABLE });
    await vi.waitFor(async () => expect(await indexUnderConstruction(pool)).toBe('session'), {
      timeout: 120_000,
      interval: 20,
    });
    for (let round = 0; round < 20; round++) await step(pool, `beside ${round}`);
    expect(await indexUnderConstruction(pool)).toBe('session');

    let running = true;
    const traffic = ['a', 'b'].map(async (name) => {
      let steps = 0;
      for (; running; steps++) await step(pool, `${name} ${steps}`);
      return steps;
    });
    const samples: number[] = [];
    const sampling = (async () => {
      while (running) samples.push(await countWaiting(pool));
    })();
    await reader.query('COMMIT');
    reader.release();
    await migrating;
    running = false;
    await sampling;
    const steps = (await Promise.all(traffic)).reduce((total, some) => total + some);
    // If the building of the index locked the traffic out, both writers would be waiting at nearly every check.
    expect(samples.filter((waiting) => waiting > 0).length).toBeLessThan(samples.length / 2);
    expect(await filenodeOf(pool)).toBe(filenode); // the table was never rewritten
    const { rows } = await pool.query("SELECT count(*)::int AS count FROM session WHERE state = 'opened'");
    expect(rows[0].count).toBe(20 + steps);
  });

  test('is refused nothing afterwards', async () => {
    for (let round = 0; round < 3; round++) await step(database.pool, `after ${round}`);
  });
});

/** The table whose index is being built. */
async function indexUnderConstruction(pool: Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ table: string }>(
    'SELECT relid::regclass::text AS table FROM pg_stat_progress_create_index WHERE datname = current_database()',
  );
  return rows[0]?.table;
}

/** Statements of the traffic that are waiting for a lock. */
async function countWaiting(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `SELECT count(*) AS waiting FROM pg_stat_activity
     WHERE datname = current_database() AND application_name <> $1 AND wait_event_type = 'Lock'`,
    [MIGRATIONS_TABLE],
  );
  return rows[0]?.waiting ?? 0;
}

async function filenodeOf(pool: Pool): Promise<unknown> {
  return (await pool.query("SELECT pg_relation_filenode('session') AS filenode")).rows[0]?.filenode;
}

/** Sessions that have ended. */
async function addSessions(pool: Pool, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO client (client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries, updated_at)
     VALUES ('busy', 'A busy bank', 'issuer', 'busy!key', '{none}', '{}', '{}', '{US}', now())`,
  );
  await pool.query(
    `INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at, token_hash, ended_at)
     SELECT 'session ' || n, 'busy', 'client ' || n, '', 'ACCOUNT_LOGIN', 'expired', now(), now(), '', now() FROM generate_series(1, $1::int) AS n`,
    [count],
  );
}

/** Starts, finds and opens a session by the statements of migration 0004, without their parts for payments. */
async function step(pool: Pool, id: string): Promise<void> {
  await pool.query(
    `INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at, callback_uri, locale,
                          verification, consent, compliance, accounts, token_hash)
     SELECT $1, 'busy', $1, '', 'ACCOUNT_LOGIN', 'created', now(), now() + interval '15 minutes', NULL, 'en', '{}'::jsonb, '{}'::jsonb, NULL, '\\x01', '\\x02'
     ON CONFLICT DO NOTHING`,
    [id],
  );
  const found = await pool.query(
    `SELECT session_id, session.client_id, client.name AS client_name, client.suspended_at IS NOT NULL AS client_suspended, client.attestation,
            state, expires_at, accounts, verification_id, token_hash, ceremony_hash, passkey_id
     FROM session JOIN client USING (client_id) WHERE session_id = $1`,
    [id],
  );
  expect(found.rowCount).toBe(1);
  const opened = await pool.query(
    `UPDATE session SET state = CASE WHEN state = 'created' THEN 'opened' ELSE state END, ceremony_hash = sha256($1::bytea), challenge = '\\x03',
                        user_handle = '\\x04', return_to = 'https://bank.example/', compliance = NULL
     WHERE session_id = $1 AND expires_at > now() AND state = 'created' AND token_hash = '\\x02'`,
    [id],
  );
  expect(opened.rowCount).toBe(1);
}

async function restore(pool: Pool): Promise<void> {
  for (const [table, rows] of Object.entries(written.rows)) {
    await pool.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  }
}

async function writeKeys(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const [name, key] of Object.entries(written.keys)) {
    await writeFile(join(folder, name), JSON.stringify(key), { mode: 0o600 });
  }
  await chmod(folder, 0o700);
}
