/**
 * Through PgBouncer in transaction mode: prepared statements, migrations, housekeeping, the command line, and what a pooler does not
 * support.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, StorageError } from '@payment-passkeys/storage';
import { createTestClient, createThrowawayDatabase, type TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRegistration } from '../src/domain/clients/registration.ts';
import { listClients, saveClient } from '../src/domain/clients/store.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { examine } from '../src/process/doctor.ts';
import { clearOut, sweep } from '../src/process/housekeeping.ts';
import { openNetworkDatabase } from '../src/process/network-database.ts';
import { type RunningNetwork, startNetwork } from '../src/process/start.ts';
import { bySetUp } from './by-set-up.ts';
import { startLoad } from './enrolment-load.ts';
import { findPgBouncer, type Pooler, startPooler } from './pgbouncer.ts';
import { UNLIMITED } from './serving-process.ts';

const found = findPgBouncer();
const GET_ONE = 'apt-get install pgbouncer, and name the program in PGBOUNCER where it is not on the path';
const PREPARED = ['max_prepared_statements = 100'];
const clock = () => new Date();

let database: Database;
let dataDir: string;
beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 2 });
  dataDir = await mkdtemp(join(tmpdir(), 'pooler-'));
});
afterAll(async () => {
  await database.close();
  await rm(dataDir, { recursive: true });
});

const environment = (pooler: Pooler) => ({
  ...UNLIMITED,
  DATABASE_URL: pooler.url,
  DATA_DIR: dataDir,
  PUBLIC_URL: 'http://verify.localhost:4000',
  LOG_LEVEL: 'silent',
  DATABASE_STATEMENT_TIMEOUT: '3',
});

describe.skipIf(found?.keepsPreparedStatements !== true)(`needs PgBouncer 1.21 or newer: ${GET_ONE}`, () => {
  let pooler: Pooler;
  let client: TestClient;
  const networks: RunningNetwork[] = [];
  beforeAll(async () => {
    pooler = await startPooler(database.url, PREPARED);
    const config = { ...readConfig({ ...environment(pooler), DATABASE_STATEMENT_TIMEOUT: '60' }), port: 0 };
    // The first network migrates the database through the pooler.
    for (let place = 0; place < 2; place++) networks.push(await startNetwork({ config, clock }));
    client = await createTestClient(at(0), { clock });
    await saveClient(database.pool, readRegistration(client.registration), bySetUp(clock()));
  });
  afterAll(async () => {
    for (const network of networks) await network.stop();
    await pooler.stop();
  });
  const at = (place: number) => ({
    address: networks[place]?.address ?? '',
    publicUrl: 'http://verify.localhost:4000',
  });

  test('enrolments at two networks at once, more at a time than the pooler has servers, with housekeeping in between', {
    timeout: 300_000,
  }, async () => {
    const [first] = networks;
    if (first === undefined) throw new Error('There are two.');
    const load = startLoad(Array.from({ length: 8 }, (_, lane) => ({ client, at: at(lane % 2) })));
    await sweep(first.network);
    await clearOut(first.network);
    await expect.poll(load.done, { timeout: 120_000 }).toBeGreaterThan(24);
    const bound = await load.stop();
    expect(load.failures).toEqual([]);
    expect(Number((await database.pool.query('SELECT count(*) FROM binding')).rows[0].count)).toBe(bound);
    const servers = await database.pool.query(
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(Number(servers.rows[0].count)).toBeLessThanOrEqual(3 + 1); // three of the pooler, and one of the test itself
  });

  test('what the command line does', async () => {
    const tool = await openNetworkDatabase(readConfig(environment(pooler)));
    expect(await listClients(tool.pool)).toHaveLength(1);
    await tool.close();
  });

  test('a statement that is stuck is answered 503 with Retry-After, though the pooler takes no time limits', async () => {
    const network = await startNetwork({ config: { ...readConfig(environment(pooler)), port: 0 }, clock });
    const here = { address: network.address, publicUrl: 'http://verify.localhost:4000' };
    const changes = { clientId: 'stuck', consumerKey: 'stuck', accountRanges: ['411111'] };
    const caller = await createTestClient(here, { clock, changes });
    await saveClient(database.pool, readRegistration(caller.registration), bySetUp(clock()));
    const holder = await database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE request_nonce');
      const { status, headers } = await caller.startSession();
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
      await network.stop();
    }
  });

  test('doctor says that time limits have to be set in the server', async () => {
    const findings = await examine({ env: environment(pooler), clock, resolves: async () => true });
    expect(findings.filter(({ verdict }) => verdict !== 'OK')).toEqual([
      {
        verdict: 'WARNING',
        about: 'DATABASE_URL',
        text: expect.stringMatching(/^is a pooler .* ALTER ROLE .* statement_timeout = '3s'/),
      },
    ]);
  });
});

describe.skipIf(found === undefined)(`needs PgBouncer: ${GET_ONE}`, () => {
  test('one that keeps no prepared statements is refused at the start, with what to do', async () => {
    const settings = found?.keepsPreparedStatements ? ['max_prepared_statements = 0'] : [];
    const pooler = await startPooler(database.url, settings);
    try {
      const starting = startNetwork({ config: { ...readConfig(environment(pooler)), port: 0 }, clock });
      await expect(starting).rejects.toThrow(StorageError);
      await expect(starting).rejects.toMatchObject({
        code: 'POOLER_UNSUITABLE',
        message: expect.stringContaining('max_prepared_statements above 0'),
      });
    } finally {
      await pooler.stop();
    }
  });
});
