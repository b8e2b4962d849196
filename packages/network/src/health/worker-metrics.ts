/** The metrics of several worker processes (node:cluster) as those of one: counters are summed, gauges by the `aggregator` of each. */
import { AggregatorRegistry, type Registry } from 'prom-client';

/** In a worker: from now on its metrics are told to the primary that asks. */
export function offerMetrics(registry: Registry): void {
  AggregatorRegistry.setRegistries([registry]);
  new AggregatorRegistry();
}

/** In the primary: what `serveMetrics` answers. Rejects where a worker does not answer within five seconds. */
export function collectFromWorkers(): () => Promise<string> {
  const aggregator = new AggregatorRegistry();
  return () => aggregator.clusterMetrics();
}
