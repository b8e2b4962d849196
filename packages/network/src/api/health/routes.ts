/** For operators: whether the process runs, whether it can serve, and its metrics. */

import Type from 'typebox';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { createStoreProbe } from './store-probe.ts';

const Status = <Word extends string>(word: Word) => Type.Object({ status: Type.Literal(word) });

export function healthRoutes(
  app: NetworkServer,
  network: Pick<Network, 'config' | 'pool' | 'metrics' | 'draining' | 'clock'>,
): void {
  const canStore = createStoreProbe(network);
  app.get(
    '/health/live',
    { schema: { operationId: 'isLive', summary: 'The process runs', response: { 200: Status('live') } } },
    async () => ({ status: 'live' as const }),
  );
  app.get(
    '/health/ready',
    {
      schema: {
        operationId: 'isReady',
        summary: 'The process can serve, and its database can store',
        response: { 200: Status('ready'), 503: Status('draining') },
      },
    },
    async (_request, reply) => {
      if (network.draining()) return reply.code(503).send({ status: 'draining' });
      try {
        await network.pool.query('SELECT 1');
        await canStore();
      } catch (cause) {
        throw new ServiceError({ code: 'UNAVAILABLE', sourceType: 'SERVICE' }, { cause });
      }
      return { status: 'ready' as const };
    },
  );
  // In production metrics have a port of their own: METRICS_PORT.
  if (network.config.metrics !== undefined || network.config.mode === 'production') return;
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    reply.type(network.metrics.registry.contentType);
    return network.metrics.registry.metrics();
  });
}
