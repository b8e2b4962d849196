/** Whether the database can store: a full disk, or a server that is read only, answers questions as before. */
import { inTransaction } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

/** How long an answer that it can is believed: whoever asks more often costs the database nothing more. */
const FRESH_SECONDS = 5;

/**
 * Writes half a megabyte to PostgreSQL's disk and takes it away again: a sort that may use 64 kB of memory goes through a temporary file. No
 * table is touched and nothing is logged ahead. An UPDATE would not do: it finds room in the pages that are there while no table can grow.
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

/** Rejects while the database cannot store. Callers at once share one probe, and its success while it is fresh; a failure is not kept. */
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
