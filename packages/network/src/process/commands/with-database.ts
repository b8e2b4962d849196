/** The database of a command, with or without a running service. */
import type { Database } from '@payment-passkeys/storage';
import { readConfig } from '../../platform/config/config.ts';
import { migrateNetwork, openNetworkDatabase } from '../network-database.ts';
import type { Call } from './command.ts';

/** Opens and migrates the database, and closes it after `work`. */
export async function withDatabase<Result>(
  { env, log }: Pick<Call, 'env' | 'log'>,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(env);
  const database = await openNetworkDatabase(config, log);
  try {
    for (const name of await migrateNetwork(database, config)) log(`Applied ${name}`);
    return await work(database);
  } finally {
    await database.close();
  }
}
