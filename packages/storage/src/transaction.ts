/** Several statements that take effect together or not at all. */
import type { Pool, PoolClient } from 'pg';
import { StorageError } from './errors.ts';

/**
 * Runs `work` between BEGIN and COMMIT on one connection, READ COMMITTED. Rolls back when `work` throws, and rethrows its error. Statements
 * must use the client that `work` receives.
 * @throws StorageError TRANSACTION_ABORTED when `work` ignored a failed statement: PostgreSQL then answers COMMIT by ROLLBACK without an
 * error, and nothing was stored.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') {
      throw new StorageError(
        'TRANSACTION_ABORTED',
        'A failed statement was ignored, so the transaction was rolled back.',
      );
    }
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
