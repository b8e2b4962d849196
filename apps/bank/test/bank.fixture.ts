/** The bank on a real PostgreSQL, with the real issuer kit and a network that is the kit's double. */
import { scryptSync } from 'node:crypto';
import { type NetworkDouble, startNetworkDouble } from '@payment-passkeys/issuer/testing';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { createSessionStore, sessionCookieName } from '@payment-passkeys/web';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import {
  BANK_MIGRATIONS,
  BANK_MIGRATIONS_TABLE,
  type BankConfig,
  DEMO_SIGN_IN,
  openBank,
  provisionDemoCustomers,
} from '../src/index.ts';
import { SITE } from '../src/site.ts';
import { type Browser, openBrowser } from './browser.ts';

export const NOW = new Date('2026-11-24T10:00:00.000Z');
export const PUBLIC_URL = 'http://bank.localhost:4001';

export interface BankFixture {
  readonly database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
  readonly network: NetworkDouble;
  /** As Avery's bank is, but for `changes`. Closed after the file's tests. */
  openBank(changes?: Partial<BankConfig>): Promise<FastifyInstance>;
  /** Another customer, with a password that nobody knows. */
  addCustomer(username: string): Promise<void>;
  /** A browser with a session of theirs, as the sign-in would have opened it. */
  signedIn(bank: FastifyInstance, username?: string): Promise<Browser>;
}

/** Gives Avery's password a hash of little cost: tests sign in a hundred times, and scrypt takes its time on purpose. */
export async function useCheapPassword(pool: Pool): Promise<void> {
  const [N, r, salt] = [1024, 8, Buffer.alloc(16)];
  const key = scryptSync(DEMO_SIGN_IN.password, salt, 32, { N, r, p: 1 });
  await pool.query('UPDATE bank_customer SET password_hash = $1 WHERE username = $2', [
    `scrypt$10$${r}$1$${salt.toString('base64url')}$${key.toString('base64url')}`,
    DEMO_SIGN_IN.username,
  ]);
}

/** For the top of a test file: started before its tests, stopped after them. Its properties are there from the first test on. */
export function useBank(): BankFixture {
  const opened: FastifyInstance[] = [];
  let database: BankFixture['database'];
  let network: NetworkDouble;
  beforeAll(async () => {
    database = await createThrowawayDatabase({ migrations: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });
    network = await startNetworkDouble({ clock: () => NOW });
    await provisionDemoCustomers({ pool: database.pool, now: NOW });
  });
  afterAll(async () => {
    for (const bank of opened) await bank.close();
    await network.stop();
    await database.close();
  });
  return {
    get database() {
      return database;
    },
    get network() {
      return network;
    },
    async openBank(changes) {
      const bank = await openBank({
        pool: database.pool,
        clock: () => NOW,
        publicUrl: PUBLIC_URL,
        network: { url: network.url, audience: network.audience },
        client: network.client,
        demo: true,
        trustProxy: false,
        log: { level: 'silent' },
        ...changes,
      });
      opened.push(bank);
      return bank;
    },
    async addCustomer(username) {
      await database.pool.query(
        `INSERT INTO bank_customer SELECT gen_random_uuid(), $1, '', initcap($1), email_address, mobile_country_code, mobile_number
         FROM bank_customer WHERE username = 'avery'`,
        [username],
      );
    },
    async signedIn(bank, username = DEMO_SIGN_IN.username) {
      const browser = openBrowser(bank);
      const { rows } = await database.pool.query('SELECT customer_id FROM bank_customer WHERE username = $1', [
        username,
      ]);
      const sessions = createSessionStore({ site: SITE, pool: database.pool, clock: () => NOW });
      browser.cookies.set(sessionCookieName(SITE), await sessions.openSession(rows[0].customer_id));
      return browser;
    },
  };
}
