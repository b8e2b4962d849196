/** The shop's server: the composition of its parts, and the path of a request through them. */
import { fileURLToPath } from 'node:url';
import { MerchantError } from '@payment-passkeys/merchant/server';
import {
  buildServer,
  createPasswordCheck,
  createSessionStore,
  createSignInThrottle,
  healthRoutes,
  languageRoutes,
  PASSWORD_CHECK_LIMITS,
  type PasswordCheckLimits,
  recogniseUsers,
  runInBackground,
  type ServerOptions,
  serveModuleScript,
  signInRoutes,
} from '@payment-passkeys/web';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { createCardRefresh } from './cards/refresh.ts';
import { createRemovals } from './cards/removals.ts';
import { cardRoutes } from './cards/routes.ts';
import { createCardStore } from './cards/store.ts';
import type { DemoGuide } from './demo-guide.ts';
import { findLanguage } from './language.ts';
import { followNetwork } from './network-events.ts';
import { orderRoutes } from './orders/routes.ts';
import { createOrderStore } from './orders/store.ts';
import { paymentRoutes } from './payments/routes.ts';
import { buildProblemPage } from './problem-page.ts';
import type { ShopMerchant } from './provider/provider.ts';
import { buildSignInOptions } from './sign-in/routes.ts';
import { createShopperStore } from './sign-in/shoppers.ts';
import { SITE } from './site.ts';
import { storefrontRoutes } from './storefront/routes.ts';

/** Callbacks are built from `publicUrl`, never from a Host header. */
export interface ShopOptions extends Pick<ServerOptions, 'publicUrl' | 'networkUrl' | 'trustProxy' | 'log'> {
  readonly merchant: ShopMerchant;
  /** The pool of a database with all migrations of `SHOP_MIGRATIONS`. */
  readonly pool: Pool;
  readonly clock: () => Date;
  /** Shows the demonstration's shopper, cards and ways on the pages; absent in a real shop. */
  readonly demo: DemoGuide | undefined;
  /** The limits of concurrent comparisons of passwords and of waiting sign-ins; {@link PASSWORD_CHECK_LIMITS} by default. */
  readonly passwordChecks?: PasswordCheckLimits;
}

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));
/** A removal that failed is due again after 30 seconds at the earliest. */
const REMOVALS_EVERY_SECONDS = 30;
const MAX_BODY_BYTES = 32 * 1024;

/** The server does not listen yet. `close()` does not close the merchant and the pool: the caller does. */
export async function buildShop(options: ShopOptions): Promise<FastifyInstance> {
  const { merchant, pool, clock, publicUrl, demo } = options;
  const shoppers = createShopperStore(pool);
  const sessions = createSessionStore({ site: SITE, pool, clock });
  const throttle = createSignInThrottle({ site: SITE, pool, clock });
  const passwords = createPasswordCheck(options.passwordChecks ?? PASSWORD_CHECK_LIMITS);
  const orders = createOrderStore({ pool, clock });
  const cards = createCardStore({ pool, clock });
  const refreshCard = createCardRefresh({ cards, bindings: merchant.bindings });
  const isDemo = demo !== undefined;

  const app = await buildServer({
    ...options,
    // Secure Payment Confirmation runs on the shop's own pages.
    policy: { trustedTypes: "'none'", payment: true },
    maxBodyBytes: MAX_BODY_BYTES,
    assets: ASSETS,
    buildProblemPage,
    // Errors of the kit that no route explains. The page's script repeats the report of a confirmation.
    isTemporary: (error) => error instanceof MerchantError,
  });
  const removals = runInBackground(app, {
    name: 'removals of cards',
    everySeconds: REMOVALS_EVERY_SECONDS,
    run: createRemovals({ pool, bindings: merchant.bindings, clock, log: app.log }).run,
  });
  await app.register(async (pages) => {
    await recogniseUsers(pages, { site: SITE, sessions });
    await pages.register(languageRoutes({ site: SITE, isLanguage: (tag) => findLanguage(tag) !== undefined }));
    await pages.register(
      signInRoutes({ ...buildSignInOptions({ shoppers, demo: isDemo }), sessions, throttle, passwords }),
    );
    await pages.register(storefrontRoutes);
    await pages.register(cardRoutes({ merchant, cards, refreshCard, removals, publicUrl, demo }));
    await pages.register(orderRoutes({ orders, demo: isDemo }));
    await pages.register(paymentRoutes({ merchant, orders, cards, refreshCard, publicUrl, demo }));
  });
  await followNetwork(app, { merchant, pool, cards, orders, refreshCard });
  // The kit's browser part. If it is not built, every payment uses the network's page.
  serveModuleScript(app, {
    path: '/assets/pay-with-passkey.js',
    specifier: '@payment-passkeys/merchant/browser/bundle',
    from: import.meta.url,
  });
  await app.register(healthRoutes({ pool }));
  return app;
}
