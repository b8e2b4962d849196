/** Whether the database can store. On a full disk, or when the server is read only, queries are still answered. */
import { inTransaction } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

/** How long a success is cached, so that frequent callers cost the database nothing. */
const FRESH_SECONDS = 5;

/**
 * Writes half a megabyte to PostgreSQL's disk and removes it: a sort that may use 64 kB of memory goes through a temporary file. It touches
 * no table and writes no WAL. An UPDATE would not notice a full disk: it finds room in existing pages.
 */
async function probe(pool: Pool): Promise<void> {
  await inTransaction(pool, async (connection) => {
    await connection.query(`SET LOCAL work_mem = '64kB'`);
    const { rows } = await connection.query<{ read_only: boolean }>(
      `SELECT current_setting('transaction_read_only')::boolean AS read_only,
              count(DISTINCT repeat(md5(number::text), 32)) AS written
       FROM generate_series(1, 512) AS number`,
    );
    if (rows[0]?.read_only !== false) throw new Error('The database is read only.');
  });
}

/** Rejects when the database cannot store. Concurrent callers share one probe; a success is cached, a failure is not. */
export function createStoreProbe({
  pool,
  clock,
}: {
  readonly pool: Pool;
  readonly clock: () => Date;
}): () => Promise<void> {
  let latest: { readonly done: Promise<void>; readonly at: number } | undefined;
  return () => {
    const now = clock().getTime();
    if (latest !== undefined && Math.abs(now - latest.at) < FRESH_SECONDS * 1000) return latest.done;
    const asked = { done: probe(pool), at: now };
    latest = asked;
    asked.done.catch(() => {
      if (latest === asked) latest = undefined;
    });
    return asked.done;
  };
}
