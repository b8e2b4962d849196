/** The fixtures of a browser test: one demo per worker, a clock that the test sets, and the steps of a cardholder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Demo, startDemo } from '@payment-passkeys/demo';
import { PATIENT_LIMITS } from '@payment-passkeys/testkit';
import { openHttpBrowser } from '@payment-passkeys/web/testing';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { freePorts } from '../apps/demo/test/free-ports.ts';
import { addAuthenticator, type VirtualAuthenticator } from './authenticator.ts';
import { keepJournal } from './journal.ts';
import { type ProviderOfShop, startProviderOfShop } from './provider-of-shop.ts';

export interface Clock {
  /** The servers' time, relative to the machine's, in milliseconds. */
  offset: number;
  /** The machine's time at which the servers' clock stands still, except for `offset`. Undefined: it runs. */
  stoppedAt?: number | undefined;
}

interface WorkerFixtures {
  /** The demo's ports: free ones. */
  readonly ports: Ports;
  /** An option: the demo's shop is a merchant of a small payment service provider (`provider`), and no client of the network. */
  readonly shopBehindProvider: boolean;
  /** The provider of the demo's shop. */
  readonly provider: { running?: ProviderOfShop };
  readonly demo: Demo;
  readonly clock: Clock;
}

type Ports = Parameters<typeof startDemo>[0]['ports'];

interface TestFixtures {
  /** A virtual authenticator. It is added to `page` before the first navigation. */
  readonly authenticator: VirtualAuthenticator;
  /** Deletes passkeys, devices and sessions of earlier tests, and resets the clock. */
  readonly fresh: undefined;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads a fixture's needs off this pattern
  clock: [async ({}, use) => use({ offset: 0 }), { scope: 'worker' }],
  ports: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => use(await freePorts()),
    { scope: 'worker' },
  ],
  shopBehindProvider: [false, { scope: 'worker', option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  provider: [async ({}, use) => use({}), { scope: 'worker' }],
  demo: [
    async ({ clock, ports, shopBehindProvider, provider }, use) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'payment-passkeys-e2e-'));
      const demo = await startDemo({
        ports,
        dataDir,
        databaseUrl: undefined,
        logLevel: 'silent',
        approvals: 'on',
        settings: PATIENT_LIMITS,
        startProvider: shopBehindProvider
          ? async (given) => {
              provider.running = await startProviderOfShop(given);
              return provider.running;
            }
          : undefined,
        clock: () => new Date((clock.stoppedAt ?? Date.now()) + clock.offset),
      });
      await use(demo);
      await demo.stop();
      await rm(dataDir, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  fresh: [
    async ({ demo, clock }, use) => {
      Object.assign(clock, { offset: 0, stoppedAt: undefined });
      const { pool } = demo.network.network;
      await pool.query('UPDATE client SET suspended_at = NULL');
      // Deleted in the order in which the network locks the tables, so that a late request of the previous test cannot cause a deadlock.
      await pool.query(
        `TRUNCATE passkey, binding, session, binding_account, device_passkey, device, confirmation_opt_out,
           manage_visit, deleted_binding, account_replacement, operator, operator_attempt,
           sandbox_examination, sandbox_client_outcome, sandbox_cardholder_device CASCADE`,
      );
      // Deleted in the order in which events travel. Otherwise a late event of the previous test would reach the bank and the shop in this test.
      for (const table of ['outbox', 'event_delivery', 'event']) await pool.query(`DELETE FROM ${table}`);
      await demo.bankDatabase.pool.query(
        `TRUNCATE payment_passkey_enrolment, bank_payment_passkey, bank_verification, bank_binding, bank_network_call,
           bank_payment_approval, bank_passkey_notice`,
      );
      // Restores the demonstration's cards: a test may have replaced one.
      await demo.bankDatabase.pool.query(
        "UPDATE bank_card SET pan = CASE position WHEN 1 THEN '5555555555554444' ELSE '5105105105105100' END, former_last_fours = '{}'",
      );
      await demo.shopDatabase.pool.query(
        `TRUNCATE payment_passkey_payment, payment_passkey_card_enrolment, shop_order, shop_saved_card,
           shop_card_removal`,
      );
      await use(undefined);
    },
    { auto: true },
  ],
  page: async ({ page }, use, info) => {
    const attachJournal = keepJournal(page);
    await use(page);
    await attachJournal(info);
  },
  authenticator: async ({ page }, use) => use(await addAuthenticator(page)),
});

export { expect };

/** Makes sure that the browser is signed in at the bank. The page stays where it is, except for the first sign-in of the worker. */
export async function haveSession(page: Page, demo: Demo): Promise<void> {
  if (!(await resumeSession(page, demo.bankUrl))) await signIn(page, demo);
}

/** Signs in at the bank, and opens its overview. */
export async function signIn(page: Page, { bankUrl }: Demo): Promise<void> {
  await resumeSession(page, bankUrl);
  await page.goto(bankUrl);
  const signedIn = page.getByRole('link', { name: 'Set up a payment passkey' }).first();
  await signInByForm(page, { username: 'avery', signedIn });
}

/** Sign-in cookies by origin. Hashing a password is slow on purpose, and most tests are about what comes after. */
const sessions = new Map<string, Cookie>();
type Cookie = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>[number];

/** Restores the sign-in of an earlier test of this worker; false if there is none. */
export async function resumeSession(page: Page, origin: string): Promise<boolean> {
  const session = sessions.get(origin);
  if (session) await page.context().addCookies([session]);
  return session !== undefined;
}

/** Fills in the form if it is shown, until `signedIn` is visible. */
export async function signInByForm(
  page: Page,
  { username, signedIn }: { readonly username: string; readonly signedIn: Locator },
): Promise<void> {
  const field = page.getByLabel('Username');
  await expect(field.or(signedIn)).toBeVisible();
  if (!(await field.isVisible())) return;
  const { origin } = new URL(page.url());
  await field.fill(username);
  await page.getByLabel('Password').fill('passkey-demo');
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(signedIn).toBeVisible();
  const session = (await page.context().cookies(origin)).find(({ name }) => name.endsWith('_session'));
  if (session) sessions.set(origin, session);
}

/** Goes from the bank's overview through its consent to the network's page. The browser must be signed in at the bank. */
export async function launch(page: Page, demo: Demo): Promise<void> {
  await page.goto(demo.bankUrl);
  await page.getByRole('link', { name: 'Set up a payment passkey' }).first().click();
  await page.getByRole('button', { name: 'Agree and continue' }).click();
  await page.waitForURL((url) => url.origin === demo.networkUrl || url.pathname.includes('/callback'));
}

/**
 * The address, with its token, that the bank sends this signed-in browser to. The page stays where it is: the bank's form is sent by a
 * request of its own, with the browser's cookies.
 */
export async function captureLaunch(page: Page, { bankUrl }: Demo): Promise<string> {
  const context = page.context();
  const bank = openHttpBrowser(bankUrl.replace(/\/\/[^:]+/, '//127.0.0.1'));
  for (const { name, value } of await context.cookies(bankUrl)) bank.cookies.set(name, value);
  const known = new Map(bank.cookies);
  const { headers } = await bank.submit(await bank.get('/passkeys/new'), '/passkeys');
  const set = [...bank.cookies].filter(([name, value]) => known.get(name) !== value);
  await context.addCookies(
    set.map(([name, value]) => ({ name, value, url: secured(bankUrl), httpOnly: true, secure: true, sameSite: 'Lax' })),
  );
  const launchUrl = String(headers.location);
  expect(launchUrl).toContain('#');
  return launchUrl;
}

/** Over CDP a Secure cookie needs an https address; browsers send it to http://*.localhost too. */
export function secured(url: string): string {
  return url.replace(/^http:/, 'https:');
}

export function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true });
}

/** Expects the bank's page with a bound passkey. */
export async function expectReady(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Your payment passkey is ready' })).toBeVisible();
}

/** Expects the bank's page with a plain explanation and the code. */
export async function expectReason(page: Page, demo: Demo, reason: string): Promise<void> {
  await expect(page).toHaveURL((url) => url.origin === demo.bankUrl);
  await expect(page.getByText(reason)).toBeVisible();
}

/** One whole enrolment that creates a passkey. */
export async function createPasskey(page: Page, demo: Demo): Promise<void> {
  await launch(page, demo);
  await button(page, 'Create passkey').click();
  await expectReady(page);
}

/** Opens the address again and again until `check` succeeds, because an event of the network may come late. `check` needs short timeouts. */
export async function expectSoon(page: Page, address: string, check: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.goto(address);
    await check();
  }).toPass({ timeout: 60_000 });
}

/** Every callback that the browser was sent to, unchanged, in order. */
export function watchCallbacks(page: Page, { bankUrl }: Demo): readonly URL[] {
  const seen: URL[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (request.isNavigationRequest() && url.origin === bankUrl && url.searchParams.has('status')) seen.push(url);
  });
  return seen;
}
