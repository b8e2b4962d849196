/** The bank's server: its parts put together, and the way of a request through them on one screen. */
import { fileURLToPath } from 'node:url';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import files from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { TracerProvider } from '@opentelemetry/api';
import type { Consents } from '@payment-passkeys/issuer/consent';
import type { Issuer } from '@payment-passkeys/issuer/server';
import type { Verification } from '@payment-passkeys/issuer/verification';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { createCustomerStore } from './accounts/customers.ts';
import { overviewRoutes } from './accounts/routes.ts';
import { consentRoutes } from './consents/routes.ts';
import { exampleRoutes } from './examples/routes.ts';
import { buildHeaders } from './http/headers.ts';
import { healthRoutes } from './http/health.ts';
import { refuseNul, replyWithError, replyWithProblem } from './http/problems.ts';
import { buildLogger, type LogOptions } from './http/request-log.ts';
import { traceRequests } from './http/tracing.ts';
import { languageRoutes } from './language-routes.ts';
import { legalRoutes } from './legal/routes.ts';
import { elementRoutes } from './passkeys/element-routes.ts';
import { createPasskeyRecords } from './passkeys/records.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { createPasswordCheck, PASSWORD_CHECK_LIMITS, type PasswordCheckLimits } from './sign-in/password-check.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { createSessionStore } from './sign-in/session.ts';
import { recogniseCustomers } from './sign-in/signed-in.ts';
import { createSignInThrottle } from './sign-in/throttle.ts';
import { type SendCode, verificationRoutes } from './verification/routes.ts';
import { createVerificationStore } from './verification/store.ts';

export interface BankOptions {
  readonly issuer: Issuer;
  readonly consents: Consents;
  /** For a bank whose cards may get a passkey at shops: the kit's half, and how a code reaches a customer's phone. */
  readonly verification?: { readonly verification: Verification; readonly sendCode: SendCode } | undefined;
  /** Of a database at the migrations of `BANK_MIGRATIONS`. */
  readonly pool: Pool;
  readonly clock: () => Date;
  /** The bank's own origin, `https://bank.example`: callbacks are built from it, never from a Host header. */
  readonly publicUrl: string;
  /** Where the browser is sent; only its origin counts. */
  readonly networkUrl: string;
  /** Shows the demonstration's username and password on the sign-in page. */
  readonly demo: boolean;
  /** Proxies whose X-Forwarded-For is believed, as Fastify's trustProxy; none where there is none. Sign-ins are throttled by address. */
  readonly trustProxy: boolean | string;
  /** How many passwords are compared at once, and how many sign-ins wait for it; {@link PASSWORD_CHECK_LIMITS} unless given. */
  readonly passwordChecks?: PasswordCheckLimits;
  readonly log: LogOptions;
  /** OpenTelemetry's; nothing is traced without one. */
  readonly tracerProvider?: TracerProvider;
}

declare module 'fastify' {
  interface FastifyReply {
    html(page: string): FastifyReply;
  }
}

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));
const MAX_BODY_BYTES = 16 * 1024;
/** Until a request has arrived whole; the network's own. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Not listening yet; `close()` leaves issuer and pool to the caller. */
export async function buildBank(options: BankOptions): Promise<FastifyInstance> {
  const { issuer, consents, pool, clock, publicUrl, networkUrl, demo, trustProxy, log } = options;
  const customers = createCustomerStore(pool);
  const sessions = createSessionStore({ pool, clock });
  const throttle = createSignInThrottle({ pool, clock });
  const passwords = createPasswordCheck(options.passwordChecks ?? PASSWORD_CHECK_LIMITS);
  const records = createPasskeyRecords(pool);
  const headers = buildHeaders({ publicUrl, networkUrl });

  const app = Fastify({
    logger: buildLogger(log),
    bodyLimit: MAX_BODY_BYTES,
    trustProxy,
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: (error, request, reply) => replyWithError(error, request, reply.headers(headers)),
    // A link checker's HEAD must not complete an enrolment.
    exposeHeadRoutes: false,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.decorateReply('html', function (page) {
    return this.type('text/html; charset=utf-8').send(page);
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
  app.setNotFoundHandler((request, reply) => replyWithProblem(request, reply, { status: 404 }));
  app.setErrorHandler(replyWithError);

  await app.register(files, {
    root: ASSETS,
    prefix: '/assets/',
    // A route for each file: what is no file of ours is a 404 without a look at the disk, however it is spelt.
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (asset) => {
      asset.header('cache-control', 'public, max-age=300');
    },
  });
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES });
  await app.register(async (pages) => {
    const traceOf = traceRequests(pages, options.tracerProvider);
    refuseNul(pages);
    await recogniseCustomers(pages, sessions);
    await pages.register(languageRoutes());
    await pages.register(signInRoutes({ customers, sessions, throttle, passwords, demo }));
    await pages.register(overviewRoutes({ customers, records, clock }));
    await pages.register(passkeyRoutes({ issuer, consents, customers, records, publicUrl, clock, demo, traceOf }));
    await pages.register(consentRoutes({ consents }));
    if (options.verification) {
      const verifications = createVerificationStore({ pool, clock });
      await pages.register(verificationRoutes({ ...options.verification, verifications, customers, clock, demo }));
    }
  });
  await app.register(elementRoutes(consents));
  await app.register(healthRoutes({ pool }));
  await app.register(legalRoutes(consents));
  if (demo) await app.register(exampleRoutes());
  return app;
}
