/**
 * `GET /auth/passkeys`: the hosted page. It needs no database: the page learns its return address from `open`. packages/page builds its files,
 * which are served by path.
 */
import { fileURLToPath } from 'node:url';
import serveFiles from '@fastify/static';
import { PAGE_PATH, readLaunchUrl } from '@payment-passkeys/protocol';
import type { Network } from '../../network.ts';
import { encodeText } from '../../platform/http/encoded-text.ts';
import { MARK_HEADERS, pageHeaders } from '../../platform/http/headers.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { pathAndQuery } from '../../platform/http/request-target.ts';
import { buildHostedPage, PAGE_FILES } from '../../platform/pages/hosted-page.ts';
import { escapeHtml } from '../../platform/pages/html.ts';
import { buildReturnLink, goBackRoute } from './return.ts';

type PageDependencies = Pick<Network, 'config' | 'pool' | 'tracing' | 'clock'>;

export async function pageRoutes(app: NetworkServer, network: PageDependencies): Promise<void> {
  const { mark } = network.config.branding;
  const { template, styleSource } = await buildHostedPage(network.config);
  const page = splitTemplate(template);
  const headers = pageHeaders(styleSource);
  app.addHook('onSend', (_request, reply, body, proceed) => {
    if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.headers(headers);
    proceed(null, body);
  });
  await app.register(serveFiles, {
    root: fileURLToPath(new URL('assets/', PAGE_FILES)),
    prefix: `${PAGE_PATH}/assets/`,
    immutable: true,
    maxAge: '1y',
    index: false,
    preCompressed: true,
    setHeaders: (reply) => void reply.header('x-content-type-options', 'nosniff'),
  });
  if (mark !== undefined) {
    app.get(mark.path, { schema: { hide: true } }, async (request, reply) => {
      const { body, headers } = encodeText(mark.svg, request.headers['accept-encoding']);
      return reply.headers({ ...MARK_HEADERS, ...headers }).send(body);
    });
  }
  app.get(PAGE_PATH, { schema: { summary: 'The hosted passkey page', hide: true } }, async (request, reply) => {
    const link = buildReturnLink(readLaunchUrl(network.config.publicUrl + pathAndQuery(request.raw.url)));
    // The page holds no secret, so it may be compressed together with input from the address (see encodeText).
    const { body, headers } = encodeText(fillPage(page, link), request.headers['accept-encoding']);
    return reply.type('text/html; charset=utf-8').headers(headers).send(body);
  });
  goBackRoute(app, network);
}

/** The page around the anchor of the return link, which is for a browser without scripts. */
interface SplitPage {
  readonly before: string;
  readonly anchor: string;
  readonly after: string;
}

function splitTemplate(template: string): SplitPage {
  const [before = '', anchor = '', after = ''] = template.split(/<!--\/?no-script-return-->/);
  return { before, anchor, after };
}

/** Fills in the return link, or leaves its anchor out. The link stands in an attribute, so it is escaped. */
function fillPage({ before, anchor, after }: SplitPage, link: string | undefined): string {
  if (link === undefined) return before + after;
  return before + anchor.replace('{{returnLink}}', () => escapeHtml(link)) + after;
}
