/** The public server: its request pipeline, in order. */
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
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
import { merchantRoutes } from './api/merchants/routes.ts';
import { metadataRoute, tokenRoute } from './api/oauth2/routes.ts';
import { paymentRoutes } from './api/payments/routes.ts';
import { buildOpenApi } from './api/reference/document.ts';
import { CLIENTS, HOSTED_PAGE, OPERATIONS, OWN_PAGE, PUBLISHED, TOKENS } from './api/reference/groups.ts';
import { referenceRoutes } from './api/reference/routes.ts';
import { sessionRoutes } from './api/sessions/routes.ts';
import { startPageRoutes } from './api/start-page/routes.ts';
import { verificationRoutes } from './api/verification/routes.ts';
import { CEREMONY_COOKIE } from './domain/ceremonies/cookie.ts';
import { VISIT_COOKIE } from './domain/visits/visit.ts';
import type { Network } from './network.ts';
import { documentRoutes } from './platform/http/document-routes.ts';
import { noteMethods } from './platform/http/methods.ts';
import type { NetworkServer } from './platform/http/network-server.ts';
import { openPipeline } from './platform/http/pipeline.ts';
import { limitCeremonies, limitRequests } from './platform/http/rate-limit.ts';
import type { LogOptions } from './platform/http/request-log.ts';
import { requireTls } from './platform/http/transport.ts';
import { buildNotices } from './platform/pages/notices.ts';
import { openPlainPages } from './platform/pages/plain-pages.ts';

/** Builds the server; it does not listen yet. */
export async function buildServer(network: Network, logStream?: LogOptions['stream']): Promise<NetworkServer> {
  const { mode, limits } = network.config;
  const notices = buildNotices(await openPlainPages(network.config));
  const app = openPipeline(network, { logStream, noPage: notices.noPage });
  const refuseOtherMethods = noteMethods(app);
  const sandbox = mode === 'sandbox' ? await import('./sandbox/sandbox.ts') : undefined;
  sandbox?.recordRequests(app, network);
  await app.register(swagger, {
    openapi: buildOpenApi(network.config.publicUrl, sandbox === undefined ? [] : [sandbox.SANDBOX_TAG]),
  });
  await app.register(async (operations: NetworkServer) => {
    documentRoutes(operations, OPERATIONS);
    healthRoutes(operations, network);
  });
  referenceRoutes(app);

  await app.register(async (limited: NetworkServer) => {
    requireTls(limited, mode);
    const limiters = limitRequests(limited, limits);
    const { limitClient, limitSession, limitVisitor } = limiters;
    await limited.register(async (published: NetworkServer) => {
      documentRoutes(published, PUBLISHED);
      keyRoutes(published, network);
      metadataRoute(published, network);
      await legalRoutes(published, network);
      if (sandbox === undefined) startPageRoutes(published, notices);
    });
    await limited.register(async (tokens: NetworkServer) => {
      documentRoutes(tokens, TOKENS);
      tokenRoute(tokens, network, limitClient);
    });
    await limited.register(async (page: NetworkServer) => pageRoutes(page, network));
    await limited.register(async (page: NetworkServer) => {
      documentRoutes(page, PUBLISHED);
      await managePageRoutes(page, network);
    });
    await limited.register(async (answers: NetworkServer) => {
      await answers.register(cookie);
      verificationRoutes(answers, network);
    });
    await limited.register(async (api: NetworkServer) => {
      sandbox?.interceptClientCalls(api, network);
      documentRoutes(api, CLIENTS);
      guardSignedRequests(api, network, limiters);
      sessionRoutes(api, network);
      authenticatorRoutes(api, network);
      paymentRoutes(api, network);
      eventRoutes(api, network);
      bindingRoutes(api, network);
      accountRoutes(api, network);
      merchantRoutes(api, network);
    });
    await limited.register(async (backEnd: NetworkServer) => {
      await backEnd.register(cookie);
      sandbox?.interceptPageCalls(backEnd, network);
      documentRoutes(backEnd, HOSTED_PAGE);
      limitCeremonies(backEnd, limitSession, CEREMONY_COOKIE);
      ceremonyRoutes(backEnd, network);
    });
    await limited.register(async (backEnd: NetworkServer) => {
      await backEnd.register(cookie);
      documentRoutes(backEnd, OWN_PAGE);
      limitCeremonies(backEnd, limitSession, VISIT_COOKIE);
      manageRoutes(backEnd, network, limitVisitor);
    });
    await sandbox?.sandboxRoutes(limited, network, (signed) => guardSignedRequests(signed, network, limiters));
    refuseOtherMethods(limited);
  });
  return app;
}
