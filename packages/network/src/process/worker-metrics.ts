/**
 * The metrics of several worker processes (node:cluster) as one: counters are summed, gauges are combined by their `aggregator`. The counts
 * of a replaced worker are kept: to Prometheus a falling sum would look like a restart, and the rate would jump.
 */
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { AggregatorRegistry, type Registry } from 'prom-client';

type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

const WANTED = 'metrics wanted';
/** How long a scrape waits for a worker; after that its last report is used. */
const PATIENCE_MILLISECONDS = 2_000;

/** In a worker: answers the primary's requests for metrics from now on. Returns a function that sends them once without a request. */
export function offerMetrics(registry: Registry): () => Promise<void> {
  const tell = async () => {
    const metrics = await registry.getMetricsAsJSON();
    if (process.connected) process.send?.({ metrics });
  };
  process.on('message', (message) => void (message === WANTED && tell()));
  return tell;
}

/** In the primary, before it has workers: builds the `collect` of `serveMetrics`. */
export function collectFromWorkers(): () => Promise<string> {
  const latest = new Map<Worker, Snapshot>();
  let departed: Snapshot = [];
  cluster.on('message', (worker, message: { readonly metrics?: Snapshot }) => {
    if (message.metrics !== undefined) latest.set(worker, message.metrics);
  });
  cluster.on('exit', async (worker) => {
    const counted = (latest.get(worker) ?? []).filter(({ type }) => String(type) !== 'gauge');
    latest.delete(worker);
    departed = await AggregatorRegistry.aggregate([departed, counted]).getMetricsAsJSON();
  });
  return async () => {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected());
    await Promise.race([Promise.all(workers.map(askFor)), sleep(PATIENCE_MILLISECONDS, undefined, { ref: false })]);
    return AggregatorRegistry.aggregate([...latest.values(), departed]).metrics();
  };
}

function askFor(worker: Worker | undefined): Promise<void> {
  return new Promise((resolve) => {
    worker?.once('message', () => resolve()).once('exit', () => resolve());
    worker?.send(WANTED);
  });
}
