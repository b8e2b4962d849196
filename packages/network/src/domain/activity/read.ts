/** Reads the console's overview. */
import type { Overview } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';
import { buildOverview } from './overview.ts';
import { type ActivitySearch, MAX_OPEN, readActivity, readClientNames, readReasons } from './store.ts';
import { windowBefore } from './window.ts';

export async function readOverview(pool: Pool, search: ActivitySearch, now: Date): Promise<Overview> {
  const [rows, rowsBefore, reasons, clientNames] = await Promise.all([
    readActivity(pool, search, now),
    readActivity(pool, { ...search, ...windowBefore(search) }, now),
    readReasons(pool, search, now),
    readClientNames(pool),
  ]);
  return buildOverview({ search, rows, rowsBefore, reasons, clientNames, maxOpen: MAX_OPEN });
}
