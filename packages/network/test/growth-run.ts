/**
 * Measures how tables grow: writes fourteen months of sessions, runs what ends and deletes them, and compares the size of each table and
 * index with that of a rebuilt one.
 * node --conditions=source packages/network/test/growth-run.ts --sessions 1000000
 * Uses an embedded PostgreSQL in a temporary folder, or the empty one of --database postgres://…. A million sessions take about ten minutes
 * and 2 GB.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addSeconds } from '@payment-passkeys/protocol';
import { migrate, openDatabase } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { runRetention } from '../src/domain/retention/pass.ts';
import { expireSessions } from '../src/domain/sessions/store.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../src/process/network-database.ts';
import { addAgingClient, liveDay } from './aging.ts';

const DAYS = 425;
const DAY_SECONDS = 24 * 60 * 60;
const FIRST_DAY = new Date('2025-01-01T00:00:00Z');
/**
 * A network runs retention daily, and PostgreSQL autovacuum every minute. A day takes a second or two here, so both run less often than in a
 * real year.
 */
const CLEARING_DAYS = 10;
const REPORT_DAYS = 85;

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '100000' }, database: { type: 'string' } },
});
const perDay = Math.ceil(Number(values.sessions) / DAYS);
const folder = await mkdtemp(join(tmpdir(), 'payment-passkeys-growth-'));
await chmod(folder, 0o711); // as root the server runs as another user, who must be able to enter the folder
const database = await openDatabase({ databaseUrl: values.database, dataDir: folder, name: 'growth' });
const { pool } = database;
// A day's rows are a small part of a table, so PostgreSQL must find them by their keys, whatever it estimates for generate_series.
pool.on(
  'connect',
  (client) => void client.query('SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off'),
);
try {
  await migrate({ database, folder: MIGRATIONS, table: MIGRATIONS_TABLE });
  await addAgingClient(pool);
  let deleted = 0;
  for (let day = 0; day < DAYS; day++) {
    const from = addSeconds(FIRST_DAY, day * DAY_SECONDS);
    await liveDay(pool, { from, first: 1 + day * perDay, count: perDay });
    const evening = addSeconds(from, DAY_SECONDS);
    await expireSessions(pool, evening);
    if (day % CLEARING_DAYS === CLEARING_DAYS - 1) {
      deleted += await clear(pool, evening);
      await pool.query('VACUUM (ANALYZE)');
    }
    if (day % REPORT_DAYS === REPORT_DAYS - 1) await reportDay(pool, { day: day + 1, deleted });
  }
  await pool.query('VACUUM (ANALYZE)');
  await reportUpdates(pool);
  await reportSizes(pool);
} finally {
  await database.close();
  await rm(folder, { recursive: true, force: true });
}

/** Answers how many rows retention deleted. */
async function clear(pool: Pool, now: Date): Promise<number> {
  let deleted = 0;
  await runRetention({
    pool,
    clock: () => now,
    dueSince: now,
    holder: 'growth',
    pause: async () => {},
    onProgress: (batch) => {
      deleted += batch.deleted;
    },
  });
  return deleted;
}

async function reportDay(pool: Pool, { day, deleted }: { readonly day: number; readonly deleted: number }) {
  const { rows } = await pool.query<{ kept: number; table: number; indexes: number }>(
    `SELECT (SELECT count(*) FROM session) AS kept, pg_relation_size('session') AS table, pg_indexes_size('session') AS indexes`,
  );
  const [row] = rows;
  console.log(
    `day ${day}: ${day * perDay} sessions begun, ${row?.kept} kept, ${deleted} rows deleted; table ${megabytes(row?.table)}, indexes ${megabytes(row?.indexes)}`,
  );
}

/** Reports how many updates found space in their page and did not touch the indexes (HOT). */
async function reportUpdates(pool: Pool) {
  const { rows } = await pool.query<{ name: string; updates: number; hot: number; dead: number; live: number }>(
    `SELECT relname AS name, n_tup_upd AS updates, n_tup_hot_upd AS hot, n_dead_tup AS dead, n_live_tup AS live
     FROM pg_stat_user_tables WHERE n_tup_upd > 0 ORDER BY n_tup_upd DESC`,
  );
  console.log('\n| Table | Updates | in the same page | dead rows left | rows |\n|---|---|---|---|---|');
  for (const { name, updates, hot, dead, live } of rows) {
    console.log(`| ${name} | ${updates} | ${Math.round((100 * hot) / updates)} % | ${dead} | ${live} |`);
  }
}

/** Reports the size of each table beside the bytes of its rows, and of each index beside a rebuilt one. */
async function reportSizes(pool: Pool) {
  const before = await sizes(pool);
  const tables = [...new Set(before.map(({ table }) => table))];
  for (const table of tables) await pool.query(`REINDEX TABLE ${table}`);
  const anew = new Map((await sizes(pool)).map(({ name, bytes }) => [name, bytes]));
  console.log('\n| Of | Size | made anew | a row |\n|---|---|---|---|');
  for (const { table, name, bytes, rows } of before) {
    const fresh =
      name === table ? '' : `${megabytes(anew.get(name))} (${Math.round((100 * (anew.get(name) ?? 0)) / bytes)} %)`;
    console.log(`| ${name} | ${megabytes(bytes)} | ${fresh} | ${Math.round(bytes / Math.max(1, rows))} B |`);
  }
}

async function sizes(pool: Pool) {
  const { rows } = await pool.query<{ table: string; name: string; bytes: number; rows: number }>(
    `SELECT owner.relname AS table, part.relname AS name, pg_relation_size(part.oid) AS bytes, owner.reltuples::int8 AS rows
     FROM pg_class AS owner JOIN pg_stat_user_tables AS stat ON stat.relid = owner.oid
       JOIN pg_class AS part ON part.oid = owner.oid OR part.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = owner.oid)
     WHERE owner.reltuples > 100 ORDER BY pg_total_relation_size(owner.oid) DESC, owner.relname, part.relkind DESC, bytes DESC`,
  );
  return rows;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${(bytes / 1e6).toFixed(1)} MB`;
}
