/** `GET /` of a sandbox. */
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { type BuildPage, openPlainPages } from '../../platform/pages/plain-pages.ts';
import { findLinks } from './links.ts';
import { buildFrontDoor, STYLE } from './page.ts';
import { TEXTS } from './texts.ts';

export async function frontDoorRoutes(app: NetworkServer, { config }: Pick<Network, 'config'>): Promise<void> {
  const pages = await openPlainPages(config);
  let page: BuildPage | undefined;
  const build = () => {
    const groups = findLinks(config, (url) => app.hasRoute({ method: 'GET', url }));
    return pages.build(TEXTS, (texts) => buildFrontDoor(texts, { groups, config }), { style: STYLE });
  };
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    // Built at the first request: by then the server has all its routes.
    page ??= build();
    const { headers, body } = page(request);
    return reply.headers(headers).send(body);
  });
}
