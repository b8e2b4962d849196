/** Starts the whole service from a configuration: database, keys, server, housekeeping. */
import { join } from 'node:path';
import type { Signer } from '@payment-passkeys/channel';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import type { AttestationTrust } from '@payment-passkeys/webauthn';
import type { Config } from './config.ts';
import { buildMetrics } from './health/metrics.ts';
import { serveMetrics } from './health/metrics-server.ts';
import { observeState } from './health/state.ts';
import { startHousekeeping, sweep } from './housekeeping.ts';
import type { LogOptions } from './http/request-log.ts';
import { openKeyFolder } from './keys/key-folder.ts';
import type { Network } from './network.ts';
import { buildPolicyFor, openAttestationTrust } from './passkeys/attestation.ts';
import { buildServer } from './server.ts';
import { openTracing } from './tracing/open-tracing.ts';

export interface RunningNetwork {
  readonly network: Network;
  /** Where it listens: `http://127.0.0.1:4000`. */
  readonly address: string;
  /** Where /metrics is; undefined in production without METRICS_PORT. */
  readonly metricsAddress: string | undefined;
  /** Takes no new requests, finishes the running ones, then lets go of the database. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly clock: () => Date;
  readonly onProgress?: (line: string) => void;
  /**
   * Signs proofs (RS256) in place of a private key in DATA_DIR: a hardware security module or a signing service. Asked once for the
   * `kid` of each key file that holds a public key only, and tried before the key counts; see docs/operating-the-network.md.
   */
  readonly signer?: (kid: string) => Signer;
  /** Where log lines go; standard output unless given. */
  readonly logStream?: LogOptions['stream'];
}

/** The port opens last, when everything behind it is ready. */
export async function startNetwork(options: StartOptions): Promise<RunningNetwork> {
  const { config, clock, onProgress, signer, logStream } = options;
  const database = await openNetworkDatabase(config, onProgress);
  try {
    await migrateNetwork(database);
    const keys = await openKeyFolder({ folder: keyFolderOf(config), mode: config.mode, clock, signer });
    const attestation = await openAttestationTrust(config, clock);
    const metrics = buildMetrics();
    const onLost = (spans: number) => metrics.lostSpans.inc(spans);
    const { tracing, close: closeTracing } = await openTracing(config.tracing, { clock, onLost });
    const network = buildNetwork({ config, database, keys, clock, trust: attestation.trust, metrics, tracing });
    observeState(network);
    await sweep(network);
    const server = await buildServer(network, logStream);
    const scraped =
      config.metrics && (await serveMetrics({ ...config.metrics, collect: () => metrics.registry.metrics() }));
    const stopHousekeeping = startHousekeeping({ ...network, refreshMetadata: attestation.refresh }, (error) =>
      server.log.error({ err: error }, 'housekeeping failed'),
    );
    const stopServing = async () => {
      stopHousekeeping();
      await server.close();
      await scraped?.close();
      await closeTracing();
    };
    const address = await server.listen({ host: config.host, port: config.port }).catch(async (error: unknown) => {
      await stopServing();
      throw error;
    });
    return {
      network,
      address,
      metricsAddress: scraped?.address ?? (config.mode === 'sandbox' ? address : undefined),
      stop: async () => {
        await stopServing();
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

export const MIGRATIONS: URL = new URL('migrations/', import.meta.url);
export const MIGRATIONS_TABLE = 'network_migration';

/** Answers the names of the migrations that were applied now. */
export function migrateNetwork(database: Database): Promise<readonly string[]> {
  return migrate({ database, folder: MIGRATIONS, table: MIGRATIONS_TABLE });
}

export function keyFolderOf(config: Config): string {
  return join(config.dataDir, 'keys');
}

/** Everything that the parts are handed, from what was opened. */
export function buildNetwork(
  parts: Pick<Network, 'config' | 'keys' | 'clock' | 'metrics' | 'tracing'> & {
    readonly database: Database;
    readonly trust: AttestationTrust;
  },
): Network {
  const { config, database, keys, clock, trust, metrics, tracing } = parts;
  const policyFor = buildPolicyFor(config, trust);
  return {
    config,
    keys,
    clock,
    pool: tracing.observePool(database.pool),
    metrics,
    tracing,
    policy: policyFor(null),
    policyFor,
  };
}
