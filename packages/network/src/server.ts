/** The request pipeline, in order. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type CompiledSchema, compileSchema } from '@payment-passkeys/protocol';
import Fastify, { LogController } from 'fastify';
import type { TSchema } from 'typebox';
import { accountRoutes } from './api/accounts/routes.ts';
import { authenticatorRoutes } from './api/authenticators/routes.ts';
import { bindingRoutes } from './api/bindings/routes.ts';
import { pageRoutes } from './api/ceremonies/page.ts';
import { ceremonyRoutes } from './api/ceremonies/routes.ts';
import { legalRoutes } from './api/documents/routes.ts';
import { eventRoutes } from './api/events/routes.ts';
import { guardSignedRequests } from './api/guard/signature-guard.ts';
import { healthRoutes } from './api/health/routes.ts';
import { keyRoutes } from './api/key-sets/routes.ts';
import { managePageRoutes } from './api/manage/page.ts';
import { manageRoutes } from './api/manage/routes.ts';
import { paymentRoutes } from './api/payments/routes.ts';
import { sessionRoutes } from './api/sessions/routes.ts';
import { verificationRoutes } from './api/verification/routes.ts';
import { CEREMONY_COOKIE } from './domain/ceremonies/cookie.ts';
import { VISIT_COOKIE } from './domain/visits/visit.ts';
import type { Network } from './network.ts';
import { replyWith, replyWithErrors, schemaError } from './platform/errors/errors.ts';
import { readForwardedAddresses } from './platform/http/forwarded.ts';
import { apiHeaders } from './platform/http/headers.ts';
import { noteMethods } from './platform/http/methods.ts';
import type { NetworkServer } from './platform/http/network-server.ts';
import { observeRequests } from './platform/http/observe-requests.ts';
import { limitCeremonies, limitRequests } from './platform/http/rate-limit.ts';
import { buildLogger, type LogOptions } from './platform/http/request-log.ts';
import { requireTls } from './platform/http/transport.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Builds the server; it does not listen yet. */
export async function buildServer(network: Network, logStream?: LogOptions['stream']): Promise<NetworkServer> {
  const { mode, logLevel, trustProxy, limits } = network.config;
  const headers = apiHeaders(mode);
  const traced = network.tracing.requests !== undefined;
  const app: NetworkServer = Fastify({
    logger: buildLogger({
      level: logLevel,
      stream: logStream,
      fields: traced ? () => network.tracing.ids() : undefined,
    }),
    // observeRequests writes one line for each.
    logController: new LogController({ disableRequestLogging: true }),
    ...(trustProxy && { trustProxy: [...trustProxy] }),
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => replyWith(error, request, reply.headers(headers)),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => validator(compileSchema(schema), httpPart));
  app.setSerializerCompiler(() => JSON.stringify);
  replyWithErrors(app);
  const refuseOtherMethods = noteMethods(app);
  readForwardedAddresses(app);

  app.addHook('onRequest', async (request, reply) => void reply.headers(headers).header('x-request-id', request.id));
  observeRequests(app, network);
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: API_INFO, servers: [{ url: network.config.publicUrl }] },
  });
  await app.register(async (operations: NetworkServer) => healthRoutes(operations, network));
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());

  await app.register(async (limited: NetworkServer) => {
    requireTls(limited, mode);
    const { limitClient, limitSession, limitVisitor } = await limitRequests(limited, limits);
    keyRoutes(limited, network);
    await legalRoutes(limited, network);
    await limited.register(async (answers: NetworkServer) => {
      await answers.register(cookie);
      verificationRoutes(answers, network);
    });
    await limited.register(async (api: NetworkServer) => {
      guardSignedRequests(api, network, limitClient);
      sessionRoutes(api, network);
      authenticatorRoutes(api, network);
      paymentRoutes(api, network);
      eventRoutes(api, network);
      bindingRoutes(api, network);
      accountRoutes(api, network);
    });
    await limited.register(async (page: NetworkServer) => pageRoutes(page, network));
    await limited.register(async (page: NetworkServer) => managePageRoutes(page, network));
    await limited.register(async (backEnd: NetworkServer) => {
      await backEnd.register(cookie);
      limitCeremonies(backEnd, limitSession, CEREMONY_COOKIE);
      ceremonyRoutes(backEnd, network);
    });
    await limited.register(async (backEnd: NetworkServer) => {
      await backEnd.register(cookie);
      limitCeremonies(backEnd, limitSession, VISIT_COOKIE);
      manageRoutes(backEnd, network, limitVisitor);
    });
    refuseOtherMethods(limited);
  });
  return app;
}

const API_INFO = {
  title: 'Payment passkeys: the network',
  version: '1.0.0',
  description: 'Sessions, the hosted page’s back end, Authenticators, key sets.',
};

function validator(schema: CompiledSchema<TSchema>, httpPart: string | undefined) {
  const sourceType = httpPart === 'querystring' ? 'QUERY' : 'BODY';
  return (given: unknown) => {
    const value = schema.withoutNulls(given);
    const violations = schema.violations(value);
    return violations.length === 0 ? { value } : { error: schemaError(violations, { sourceType }) };
  };
}
