/** `GET /`: what the network is, for somebody who opens its address. A sandbox has another page there: sandbox/front-door/. */
import type { NetworkServer } from '../../platform/http/network-server.ts';
import type { Notices } from '../../platform/pages/notices.ts';

export function startPageRoutes(app: NetworkServer, { welcome }: Pick<Notices, 'welcome'>): void {
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    const { headers, body } = welcome(request);
    return reply.headers(headers).send(body);
  });
}
