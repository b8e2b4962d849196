/** Health checks for operations: no user data, no caching. */
import type { FastifyPluginAsync } from 'fastify';
import type { Pool } from 'pg';

/** `/health/live`: the process answers. `/health/ready`: its database answers too; 503 if it does not. */
export function healthRoutes({ pool }: { readonly pool: Pool }): FastifyPluginAsync {
  return async (app) => {
    app.get('/health/live', { logLevel: 'silent' }, async () => ({ status: 'live' }));

    app.get('/health/ready', { logLevel: 'silent' }, async (request, reply) => {
      try {
        await pool.query('SELECT 1');
        return { status: 'ready' };
      } catch (error) {
        request.log.error({ err: error }, 'not ready');
        return reply.code(503).header('retry-after', '5').send({ status: 'not ready' });
      }
    });
  };
}
