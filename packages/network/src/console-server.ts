/** The console's own server: its request pipeline, in order. The console and the public server are separate and share no routes. */
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import { CONSOLE_PAGES, OPERATOR_ROLES, SANDBOX_PAGES } from '@payment-passkeys/protocol/console';
import { approvalRoutes } from './api/console/approvals/routes.ts';
import { auditRoutes } from './api/console/audit/routes.ts';
import { clientRoutes } from './api/console/clients/routes.ts';
import { ANYBODY, allow } from './api/console/guard/allow.ts';
import { CONSOLE_API, describePermission } from './api/console/guard/described.ts';
import { guardConsole } from './api/console/guard/guard.ts';
import { operatorRoutes } from './api/console/operators/routes.ts';
import { overviewRoutes } from './api/console/overview/routes.ts';
import { consolePageRoutes, readConsolePage } from './api/console/pages/routes.ts';
import { passkeyRoutes } from './api/console/passkeys/routes.ts';
import { consoleSessionRoutes } from './api/console/sessions/routes.ts';
import { invitationRoutes } from './api/console/sign-in/invitation.ts';
import { oidcRoutes } from './api/console/sign-in/oidc.ts';
import { signInRoutes } from './api/console/sign-in/routes.ts';
import type { ConsoleNetwork } from './network.ts';
import { CONSOLE_PAGE_HEADERS } from './platform/http/headers.ts';
import { noteMethods } from './platform/http/methods.ts';
import type { NetworkServer } from './platform/http/network-server.ts';
import { takePageCalls } from './platform/http/page-calls.ts';
import { openPipeline } from './platform/http/pipeline.ts';
import { limitRequests } from './platform/http/rate-limit.ts';
import type { LogOptions } from './platform/http/request-log.ts';
import { requireTls } from './platform/http/transport.ts';

/** Builds the console's server; it does not listen yet. Throws for a route that does not declare who may call it. */
export async function buildConsoleServer(
  network: ConsoleNetwork,
  logStream?: LogOptions['stream'],
): Promise<NetworkServer> {
  const { mode, limits } = network.config;
  const page = await readConsolePage();
  const app = openPipeline(network, { logStream, noPage: () => ({ headers: CONSOLE_PAGE_HEADERS, body: page }) });
  const refuseOtherMethods = noteMethods(app, ANYBODY);
  const sandbox = mode === 'sandbox' ? await import('./sandbox/console.ts') : undefined;
  requireTls(app, mode);
  const { limitSignIn } = limitRequests(app, limits);
  await app.register(cookie);
  guardConsole(app, network);
  await app.register(swagger, {
    openapi: { ...CONSOLE_API, servers: [{ url: network.console.url }] },
    transform: describePermission,
  });
  const paths = mode === 'sandbox' ? [...CONSOLE_PAGES, ...SANDBOX_PAGES] : CONSOLE_PAGES;
  await app.register(consolePageRoutes, { page, paths });
  oidcRoutes(app, network, limitSignIn);
  await app.register(async (api: NetworkServer) => {
    takePageCalls(api, network.console.url);
    consoleSessionRoutes(api, network);
    signInRoutes(api, network, limitSignIn);
    invitationRoutes(api, network, limitSignIn);
    overviewRoutes(api, network);
    passkeyRoutes(api, network);
    auditRoutes(api, network);
    approvalRoutes(api, network);
    clientRoutes(api, network);
    operatorRoutes(api, network);
    sandbox?.sandboxConsoleRoutes(api, network);
    api.get('/api/openapi.json', { config: allow(OPERATOR_ROLES), schema: { hide: true } }, async () => app.swagger());
  });
  refuseOtherMethods(app);
  return app;
}
