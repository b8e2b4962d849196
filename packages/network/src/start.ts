/** Starts the whole service from a configuration: database, keys, server, housekeeping. */
import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import { buildPaymentPolicy, PAYMENT_ALGORITHMS } from '@payment-passkeys/webauthn';
import type { Config } from './config.ts';
import { buildMetrics } from './health/metrics.ts';
import { startHousekeeping, sweep } from './housekeeping.ts';
import { openKeyFolder } from './keys/key-folder.ts';
import type { Network } from './network.ts';
import { buildServer } from './server.ts';

export interface RunningNetwork {
  readonly network: Network;
  /** Where it listens: `http://127.0.0.1:4000`. */
  readonly address: string;
  /** Takes no new requests, finishes the running ones, then lets go of the database. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly clock: () => Date;
  readonly onProgress?: (line: string) => void;
}

/** The port opens last, when everything behind it is ready. */
export async function startNetwork({ config, clock, onProgress }: StartOptions): Promise<RunningNetwork> {
  const database = await openNetworkDatabase(config, onProgress);
  try {
    await migrateNetwork(database);
    const keys = await openKeyFolder({
      folder: keyFolderOf(config),
      makeMissing: config.mode === 'sandbox',
      now: clock(),
    });
    const network = buildNetwork({ config, database, keys, clock });
    await sweep(network);
    const server = await buildServer(network);
    const stopHousekeeping = startHousekeeping(network, (error) =>
      server.log.error({ err: error }, 'housekeeping failed'),
    );
    const address = await server.listen({ host: config.host, port: config.port });
    return {
      network,
      address,
      stop: async () => {
        stopHousekeeping();
        await server.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export function openNetworkDatabase(config: Config, onProgress?: (line: string) => void): Promise<Database> {
  return openDatabase({
    databaseUrl: config.databaseUrl,
    dataDir: config.dataDir,
    name: 'network',
    poolSize: 20,
    onProgress,
  });
}

/** Answers the names of the migrations that were applied now. */
export function migrateNetwork(database: Database): Promise<readonly string[]> {
  return migrate({ database, folder: new URL('migrations/', import.meta.url), table: 'network_migration' });
}

export function keyFolderOf(config: Config): string {
  return join(config.dataDir, 'keys');
}

/** Everything that the parts are handed, from what was opened. */
export function buildNetwork(
  parts: Pick<Network, 'config' | 'keys' | 'clock'> & { readonly database: Database },
): Network {
  const { config, database, keys, clock } = parts;
  return {
    config,
    keys,
    clock,
    pool: database.pool,
    metrics: buildMetrics(),
    policy: buildPaymentPolicy({
      rpId: config.rpId,
      rpName: 'Payment passkeys',
      origins: [config.publicUrl],
      algorithms: PAYMENT_ALGORITHMS,
      attestation: 'none',
    }),
  };
}
