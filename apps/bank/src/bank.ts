/** The bank's server: the composition of its parts, and the path of a request through them. */
import { fileURLToPath } from 'node:url';
import type { TracerProvider } from '@opentelemetry/api';
import type { Consents } from '@payment-passkeys/issuer/consent';
import type { Issuer } from '@payment-passkeys/issuer/server';
import type { Verification } from '@payment-passkeys/issuer/verification';
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
  signInRoutes,
} from '@payment-passkeys/web';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { createCustomerStore } from './accounts/customers.ts';
import { type CustomerPasskeysOptions, createCustomerPasskeys } from './bindings/customer-passkeys.ts';
import { followNetwork } from './bindings/events.ts';
import { bindingRoutes } from './bindings/routes.ts';
import { consentRoutes } from './consents/routes.ts';
import { exampleRoutes } from './examples/routes.ts';
import { findLanguage } from './language.ts';
import { legalRoutes } from './legal/routes.ts';
import { overviewRoutes } from './overview/routes.ts';
import { elementRoutes } from './passkeys/element-routes.ts';
import { createPasskeyRecords } from './passkeys/records.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { buildProblemPage } from './problem-page.ts';
import { buildSignInOptions } from './sign-in/routes.ts';
import { SITE } from './site.ts';
import { traceRequests } from './tracing.ts';
import { type SendCode, verificationRoutes } from './verification/routes.ts';
import { createVerificationStore } from './verification/store.ts';

/** Callbacks are built from `publicUrl`, never from a Host header. */
export interface BankOptions extends Pick<ServerOptions, 'publicUrl' | 'networkUrl' | 'trustProxy' | 'log'> {
  readonly issuer: Issuer;
  readonly consents: Consents;
  /** For a bank with cards that may get a passkey at shops: the kit's part, and the function that sends a code to a customer's phone. */
  readonly verification?: { readonly verification: Verification; readonly sendCode: SendCode } | undefined;
  /** The pool of a database with all migrations of `BANK_MIGRATIONS`. */
  readonly pool: Pool;
  readonly clock: () => Date;
  /** Shows the demonstration's username and password on the sign-in page. */
  readonly demo: boolean;
  /** The limits of concurrent comparisons of passwords and of waiting sign-ins; {@link PASSWORD_CHECK_LIMITS} by default. */
  readonly passwordChecks?: PasswordCheckLimits;
  /** How often orders that the network has not confirmed are tried again; every ten seconds by default. */
  readonly deliverySeconds?: number;
  /** How a page's wait for the network is measured; the system's timer by default. */
  readonly wait?: CustomerPasskeysOptions['wait'];
  /** OpenTelemetry's provider; without one nothing is traced. */
  readonly tracerProvider?: TracerProvider;
}

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));
const DELIVERY_SECONDS = 10;
const SWEEP_SECONDS = 24 * 60 * 60;
const MAX_BODY_BYTES = 16 * 1024;

/** The server does not listen yet. `close()` does not close the issuer and the pool: the caller does. */
export async function buildBank(options: BankOptions): Promise<FastifyInstance> {
  const { issuer, consents, pool, clock, publicUrl, demo } = options;
  const customers = createCustomerStore(pool);
  const sessions = createSessionStore({ site: SITE, pool, clock });
  const throttle = createSignInThrottle({ site: SITE, pool, clock });
  const passwords = createPasswordCheck(options.passwordChecks ?? PASSWORD_CHECK_LIMITS);
  const records = createPasskeyRecords(pool);

  const app = await buildServer({
    ...options,
    // The registration element uses Lit.
    policy: { trustedTypes: 'lit-html', payment: false },
    maxBodyBytes: MAX_BODY_BYTES,
    assets: ASSETS,
    buildProblemPage,
    isTemporary: () => false,
  });
  const passkeys = createCustomerPasskeys({
    network: issuer,
    pool,
    customers,
    records,
    clock,
    log: app.log,
    ...(options.wait && { wait: options.wait }),
  });
  app.addHook('onClose', () => passkeys.settle());
  runInBackground(app, {
    name: 'orders for the network',
    everySeconds: options.deliverySeconds ?? DELIVERY_SECONDS,
    run: () => passkeys.deliver(),
  });
  runInBackground(app, { name: 'retention of passkeys', everySeconds: SWEEP_SECONDS, run: () => passkeys.sweep() });
  await followNetwork(app, { issuer, pool, on: passkeys.eventHandlers });
  await app.register(async (pages) => {
    const traceOf = traceRequests(pages, options.tracerProvider);
    await recogniseUsers(pages, { site: SITE, sessions });
    await pages.register(languageRoutes({ site: SITE, isLanguage: (tag) => findLanguage(tag) !== undefined }));
    await pages.register(signInRoutes({ ...buildSignInOptions({ customers, demo }), sessions, throttle, passwords }));
    await pages.register(overviewRoutes({ customers, passkeys, clock, demo }));
    await pages.register(passkeyRoutes({ issuer, consents, customers, records, publicUrl, clock, demo, traceOf }));
    await pages.register(bindingRoutes({ passkeys, customers, demo }));
    await pages.register(consentRoutes({ consents }));
    await pages.register(legalRoutes(consents));
    if (options.verification) {
      const verifications = createVerificationStore({ pool, clock });
      await pages.register(verificationRoutes({ ...options.verification, verifications, customers, clock, demo }));
    }
  });
  await app.register(elementRoutes(consents));
  await app.register(healthRoutes({ pool }));
  if (demo) await app.register(exampleRoutes());
  return app;
}
