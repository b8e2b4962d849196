/** The console's pages: one document, and its files. They are built by packages/console, served by path, and hold no data of the network. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import serveFiles from '@fastify/static';
import Type from 'typebox';
import { encodeText } from '../../../platform/http/encoded-text.ts';
import { CONSOLE_PAGE_HEADERS } from '../../../platform/http/headers.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { ANYBODY } from '../guard/allow.ts';

const CONSOLE_FILES: URL = new URL('../../../../../console/dist/', import.meta.url);

const NOT_BUILT =
  '<!doctype html><meta charset="utf-8"><title>The console</title><p>The console is not built: run <code>node scripts/setup.mjs</code>, then start again.';

/** The one document of all screens. At an address without a screen, the document says so. */
export async function readConsolePage(): Promise<string> {
  const file = new URL('index.html', CONSOLE_FILES);
  return existsSync(file) ? readFile(file, 'utf8') : NOT_BUILT;
}

/** Answers each of the `paths` with the document. */
export async function consolePageRoutes(
  app: NetworkServer,
  { page, paths }: { readonly page: string; readonly paths: readonly string[] },
): Promise<void> {
  for (const path of paths) {
    app.get(path, { config: ANYBODY, schema: { hide: true } }, async (request, reply) => {
      const { body, headers } = encodeText(page, request.headers['accept-encoding']);
      return reply.headers({ ...CONSOLE_PAGE_HEADERS, ...headers }).send(body);
    });
  }
  const assets = new URL('assets/', CONSOLE_FILES);
  if (!existsSync(assets)) return;
  // With `serve`, the plugin would add routes that do not declare who may call them.
  await app.register(serveFiles, {
    root: fileURLToPath(assets),
    serve: false,
    immutable: true,
    maxAge: '1y',
    index: false,
    preCompressed: true,
    setHeaders: (reply) => void reply.header('x-content-type-options', 'nosniff'),
  });
  const files = Type.Object({ '*': Type.String({ maxLength: 200 }) });
  app.get('/assets/*', { config: ANYBODY, schema: { hide: true, params: files } }, async ({ params }, reply) =>
    reply.sendFile(params['*']),
  );
}
