/** The network on a Citus cluster, where CITUS_URL names one: its schema is distributed, and nothing is configured for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CITUS_URL, createDistributedDatabase, type DistributedDatabase } from './citus.ts';
import { startTestShop, type TestShop } from './shop.ts';
import { WHOLE_FLOW } from './whole-flow.ts';

if (!CITUS_URL) console.warn('!!! CITUS_URL names no Citus cluster: the tests on a distributed engine are SKIPPED.');

describe.skipIf(!CITUS_URL)('a distributed schema', () => {
  let database: DistributedDatabase;
  let at: TestShop;
  beforeAll(async () => {
    database = await createDistributedDatabase(CITUS_URL ?? '');
    at = await startTestShop({}, { database });
  });
  afterAll(() => at.network.stop());

  test('has every table of the network but the audit trail', async () => {
    const { rows } = await database.pool.query<{ kept: readonly string[] }>(
      `SELECT array_agg(relname::text ORDER BY relname) AS kept FROM pg_class
       WHERE relkind = 'r' AND relnamespace = ANY (current_schemas(false)::regnamespace[]) AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = oid)`,
    );
    expect(rows[0]?.kept).toEqual(['audit_entry', 'audit_head', 'audit_pending']);
  });

  test.each(WHOLE_FLOW)('%s', (_, step) => step(at));
});
