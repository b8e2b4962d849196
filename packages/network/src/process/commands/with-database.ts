/** The database of a command, with or without a running service. */
import type { Database } from '@payment-passkeys/storage';
import { readConfig } from '../../platform/config/config.ts';
import { migrateNetwork, openNetworkDatabase } from '../network-database.ts';
import type { Call } from './command.ts';

/** Opens and migrates the database, and closes it after `work`. */
export async function withDatabase<Result>(
  { env, say }: Pick<Call, 'env' | 'say'>,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = await openNetworkDatabase(readConfig(env), say);
  try {
    for (const name of await migrateNetwork(database)) say(`Applied ${name}`);
    return await work(database);
  } finally {
    await database.close();
  }
}
