/** The two ready-made stores for events. */
import {
  createMemoryEventStore as createInMemory,
  createPostgresEventStore as createOnPool,
  type EventStore,
  rules,
} from '@payment-passkeys/kit';
import type { Pool } from 'pg';
import { checkGiven, guard } from '../errors.ts';

/**
 * Keeps the ids of events in the memory of this process, for a first try and for tests, and warns about it once. After a restart every event
 * comes again. Throws MerchantError `INVALID_OPTIONS` if NODE_ENV is `production`.
 */
export function createMemoryEventStore(): EventStore {
  return guard(createInMemory);
}

/**
 * A store on the tables of `EVENT_MIGRATION`, SQL for PostgreSQL 13 or newer: copy it into a migration of your own. Each method is one
 * statement, autocommitted; the pool's `search_path` decides the schema. New events delete the ids that are older than 35 days.
 */
export function createPostgresEventStore(pool: Pool): EventStore {
  checkGiven({ pool }, { name: 'createPostgresEventStore', fields: { pool: rules.withMethods('query') } });
  return createOnPool(pool);
}
