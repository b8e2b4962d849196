/** The request pipeline, in order. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type CompiledSchema, compileSchema } from '@payment-passkeys/protocol';
import Fastify, { type FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { authenticatorRoutes } from './authenticators/routes.ts';
import { pageRoutes } from './ceremonies/page.ts';
import { ceremonyRoutes } from './ceremonies/routes.ts';
import { healthRoutes, measureRequests } from './health/routes.ts';
import { replyWith, replyWithErrors, schemaError } from './http/errors.ts';
import { apiHeaders } from './http/headers.ts';
import { limitRequests } from './http/rate-limit.ts';
import { guardSignedRequests } from './http/signed-request.ts';
import { keyRoutes } from './keys/routes.ts';
import type { Network, NetworkServer } from './network.ts';
import { sessionRoutes } from './sessions/routes.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Builds the server; it does not listen yet. */
export async function buildServer(network: Network): Promise<NetworkServer> {
  const headers = apiHeaders(network.config.mode);
  const app: NetworkServer = Fastify({
    logger: loggerOptions(network.config.logLevel),
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => replyWith(error, request, reply.headers(headers)),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler<TSchema>(({ schema }) => validator(compileSchema(schema)));
  app.setSerializerCompiler(() => JSON.stringify);
  replyWithErrors(app);

  app.addHook('onRequest', async (request, reply) => void reply.headers(headers).header('x-request-id', request.id));
  measureRequests(app, network);
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: API_INFO, servers: [{ url: network.config.publicUrl }] },
  });
  await app.register(async (operations: NetworkServer) => healthRoutes(operations, network));
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());

  await app.register(async (limited: NetworkServer) => {
    const limitClient = await limitRequests(limited, network.config.limits);
    keyRoutes(limited, network);
    await limited.register(async (api: NetworkServer) => {
      guardSignedRequests(api, network, limitClient);
      sessionRoutes(api, network);
      authenticatorRoutes(api, network);
    });
    await limited.register(async (page: NetworkServer) => pageRoutes(page, network));
    await limited.register(async (backEnd: NetworkServer) => {
      await backEnd.register(cookie);
      ceremonyRoutes(backEnd, network);
    });
  });
  return app;
}

const API_INFO = {
  title: 'Payment passkeys: the network',
  version: '1.0.0',
  description: 'Sessions, the hosted page’s back end, Authenticators, key sets.',
};

function validator(schema: CompiledSchema<TSchema>) {
  return (value: unknown) => {
    const violations = schema.violations(value);
    return violations.length === 0 ? { value } : { error: schemaError(violations) };
  };
}

/** Request lines hold neither query nor headers: a launch's handles and a cookie are nobody's to read. */
function loggerOptions(level: string): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    redact: ['req.headers', 'res.headers', 'headers.authorization', 'headers.cookie'],
    serializers: {
      req: ({ method, url, ip }: { method: string; url: string; ip: string }) => ({
        method,
        path: url.split('?', 1)[0],
        ip,
      }),
    },
  };
}
