/** The bank on a real PostgreSQL, with the real issuer kit and a network that is the kit's double. */
import { scryptSync } from 'node:crypto';
import { type Consents, createConsents, createPostgresConsentStore } from '@payment-passkeys/issuer/consent';
import { type NetworkDouble, startNetworkDouble } from '@payment-passkeys/issuer/testing';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { createSessionStore, sessionCookieName } from '@payment-passkeys/web';
import { type Browser, openBrowser } from '@payment-passkeys/web/testing';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import {
  BANK_MIGRATIONS,
  BANK_MIGRATIONS_TABLE,
  BANK_NAME,
  type BankConfig,
  DEMO_SIGN_IN,
  openBank,
  provisionDemoCustomers,
} from '../src/index.ts';
import { openBankCatalogue } from '../src/passkeys/catalogue.ts';
import { SITE } from '../src/site.ts';

export const NOW = new Date('2026-11-24T10:00:00.000Z');
export const PUBLIC_URL = 'http://bank.localhost:4001';

export class BankFixture {
  /** The time of the banks' clock. */
  now: Date = NOW;
  /** The lines of the log since the test began. */
  lines: string[] = [];
  database!: Awaited<ReturnType<typeof createThrowawayDatabase>>; // from beforeAll on
  network!: NetworkDouble; // likewise
  /** Avery's bank. */
  bank!: FastifyInstance; // likewise
  readonly #opened: FastifyInstance[] = [];

  later(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }

  async start(): Promise<void> {
    this.database = await createThrowawayDatabase({ migrations: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });
    this.network = await startNetworkDouble({ clock: () => this.now });
    const { pool } = this.database;
    await provisionDemoCustomers({ pool, now: NOW });
    await pool.query('UPDATE bank_customer SET password_hash = $1', [hashCheaply(DEMO_SIGN_IN.password)]);
    this.bank = await this.open();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#opened.map((bank) => bank.close()));
    await this.network.stop();
    await this.database.close();
  }

  async reset(): Promise<void> {
    this.now = NOW;
    this.lines = [];
    await this.database.pool.query(
      `TRUNCATE bank_session, bank_sign_in_attempt, bank_enrolment, bank_payment_passkey, payment_passkey_enrolment, bank_binding,
         bank_network_call, bank_payment_approval, bank_passkey_notice,
         payment_passkey_event, payment_passkey_event_cursor`,
    );
    for (const { bindingId } of this.network.heldBindings) {
      this.network.changeBinding({ bindingId, action: 'DELETE', by: 'NETWORK' });
    }
    this.network.forgetEvents(0);
    await this.database.pool.query('UPDATE bank_customer SET bindings_asked_at = NULL');
  }

  /** Another bank on the same database and network, closed at the end. */
  async open(changes: Partial<BankConfig> = {}): Promise<FastifyInstance> {
    const { database, network } = this;
    const bank = await openBank({
      pool: database.pool,
      clock: () => this.now,
      publicUrl: PUBLIC_URL,
      network: { url: network.url, audience: network.audience },
      client: network.client,
      demo: true,
      trustProxy: false,
      deliverySeconds: 24 * 60 * 60, // so long that no delivery runs by the timer during a test
      log: { level: 'trace', stream: { write: (line) => void this.lines.push(line) } },
      ...changes,
    });
    this.#opened.push(bank);
    return bank;
  }

  /** A browser with a session of Avery's, as the sign-in would have opened it. */
  async signedIn(bank: FastifyInstance = this.bank): Promise<Browser> {
    const browser = openBrowser(bank);
    const { pool } = this.database;
    const { rows } = await pool.query('SELECT customer_id FROM bank_customer WHERE username = $1', [
      DEMO_SIGN_IN.username,
    ]);
    const sessions = createSessionStore({ site: SITE, pool, clock: () => this.now });
    browser.cookies.set(sessionCookieName(SITE), await sessions.openSession(rows[0].customer_id));
    return browser;
  }

  /** Submits the registration screen as a person does, and expects a redirect to the network. */
  async leave(browser: Browser): Promise<void> {
    const answer = await browser.submit(await browser.get('/passkeys/new'), '/passkeys');
    expect(answer.statusCode).toBe(303);
    expect(new URL(String(answer.headers.location)).origin).toBe(this.network.url);
  }

  /** The path of a callback with a proof, from the network to the bank. */
  async success(): Promise<string> {
    return pathOf(this.network.callback({ proof: await this.network.issueProof() }));
  }

  /** The path of a callback without a proof. */
  failure(status: string, reason: string): string {
    return pathOf(this.network.callback({ status, reason }));
  }

  /** The bank's own receipts, as an auditor reads them. */
  consents(): Consents {
    return createConsents({
      catalogue: openBankCatalogue(PUBLIC_URL),
      store: createPostgresConsentStore(this.database.pool),
      bank: BANK_NAME,
      clock: () => this.now,
    });
  }

  /** The consent as the registration element would send it. */
  async acceptNow(place: { readonly country: string; readonly language: string }) {
    const { textHash } = await this.consents().show(place);
    return { ...place, textHash, catalogueVersion: openBankCatalogue(PUBLIC_URL).index.version };
  }

  async passkeyCount(): Promise<number> {
    const { rows } = await this.database.pool.query('SELECT count(*)::int AS n FROM bank_payment_passkey');
    return rows[0].n;
  }
}

/** Started before the tests of a file, reset before each, stopped after them. */
export function useBank(): BankFixture {
  const fixture = new BankFixture();
  beforeAll(() => fixture.start());
  beforeEach(() => fixture.reset());
  afterAll(() => fixture.stop());
  return fixture;
}

/** A hash of little cost: tests sign in often, and scrypt takes its time on purpose. */
function hashCheaply(password: string): string {
  const salt = Buffer.alloc(16);
  const key = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  return `scrypt$10$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

function pathOf(callback: string): string {
  const { pathname, search } = new URL(callback);
  return pathname + search;
}
