/** `GET /docs`: the API reference, and the collections for API clients. packages/reference builds the page. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import serveFiles from '@fastify/static';
import { encodeText } from '../../platform/http/encoded-text.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { buildBrunoCollection } from './bruno-collection.ts';
import { buildCollection } from './collection.ts';
import type { ApiDocument } from './collection-requests.ts';
import { buildTar } from './tar.ts';

const FILES = new URL('../../../../reference/dist/', import.meta.url);

const NOT_BUILT =
  '<!doctype html><meta charset="utf-8"><title>API reference</title><p>The API reference is not built: run <code>node scripts/setup.mjs</code>, then start again.';

/** The page may load only its own scripts and styles, and call only this network. */
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy':
    'publickey-credentials-create=(), publickey-credentials-get=(), payment=(), camera=(), microphone=(), geolocation=()',
} as const;

export async function referencePageRoutes(app: NetworkServer): Promise<void> {
  const file = new URL('index.html', FILES);
  const page = existsSync(file) ? await readFile(file, 'utf8') : NOT_BUILT;
  app.get('/docs', { schema: { hide: true } }, async (request, reply) => {
    const { body, headers } = encodeText(page, request.headers['accept-encoding']);
    return reply.headers({ ...PAGE_HEADERS, ...headers }).send(body);
  });
  // The collections are built at the first request: by then the document has all routes.
  const readDocument = async () => (await app.inject('/openapi.json')).json<ApiDocument>();
  let collection: object | undefined;
  app.get('/docs/collection.json', { schema: { hide: true } }, async () => {
    collection ??= buildCollection(await readDocument());
    return collection;
  });
  let brunoCollection: Buffer | undefined;
  app.get('/docs/bruno-collection.tar.gz', { schema: { hide: true } }, async (_request, reply) => {
    brunoCollection ??= buildTar('payment-passkeys', buildBrunoCollection(await readDocument()));
    return reply.header('content-type', 'application/gzip').send(brunoCollection);
  });
  if (!existsSync(file)) return;
  await app.register(serveFiles, {
    root: fileURLToPath(new URL('assets/', FILES)),
    prefix: '/docs/assets/',
    decorateReply: false,
    immutable: true,
    maxAge: '1y',
    index: false,
    preCompressed: true,
    setHeaders: (reply) => void reply.header('x-content-type-options', 'nosniff'),
  });
}
