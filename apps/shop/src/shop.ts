/** The shop's server: its parts put together, and the way of a request through them on one screen. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import files from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Merchant } from '@payment-passkeys/merchant/server';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { cardRoutes } from './cards/routes.ts';
import { createCardStore } from './cards/store.ts';
import { cartRoutes } from './cart/routes.ts';
import type { DemoGuide } from './demo-guide.ts';
import { buildHeaders } from './http/headers.ts';
import { healthRoutes } from './http/health.ts';
import { refuseNul, replyWithError, replyWithProblem } from './http/problems.ts';
import { buildLogger, type LogOptions } from './http/request-log.ts';
import { orderRoutes } from './orders/routes.ts';
import { createOrderStore } from './orders/store.ts';
import { paymentRoutes } from './payments/routes.ts';
import { createPasswordCheck, PASSWORD_CHECK_LIMITS, type PasswordCheckLimits } from './sign-in/password-check.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { createSessionStore } from './sign-in/session.ts';
import { createShopperStore } from './sign-in/shoppers.ts';
import { recogniseShoppers } from './sign-in/signed-in.ts';
import { createSignInThrottle } from './sign-in/throttle.ts';

export interface ShopOptions {
  readonly merchant: Merchant;
  /** Of a database at the migrations of `SHOP_MIGRATIONS`. */
  readonly pool: Pool;
  readonly clock: () => Date;
  /** The shop's own origin, `https://shop.example`: callbacks are built from it, never from a Host header. */
  readonly publicUrl: string;
  /** Where the browser is sent; only its origin counts. */
  readonly networkUrl: string;
  /** Shows the demonstration's shopper, cards and ways on the pages; absent in a real shop. */
  readonly demo: DemoGuide | undefined;
  /** Proxies whose X-Forwarded-For is believed, as Fastify's trustProxy; none where there is none. Sign-ins are throttled by address. */
  readonly trustProxy: boolean | string;
  /** How many passwords are compared at once, and how many sign-ins wait for it; {@link PASSWORD_CHECK_LIMITS} unless given. */
  readonly passwordChecks?: PasswordCheckLimits;
  readonly log: LogOptions;
}

declare module 'fastify' {
  interface FastifyReply {
    html(page: string): FastifyReply;
  }
}

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));
const MAX_BODY_BYTES = 32 * 1024;
/** Until a request has arrived whole; the network's own. */
const REQUEST_TIMEOUT_MS = 30_000;
const CACHED = 'public, max-age=300';
const { resolve } = createRequire(import.meta.url);

/** Not listening yet; `close()` leaves merchant and pool to the caller. */
export async function buildShop(options: ShopOptions): Promise<FastifyInstance> {
  const { merchant, pool, clock, publicUrl, networkUrl, demo, trustProxy, log } = options;
  const sessions = createSessionStore({ pool, clock });
  const orders = createOrderStore({ pool, clock });
  const cards = createCardStore({ pool, clock });
  const headers = buildHeaders({ publicUrl, networkUrl });

  const app = Fastify({
    logger: buildLogger(log),
    bodyLimit: MAX_BODY_BYTES,
    trustProxy,
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: (error, request, reply) => replyWithError(error, request, reply.headers(headers)),
    // A link checker's HEAD must not complete a payment.
    exposeHeadRoutes: false,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.decorateReply('html', function (page) {
    return this.type('text/html; charset=utf-8').send(page);
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES });
  app.setNotFoundHandler((request, reply) => replyWithProblem(request, reply, { status: 404 }));
  app.setErrorHandler(replyWithError);
  refuseNul(app);
  await recogniseShoppers(app, sessions);

  await app.register(files, {
    root: ASSETS,
    prefix: '/assets/',
    // A route for each file: what is no file of ours is a 404 without a look at the disk, however it is spelt.
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (asset) => {
      asset.header('cache-control', CACHED);
    },
  });
  app.get('/assets/pay-with-passkey.js', (_request, reply) => {
    const script = findKitScript();
    if (script === undefined) return reply.callNotFound();
    return reply.header('cache-control', CACHED).type('text/javascript; charset=utf-8').send(createReadStream(script));
  });
  await app.register(cartRoutes);
  await app.register(
    signInRoutes({
      shoppers: createShopperStore(pool),
      sessions,
      throttle: createSignInThrottle({ pool, clock }),
      passwords: createPasswordCheck(options.passwordChecks ?? PASSWORD_CHECK_LIMITS),
      demo: demo !== undefined,
    }),
  );
  await app.register(cardRoutes({ merchant, cards, publicUrl, demo }));
  await app.register(orderRoutes({ orders, demo: demo !== undefined }));
  await app.register(paymentRoutes({ merchant, orders, cards, publicUrl, demo }));
  await app.register(healthRoutes({ pool }));
  return app;
}

/** The kit's browser half; undefined in a checkout where it was not built: then the network's page is used for every payment. */
function findKitScript(): string | undefined {
  try {
    return resolve('@payment-passkeys/merchant/browser/bundle');
  } catch {
    return undefined;
  }
}
