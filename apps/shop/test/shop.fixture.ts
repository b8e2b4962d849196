/** A shop on a database and a network of its own, and the walks of its shoppers; for the tests of its pages. */

import { type NetworkDouble, startNetworkDouble } from '@payment-passkeys/merchant/testing';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { createSessionStore, hashPassword, sessionCookieName } from '@payment-passkeys/web';
import { type Browser, openBrowser } from '@payment-passkeys/web/testing';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import {
  DEMO_SHOPPER,
  openShop,
  provisionDemoShopper,
  SHOP_MIGRATIONS,
  SHOP_MIGRATIONS_TABLE,
  type ShopConfig,
} from '../src/index.ts';
import { SITE } from '../src/site.ts';

export const NOW = new Date('2026-11-24T10:00:00.000Z');
export const PUBLIC_URL = 'http://shop.localhost:4002';
/** The fields of the payment page: a new card, typed in, that the shop does not save. */
export const TYPED = { card: 'new', number: '5555 5555 5555 4444', expires: '12/30', save: undefined };

type Database = Awaited<ReturnType<typeof createThrowawayDatabase>>;

export class ShopFixture {
  /** The time of the shops' clock. */
  now: Date = NOW;
  /** The lines of the log since the test began. */
  lines: string[] = [];
  database!: Database; // from beforeAll on
  network!: NetworkDouble; // likewise
  shop!: FastifyInstance; // likewise
  readonly #opened: FastifyInstance[] = [];

  /** Another shop on the same database and network, closed at the end. */
  async open(changes: Partial<ShopConfig> = {}): Promise<FastifyInstance> {
    const { database, network } = this;
    const shop = await openShop({
      network: { url: network.url, audience: network.audience },
      client: network.client,
      pool: database.pool,
      clock: () => this.now,
      publicUrl: PUBLIC_URL,
      demo: {
        bankUrl: 'http://bank.localhost:4001',
        manageUrl: 'http://localhost:4000/auth/passkeys/manage',
        cards: [{ number: '5555 5555 5555 4444', expires: '12/30' }],
      },
      trustProxy: false,
      log: { level: 'trace', stream: { write: (line) => void this.lines.push(line) } },
      ...changes,
    });
    this.#opened.push(shop);
    return shop;
  }

  async start(): Promise<void> {
    this.database = await createThrowawayDatabase({ migrations: SHOP_MIGRATIONS, table: SHOP_MIGRATIONS_TABLE });
    this.network = await startNetworkDouble({ clock: () => this.now });
    const { pool } = this.database;
    await provisionDemoShopper(pool);
    await pool.query(
      "INSERT INTO shop_shopper (shopper_id, username, password_hash, display_name) VALUES (gen_random_uuid(), 'sasha', $1, 'Sasha')",
      [await hashPassword('another password')],
    );
    this.shop = await this.open();
    await this.shop.ready();
    // It fetches the events that it missed: before a test makes one that comes to the webhook.
    await vi.waitUntil(() => this.network.calls.some(({ path }) => path.startsWith('/authentication/events')));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#opened.map((shop) => shop.close()));
    await this.network.stop();
    await this.database.close();
  }

  async reset(): Promise<void> {
    this.now = NOW;
    this.lines = [];
    this.network.nextStep = 'AUTHENTICATE';
    for (const ending of ['/sessions', '/assertion', '/bindings/searches']) this.network.answerWith(ending, undefined);
    await this.database.pool.query(
      'TRUNCATE shop_order, shop_saved_card, shop_card_removal, shop_sign_in_attempt, payment_passkey_payment, payment_passkey_card_enrolment',
    );
  }

  async shopperId(username: string = DEMO_SHOPPER.username): Promise<string> {
    const { rows } = await this.database.pool.query('SELECT shopper_id FROM shop_shopper WHERE username = $1', [
      username,
    ]);
    return rows[0].shopper_id;
  }

  /** A browser with a session, as the sign-in would have opened it (the sign-in's own tests use the form). */
  async signedIn(username: string = DEMO_SHOPPER.username, shop: FastifyInstance = this.shop): Promise<Browser> {
    const browser = openBrowser(shop);
    const sessions = createSessionStore({ site: SITE, pool: this.database.pool, clock: () => this.now });
    browser.cookies.set(sessionCookieName(SITE), await sessions.openSession(await this.shopperId(username)));
    return browser;
  }

  /** The path of a callback with a proof, from the network to the shop. */
  readonly success = async (): Promise<string> =>
    pathOf(this.network.callback({ proof: await this.network.issueProof() }));
}

/** Started before the tests of a file, reset before each, stopped after them. */
export function useShop(): ShopFixture {
  const fixture = new ShopFixture();
  beforeAll(() => fixture.start());
  beforeEach(() => fixture.reset());
  afterAll(() => fixture.stop());
  return fixture;
}

/** Orders one mug and one tray. Answers the payment page and the order's number. */
export async function order(
  browser: Browser,
): Promise<{ readonly orderId: string; readonly page: LightMyRequestResponse }> {
  for (const product of ['mug', 'tray']) await browser.submit(await browser.get('/'), '/cart', { product });
  const placed = await browser.submit(await browser.get('/cart'), '/orders');
  const path = String(placed.headers.location);
  return { orderId: path.split('/')[2] ?? '', page: await browser.get(path) };
}

export async function leave(browser: Browser, fields: Readonly<Record<string, string | undefined>> = TYPED) {
  const { orderId, page } = await order(browser);
  const answer = await browser.submit(page, `/orders/${orderId}/payment`, fields);
  return { orderId, page, answer };
}

export function pathOf(address: string): string {
  const { pathname, search } = new URL(address);
  return pathname + search;
}
