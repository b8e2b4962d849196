/** Reads the console's overview. */
import type { Overview } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';
import { buildOverview } from './overview.ts';
import { type ActivitySearch, MAX_OPEN, readActivity, readClientNames, readParties, readReasons } from './store.ts';
import { windowBefore } from './window.ts';

export async function readOverview(pool: Pool, search: ActivitySearch, now: Date): Promise<Overview> {
  const [activity, partiesBefore, reasons, clientNames] = await Promise.all([
    readActivity(pool, search, now),
    readParties(pool, { ...search, ...windowBefore(search) }, now),
    readReasons(pool, search, now),
    readClientNames(pool),
  ]);
  return buildOverview({ search, activity, partiesBefore, reasons, clientNames, maxOpen: MAX_OPEN });
}
