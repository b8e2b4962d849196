/** Starts the whole service from a configuration: database, keys, server, housekeeping. */
import type { Signer } from '@payment-passkeys/channel';
import type { Database } from '@payment-passkeys/storage';
import type { AttestationTrust } from '@payment-passkeys/webauthn';
import { buildConsoleServer } from '../console-server.ts';
import { keyFolderOf, openKeyFolder } from '../domain/keys/key-folder.ts';
import { buildOperatorPolicy } from '../domain/operators/operator.ts';
import { buildPolicyFor, openAttestationTrust } from '../domain/passkeys/attestation.ts';
import type { ConsoleNetwork, Network } from '../network.ts';
import type { Config } from '../platform/config/config.ts';
import type { LogOptions } from '../platform/http/request-log.ts';
import { buildMetrics } from '../platform/telemetry/metrics.ts';
import { openTracing } from '../platform/telemetry/open-tracing.ts';
import { buildServer } from '../server.ts';
import { prepareDrain } from './draining.ts';
import { observeState } from './health-state.ts';
import { startHousekeeping, sweep } from './housekeeping.ts';
import { serveMetrics } from './metrics-server.ts';
import {
  migrateNetwork,
  openConsoleDatabase,
  openDeliveryDatabase,
  openNetworkDatabase,
  openServingDatabase,
} from './network-database.ts';

export interface RunningNetwork {
  readonly network: Network;
  /** Where the public server listens: `http://127.0.0.1:4000`. */
  readonly address: string;
  /** The address of /metrics; undefined in production without METRICS_PORT. */
  readonly metricsAddress: string | undefined;
  /** Where the console listens; undefined without CONSOLE_PORT. */
  readonly consoleAddress: string | undefined;
  /** Accepts no new requests, finishes the running ones, then closes the database. Idle connections are cut at once. */
  stop(): Promise<void>;
  /** Like stop, but without a failed call: /health/ready turns to 503 first, and each connection ends with an answer. See draining.ts. */
  drain(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly clock: () => Date;
  readonly onProgress?: (line: string) => void;
  /**
   * Signs proofs (RS256) in place of a private key in DATA_DIR, by a hardware security module or a signing service. Called once for the
   * `kid` of each key file with only a public key; the signer is tried before its key is used. See docs/operating-the-network.md.
   */
  readonly signer?: (kid: string) => Signer;
  /** Receives the log lines; standard output by default. */
  readonly logStream?: LogOptions['stream'];
}

/** Opens the ports last, when everything behind them is ready. */
export async function startNetwork(options: StartOptions): Promise<RunningNetwork> {
  const { config, clock, signer, logStream } = options;
  const background = await openNetworkDatabase(config, options.onProgress);
  const opened = [background];
  const closeDatabases = async () => {
    for (const database of opened.toReversed()) await database.close();
  };
  try {
    const database = await openServingDatabase(config);
    opened.push(database);
    const deliveries = await openDeliveryDatabase(config);
    opened.push(deliveries);
    await migrateNetwork(background, config);
    const keys = await openKeyFolder({ folder: keyFolderOf(config), mode: config.mode, clock, signer });
    const attestation = await openAttestationTrust(config, clock);
    const metrics = buildMetrics();
    const onLost = (spans: number) => metrics.lostSpans.inc(spans);
    const { tracing, close: closeTracing } = await openTracing(config.tracing, { clock, onLost });
    const draining = () => drain.begun();
    const { trust, findModel } = attestation;
    const network = buildNetwork({ config, database, keys, clock, trust, findModel, metrics, tracing, draining });
    observeState(network);
    const refreshMetadata = attestation.refresh;
    const housekeeping = { ...network, pool: background.pool, deliveryPool: deliveries.pool, refreshMetadata };
    await sweep(housekeeping);
    const server = await buildServer(network, logStream);
    const drain = prepareDrain(server.server, config.shutdown);
    const consoleListener = await openConsole(network, { opened, logStream, publicServer: server });
    const scraped =
      config.metrics && (await serveMetrics({ ...config.metrics, collect: () => metrics.registry.metrics() }));
    const stopHousekeeping = startHousekeeping(housekeeping, server.log);
    const stopServing = async () => {
      await stopHousekeeping();
      await server.close();
      await consoleListener?.server.close();
      await scraped?.close();
      await closeTracing();
    };
    const orStop = async (error: unknown) => {
      await stopServing();
      throw error;
    };
    const address = await server.listen({ host: config.host, port: config.port }).catch(orStop);
    const consoleAddress = await consoleListener?.listen().catch(orStop);
    return {
      network,
      address,
      consoleAddress,
      metricsAddress: scraped?.address ?? (config.mode === 'sandbox' ? address : undefined),
      stop: async () => {
        server.log.info('stopping');
        await Promise.all([drain.stop(), consoleListener?.drain.stop()]);
        await stopServing();
        await closeDatabases();
        server.log.info('stopped');
      },
      drain: async () => {
        server.log.info('draining: no new connections are wanted, requests that run are finished');
        const inTime = await Promise.all([drain.run(), consoleListener?.drain.run() ?? true]);
        if (inTime.includes(false)) server.log.warn('requests were cut off: they ran longer than SHUTDOWN_TIMEOUT');
        await stopServing();
        await closeDatabases();
        server.log.info('stopped');
      },
    };
  } catch (error) {
    await closeDatabases();
    throw error;
  }
}

/** The console's listener, with database connections of its own; undefined without CONSOLE_PORT. */
async function openConsole(
  network: Network,
  given: Pick<ConsoleNetwork, 'publicServer'> & {
    readonly opened: Database[];
    readonly logStream: LogOptions['stream'];
  },
) {
  const { opened, logStream, publicServer } = given;
  const { console: settings, branding, shutdown } = network.config;
  if (settings === undefined) return undefined;
  const database = await openConsoleDatabase(network.config);
  opened.push(database);
  const operatorPolicy = buildOperatorPolicy(settings, branding.name);
  const parts: ConsoleNetwork = { ...network, pool: database.pool, console: settings, operatorPolicy, publicServer };
  const server = await buildConsoleServer(parts, logStream);
  const { host, port } = settings;
  return { server, drain: prepareDrain(server.server, shutdown), listen: () => server.listen({ host, port }) };
}

/**
 * Migrates the database and checks the keys once, for several processes. Returns the open database, because an embedded one runs only while it
 * is open.
 */
export async function prepareNetwork(options: StartOptions): Promise<Database> {
  const { config, clock, onProgress, signer } = options;
  const database = await openNetworkDatabase(config, onProgress);
  try {
    await migrateNetwork(database, config);
    await openKeyFolder({ folder: keyFolderOf(config), mode: config.mode, clock, signer });
    await openAttestationTrust(config, clock);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Builds the dependencies of the network's parts. */
export function buildNetwork(
  parts: Pick<Network, 'config' | 'keys' | 'clock' | 'findModel' | 'metrics' | 'tracing' | 'draining'> & {
    readonly database: Database;
    readonly trust: AttestationTrust;
  },
): Network {
  const { config, database, keys, clock, trust, findModel, metrics, tracing, draining } = parts;
  const policyFor = buildPolicyFor(config, trust);
  return {
    config,
    keys,
    clock,
    pool: tracing.observePool(database.pool),
    metrics,
    tracing,
    draining,
    findModel,
    policy: policyFor(null),
    policyFor,
  };
}
