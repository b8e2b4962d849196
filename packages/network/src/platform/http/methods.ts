/** A method that an address does not take is 405 with `Allow` (RFC 9110 §15.5.6), where it would be 404 as if there were nothing at all. */

import { ServiceError } from '../errors/errors.ts';
import type { NetworkServer } from './network-server.ts';

/** Notes every route of `app` that is made from now on. What it answers adds the refusals to a server, once all of its routes are there. */
export function noteMethods(app: NetworkServer): (app: NetworkServer) => void {
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
        // Before the body is read, which nobody asked for.
        onRequest: async (_request, reply) => {
          reply.header('allow', allow);
          throw new ServiceError({ code: 'METHOD_NOT_ALLOWED', sourceType: 'SERVICE' });
        },
        handler: async () => undefined,
      });
    }
  };
}
