/** A method that a route does not have is answered with 405 and `Allow` (RFC 9110 §15.5.6); without this it would be 404. */

import type { FastifyContextConfig } from 'fastify';
import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/** Notes every route that `app` gets from now on. Answers a function that adds the 405 routes, with this `config`; call it after the last route. */
export function noteMethods(app: NetworkServer, config: FastifyContextConfig = {}): (app: NetworkServer) => void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });
  return (refusing) => {
    for (const [url, taken] of [...methodsOf]) {
      const allow = [...taken].join(', ');
      refusing.route({
        method: refusing.supportedMethods.filter((name) => !taken.has(name)),
        url,
        schema: { hide: true },
        config,
        // Before the body is read.
        onRequest: async (_request, reply) => {
          reply.header('allow', allow);
          throw new ServiceError({ code: 'METHOD_NOT_ALLOWED', sourceType: 'SERVICE' });
        },
        handler: async () => undefined,
      });
    }
  };
}
