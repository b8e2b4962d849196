/** For operators: whether the process runs, whether it can serve, and its metrics. */

import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { createStoreProbe } from './store-probe.ts';

export function healthRoutes(
  app: NetworkServer,
  network: Pick<Network, 'config' | 'pool' | 'metrics' | 'draining' | 'clock'>,
): void {
  const canStore = createStoreProbe(network);
  app.get('/health/live', { schema: { summary: 'The process runs' } }, async () => ({ status: 'live' }));
  app.get(
    '/health/ready',
    { schema: { summary: 'The process can serve, and its database can store' } },
    async (_request, reply) => {
      if (network.draining()) return reply.code(503).send({ status: 'leaving' });
      try {
        await network.pool.query('SELECT 1');
        await canStore();
      } catch (cause) {
        throw new ServiceError({ code: 'UNAVAILABLE', sourceType: 'SERVICE' }, { cause });
      }
      return { status: 'ready' };
    },
  );
  // In production metrics have a port of their own: METRICS_PORT.
  if (network.config.metrics !== undefined || network.config.mode === 'production') return;
  app.get('/metrics', { schema: { summary: 'Prometheus metrics' } }, async (_request, reply) => {
    reply.type(network.metrics.registry.contentType);
    return network.metrics.registry.metrics();
  });
}
