/** Opens the network's database for each of its uses, and migrates it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import type { Config } from '../platform/config/config.ts';

const BACKGROUND_CONNECTIONS = 2;
const DELIVERY_CONNECTIONS = 2;
const CONSOLE_CONNECTIONS = 4;

/** False before the first start with an embedded database: that start creates it. */
export function hasDatabase({ databaseUrl, dataDir }: Config): boolean {
  return databaseUrl !== undefined || existsSync(join(dataDir, 'postgres'));
}

/** For migrations, housekeeping and the command line: no time limits, and connections of its own. */
export function openNetworkDatabase(config: Config, onProgress?: (line: string) => void): Promise<Database> {
  const { databaseUrl, dataDir } = config;
  return openDatabase({ databaseUrl, dataDir, name: 'network', poolSize: BACKGROUND_CONNECTIONS, onProgress });
}

/** For requests of cardholders and clients: within the time limits of the configuration. */
export function openServingDatabase({ databaseUrl, dataDir, database }: Config): Promise<Database> {
  return openDatabase({ databaseUrl, dataDir, name: 'network', planOnce: true, ...database });
}

/** For the delivery of events: within the same time limits, and with connections of its own, so that requests never wait for it. */
export function openDeliveryDatabase({ databaseUrl, dataDir, database }: Config): Promise<Database> {
  const limited = { ...database, poolSize: DELIVERY_CONNECTIONS };
  return openDatabase({ databaseUrl, dataDir, name: 'network', planOnce: true, ...limited });
}

/** For the console: within the same time limits, and with connections of its own, so that no payment waits for a search. */
export function openConsoleDatabase({ databaseUrl, dataDir, database }: Config): Promise<Database> {
  return openDatabase({ databaseUrl, dataDir, name: 'network', ...database, poolSize: CONSOLE_CONNECTIONS });
}

export const MIGRATIONS: URL = new URL('../migrations/', import.meta.url);
export const MIGRATIONS_TABLE = 'network_migration';

/** The migrations of sandbox mode come after the others: their tables are named `sandbox_…`, and refer to those of the network. */
const SANDBOX_MIGRATIONS: MigrationsOfMode = {
  folder: new URL('../sandbox/migrations/', import.meta.url),
  table: 'sandbox_migration',
};

export interface MigrationsOfMode {
  readonly folder: URL;
  /** Records what was applied. */
  readonly table: string;
}

/** The folders of migrations that a network of this mode needs, in order. */
export function migrationsOf(mode: Config['mode']): readonly [MigrationsOfMode, ...MigrationsOfMode[]] {
  const network = { folder: MIGRATIONS, table: MIGRATIONS_TABLE };
  return mode === 'sandbox' ? [network, SANDBOX_MIGRATIONS] : [network];
}

/** Applies the missing migrations. Returns their names. */
export async function migrateNetwork(database: Database, { mode }: Pick<Config, 'mode'>): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const migrations of migrationsOf(mode)) applied.push(...(await migrate({ database, ...migrations })));
  return applied;
}
