/** The `serve` command: runs the service in this process, or in several workers. */
import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../platform/config/config.ts';
import { type MetricsServer, serveMetrics } from './metrics-server.ts';
import { assertPortsFree } from './ports.ts';
import { prepareNetwork, type RunningNetwork, startNetwork } from './start.ts';
import { collectFromWorkers, offerMetrics } from './worker-metrics.ts';
import { startWorkers } from './workers.ts';

export interface ServeOptions {
  readonly config: Config;
  readonly clock: () => Date;
  /** Receives sentences for the operator. */
  readonly log: (line: string) => void;
  /** The number of worker processes; undefined: this process serves. */
  readonly workers: number | undefined;
}

/**
 * Resolves when the service runs; with workers, when they have stopped. SIGTERM ends the service by draining. SIGINT does not wait for idle
 * connections.
 */
export async function serve(options: ServeOptions): Promise<void> {
  if (options.workers === undefined) return serveHere(options, options.config);
  if (cluster.isPrimary) return servePrimary(options, options.workers);
  // The primary serves the metrics of all workers at METRICS_PORT.
  return serveHere(options, { ...options.config, metrics: undefined });
}

async function serveHere({ clock, log }: ServeOptions, config: Config): Promise<void> {
  let stopping = false;
  let sendMetrics: (() => Promise<void>) | undefined;
  const { promise: started, resolve: begin, reject: fail } = Promise.withResolvers<RunningNetwork>();
  // A signal during the start waits until the start is done, so that no embedded database is left running.
  const end = (how: (running: RunningNetwork) => Promise<void>) => {
    if (stopping) return;
    stopping = true;
    void started
      .then(how, () => {}) // a failed start was reported, and has released everything
      .catch((error: unknown) => {
        log(error instanceof Error ? (error.stack ?? error.message) : String(error));
        process.exitCode = 1;
      })
      .finally(async () => {
        await sendMetrics?.();
        cluster.worker?.disconnect();
      });
  };
  onSignals({ SIGINT: () => end(({ stop }) => stop()), SIGTERM: () => end(({ drain }) => drain()) });
  // A closing terminal signals the whole process group; only the primary ends the workers.
  if (cluster.isWorker) process.on('SIGHUP', () => {});
  else await assertPortsFreeFor(config);
  try {
    const running = await startNetwork({ config, clock, onProgress: log });
    sendMetrics = cluster.isWorker ? offerMetrics(running.network.metrics.registry) : undefined;
    if (cluster.isPrimary) logAddress(log, running.address, config);
    begin(running);
  } catch (error) {
    started.catch(() => {});
    fail(error);
    throw error;
  }
}

/** Reports a taken port before an embedded PostgreSQL is started for nothing. */
async function assertPortsFreeFor({ databaseUrl, host, port, metrics, console: settings }: Config): Promise<void> {
  if (databaseUrl !== undefined) return;
  await assertPortsFree(host, [port]);
  if (settings) await assertPortsFree(settings.host, [settings.port]);
  if (metrics) await assertPortsFree(metrics.host, [metrics.port]);
}

/** Migrates and checks once, before the first worker starts. Keeps the database open, so that an embedded one outlives the workers. */
async function servePrimary({ config, clock, log }: ServeOptions, count: number): Promise<void> {
  let restart = () => {}; // during the start there is no worker to replace
  process.on('SIGHUP', () => restart());
  let asked: 'SIGTERM' | 'SIGINT' | undefined;
  // A signal during the start takes effect after it.
  let stop = (signal: 'SIGTERM' | 'SIGINT') => {
    asked ??= signal;
  };
  onSignals({ SIGINT: () => stop('SIGINT'), SIGTERM: () => stop('SIGTERM') });
  await assertPortsFreeFor(config);
  const database = await prepareNetwork({ config, clock, onProgress: log });
  let metrics: MetricsServer | undefined;
  try {
    metrics = config.metrics && (await serveMetrics({ ...config.metrics, collect: collectFromWorkers() }));
    const workers = await startWorkers({
      count,
      stopSeconds: config.shutdown.delaySeconds + config.shutdown.timeoutSeconds + STOP_MARGIN_SECONDS,
      log,
      fork: () => cluster.fork(),
      pause: sleep,
      now: () => performance.now(),
    });
    logAddress(log, `http://${config.host}:${config.port}`, config, `, in ${count} processes`);
    restart = () => void workers.restart();
    const stopped = new Promise<void>((resolve) => {
      stop = (signal) => void workers.stop(signal).then(resolve);
    });
    if (asked !== undefined) stop(asked);
    await Promise.race([stopped, workers.failed]);
  } finally {
    await metrics?.close();
    await database.close();
  }
}

/** One Ctrl-C may arrive twice: from the terminal, and from a launcher that forwards it. */
const SAME_INTERRUPT_MILLISECONDS = 1_000;

/**
 * A second SIGTERM changes nothing: a supervisor may signal the whole group, and the primary signals its workers too. A second Ctrl-C
 * ends the primary or the single process at once.
 */
function onSignals(act: { readonly SIGINT: () => void; readonly SIGTERM: () => void }): void {
  let interruptedAt = Number.POSITIVE_INFINITY;
  process.on('SIGTERM', act.SIGTERM);
  process.on('SIGINT', () => {
    if (cluster.isPrimary && performance.now() - interruptedAt > SAME_INTERRUPT_MILLISECONDS) process.exit(130);
    interruptedAt = Math.min(interruptedAt, performance.now());
    act.SIGINT();
  });
}

/** How long a worker may take to close its database after its requests have ended. */
const STOP_MARGIN_SECONDS = 10;

function logAddress(
  log: ServeOptions['log'],
  address: string,
  { publicUrl, console: settings }: Config,
  how = '',
): void {
  log(`The network listens on ${address}${how}; people reach it at ${publicUrl}`);
  if (settings) log(`The console listens on ${settings.host}:${settings.port}; operators reach it at ${settings.url}`);
}
