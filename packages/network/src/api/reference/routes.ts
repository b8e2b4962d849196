/** `GET /openapi.json`: the API's document. */
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { completeDocument } from './document.ts';

/** `app` is the server that `@fastify/swagger` was registered with. */
export function referenceRoutes(app: NetworkServer): void {
  let document: object | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, async () => {
    document ??= completeDocument(app.swagger());
    return document;
  });
}
