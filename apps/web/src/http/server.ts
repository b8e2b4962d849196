/** The base of a website's server: headers, cookies, forms, files and error pages. The site adds its own pages. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import files from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { buildHeaders, type PagePolicy } from './headers.ts';
import { type BuildProblemPage, replyWithError } from './problems.ts';
import { buildLogger, type LogOptions } from './request-log.ts';

export interface ServerOptions {
  /** The site's own origin, `https://bank.example`. */
  readonly publicUrl: string;
  /** The network that the browser is sent to; only the origin is used. */
  readonly networkUrl: string;
  /** The proxies whose X-Forwarded-For is trusted, as in Fastify's trustProxy; false if there is no proxy. Sign-ins are throttled by address. */
  readonly trustProxy: boolean | string;
  readonly log: LogOptions;
  readonly policy: PagePolicy;
  readonly maxBodyBytes: number;
  /** The folder that is served below /assets/. */
  readonly assets: string;
  readonly buildProblemPage: BuildProblemPage;
  /** True for errors that are answered 503, like those of the database. */
  readonly isTemporary: (error: Error) => boolean;
}

declare module 'fastify' {
  interface FastifyReply {
    html(page: string): FastifyReply;
  }
}

/** For files that are the same for everybody. */
export const CACHED = 'public, max-age=300';
/** The time in which a request must arrive completely; the same as the network's. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Builds the server; the caller makes it listen. `recogniseUsers` adds the answer to an unknown address. */
export async function buildServer(options: ServerOptions) {
  const { log, trustProxy, maxBodyBytes, assets, buildProblemPage, isTemporary } = options;
  const headers = buildHeaders(options);
  const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
    replyWithError(error, { request, reply }, isTemporary);

  const app = Fastify({
    logger: buildLogger(log),
    bodyLimit: maxBodyBytes,
    trustProxy,
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply.headers(headers)),
    // A link checker's HEAD must not complete an enrolment or a payment.
    exposeHeadRoutes: false,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.decorate('buildProblemPage', buildProblemPage);
  app.decorateReply('html', function (page) {
    return this.type('text/html; charset=utf-8').send(page);
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
  app.setErrorHandler(answerError);
  await app.register(files, {
    root: assets,
    prefix: '/assets/',
    // One route per file: any other path is a 404 without reading the disk.
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (asset) => {
      asset.header('cache-control', CACHED);
    },
  });
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: maxBodyBytes });
  return app;
}
