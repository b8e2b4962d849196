/** The network's database: opened for its two uses, and brought up to date. */
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import type { Config } from '../platform/config/config.ts';

const BACKGROUND_CONNECTIONS = 2;

/** For what nobody waits for: migrations, housekeeping, the command line. Takes as long as it takes, and no connection from the flow. */
export function openNetworkDatabase(config: Config, onProgress?: (line: string) => void): Promise<Database> {
  const { databaseUrl, dataDir } = config;
  return openDatabase({ databaseUrl, dataDir, name: 'network', poolSize: BACKGROUND_CONNECTIONS, onProgress });
}

/** For what cardholders and clients wait for, within the limits of the configuration. */
export function openServingDatabase({ databaseUrl, dataDir, database }: Config): Promise<Database> {
  return openDatabase({ databaseUrl, dataDir, name: 'network', planOnce: true, ...database });
}

export const MIGRATIONS: URL = new URL('../migrations/', import.meta.url);
export const MIGRATIONS_TABLE = 'network_migration';

/** Answers the names of the migrations that were applied now. */
export function migrateNetwork(database: Database): Promise<readonly string[]> {
  return migrate({ database, folder: MIGRATIONS, table: MIGRATIONS_TABLE });
}
