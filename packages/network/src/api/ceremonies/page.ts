/**
 * `GET /auth/passkeys`: the hosted page, with the address that it may return to (contract §2). Its files are built by packages/page and
 * served by path.
 */
import { fileURLToPath } from 'node:url';
import serveFiles from '@fastify/static';
import {
  buildFailureCallback,
  failureOf,
  type OpenRequest,
  PAGE_PATH,
  readLaunchUrl,
} from '@payment-passkeys/protocol';
import { findSessionReturn } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { encodeText } from '../../platform/http/encoded-text.ts';
import { MARK_HEADERS, pageHeaders } from '../../platform/http/headers.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { pathAndQuery } from '../../platform/http/request-target.ts';
import { buildHostedPage, PAGE_FILES } from '../../platform/pages/hosted-page.ts';
import { escapeHtml } from '../../platform/pages/html.ts';
import { findReturnAddress } from './open.ts';

type PageDependencies = Pick<Network, 'config' | 'pool' | 'tracing' | 'clock'>;

export async function pageRoutes(app: NetworkServer, network: PageDependencies): Promise<void> {
  const { mark } = network.config.branding;
  const { template, styleSource } = await buildHostedPage(network.config);
  const headers = pageHeaders(styleSource);
  app.addHook('onSend', async (_request, reply) => {
    if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.headers(headers);
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
    const { accessToken: _never, ...launch } = readLaunchUrl(network.config.publicUrl + pathAndQuery(request.raw.url));
    const returnTo = await findReturnTo(launch, network).catch((error: unknown) => {
      // Without the database the page still opens, and shows the error itself.
      request.log.error({ err: error }, 'return address not found');
      return undefined;
    });
    // The page holds one return address, and no secret beside it (see encodeText): the session's own, else the query's.
    const { body, headers } = encodeText(fillTemplate(template, returnTo), request.headers['accept-encoding']);
    return reply.type('text/html; charset=utf-8').headers(headers).send(body);
  });
}

async function findReturnTo(launch: OpenRequest, network: PageDependencies): Promise<string | undefined> {
  const { returnAddress } = await findReturnAddress(launch, findSessionReturn, network);
  return returnAddress.ok ? returnAddress.uri : undefined;
}

/** Both remaining placeholders are in attributes. Without an address there is no link for a browser without scripts. */
function fillTemplate(template: string, returnTo: string | undefined): string {
  if (returnTo === undefined) {
    return template.replace('{{returnTo}}', '').replace(/<!--no-script-return-->.*?<!--\/no-script-return-->/s, '');
  }
  const noScriptReturn = buildFailureCallback(returnTo, failureOf('UNKNOWN_ERROR'));
  return template
    .replace('{{returnTo}}', () => escapeHtml(returnTo))
    .replace('{{noScriptReturn}}', () => escapeHtml(noScriptReturn));
}
