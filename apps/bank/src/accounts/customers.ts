/** The bank's customers and their cards. Nothing outside this file reads a card number. */
import { randomUUID } from 'node:crypto';
import type { AccountReferences } from '@payment-passkeys/issuer/server';
import { inTransaction } from '@payment-passkeys/storage';
import { type Credentials, hashPassword } from '@payment-passkeys/web';
import type { Pool } from 'pg';

export interface CardSummary {
  /** The card's position among the customer's cards: 1, 2, 3. It stays when the card is replaced. */
  readonly position: number;
  readonly product: string;
  readonly lastFour: string;
  /** `MM/YY`. */
  readonly expires: string;
  /** Whether the card was replaced, and the network has not confirmed that yet. */
  readonly replacing: boolean;
}

/** A card's numbers for calls to the network. */
export interface CardNumbers {
  readonly position: number;
  readonly primaryAccountNumber: string;
  readonly panExpirationMonth: string;
  readonly panExpirationYear: string;
  /** The number that the network still has, until it has confirmed the replacement. */
  readonly replacedNumber: string | undefined;
  /** The last four digits of the number and of all earlier ones. */
  readonly lastFours: readonly string[];
}

export interface CustomerStore {
  /** The letter case of the username does not matter. */
  findCredentials(username: string): Promise<Credentials | undefined>;
  findCards(customerId: string): Promise<readonly CardSummary[]>;
  /** All accounts that a passkey can be linked to, unmasked. Only for the issuer kit, which encrypts them. */
  findAccountReferences(customerId: string): Promise<AccountReferences>;
  /** Only for calls to the network, by the issuer kit, which encrypts the numbers. */
  findCardNumbers(customerId: string): Promise<readonly CardNumbers[]>;
  /** For the demonstration alone: a card's whole number in groups of four, and `MM/YY`. */
  findDemoNumber(
    customerId: string,
    position: number,
  ): Promise<{ readonly number: string; readonly expires: string } | undefined>;
}

interface CardRow {
  readonly position: number;
  readonly product: string;
  readonly pan: string;
  readonly expiration_month: string;
  readonly expiration_year: string;
  readonly replaced_pan: string | null;
  readonly former_last_fours: readonly string[];
}

export function createCustomerStore(pool: Pool): CustomerStore {
  const findCardRows = async (customerId: string): Promise<readonly CardRow[]> => {
    const { rows } = await pool.query<CardRow>(
      `SELECT position, product, pan, expiration_month, expiration_year, replaced_pan, former_last_fours FROM bank_card
       WHERE customer_id = $1 ORDER BY position`,
      [customerId],
    );
    return rows;
  };
  return {
    async findCredentials(username) {
      const { rows } = await pool.query<{ customer_id: string; password_hash: string }>(
        'SELECT customer_id, password_hash FROM bank_customer WHERE username = $1',
        [username.trim().toLowerCase()],
      );
      return rows[0] && { userId: rows[0].customer_id, passwordHash: rows[0].password_hash };
    },

    async findCards(customerId) {
      return (await findCardRows(customerId)).map((card) => ({
        position: card.position,
        product: card.product,
        lastFour: card.pan.slice(-4),
        expires: expiryOf(card),
        replacing: card.replaced_pan !== null,
      }));
    },

    async findCardNumbers(customerId) {
      return (await findCardRows(customerId)).map((card) => ({
        position: card.position,
        primaryAccountNumber: card.pan,
        panExpirationMonth: card.expiration_month,
        panExpirationYear: card.expiration_year,
        replacedNumber: card.replaced_pan ?? undefined,
        lastFours: [card.pan.slice(-4), ...card.former_last_fours],
      }));
    },

    async findDemoNumber(customerId, position) {
      const card = (await findCardRows(customerId)).find((each) => each.position === position);
      return card && { number: card.pan.replace(/(....)(?=.)/g, '$1 '), expires: expiryOf(card) };
    },

    async findAccountReferences(customerId) {
      const { rows } = await pool.query<{
        display_name: string;
        email_address: string;
        mobile_country_code: string;
        mobile_number: string;
      }>(
        'SELECT display_name, email_address, mobile_country_code, mobile_number FROM bank_customer WHERE customer_id = $1',
        [customerId],
      );
      const customer = rows[0];
      if (customer === undefined) throw new Error('A session names a customer that does not exist.');
      return {
        cards: (await findCardRows(customerId)).map((card) => ({
          primaryAccountNumber: card.pan,
          panExpirationMonth: card.expiration_month,
          panExpirationYear: card.expiration_year,
          cardholderFullName: customer.display_name,
        })),
        emailAddresses: [customer.email_address],
        mobileNumbers: [{ countryCode: customer.mobile_country_code, phoneNumber: customer.mobile_number }],
      };
    },
  };
}

/** `MM/YY`. */
function expiryOf({ expiration_month: month, expiration_year: year }: CardRow): string {
  return `${month}/${year.slice(-2)}`;
}

/** The demonstration's cards: published test numbers, good for four years. */
export function demoCards(now: Date) {
  const expirationYear = String(now.getUTCFullYear() + 4);
  return [
    { product: 'Everyday Debit', pan: '5555555555554444', expirationMonth: '12', expirationYear },
    { product: 'Voyager Credit', pan: '5105105105105100', expirationMonth: '08', expirationYear },
  ] as const;
}

export const DEMO_SIGN_IN = { username: 'avery', password: 'passkey-demo' } as const;

/**
 * Creates the demonstration's cardholder, contract §8: published test card numbers, a fictional mobile number (555-0100) and an address
 * under `.example`. Does nothing if the username is taken. Never use it for a bank with real customers: the password is public.
 */
export async function provisionDemoCustomers({
  pool,
  now,
}: {
  readonly pool: Pool;
  readonly now: Date;
}): Promise<void> {
  const passwordHash = await hashPassword(DEMO_SIGN_IN.password);
  const customerId = randomUUID();
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `INSERT INTO bank_customer (customer_id, username, password_hash, display_name, email_address, mobile_country_code, mobile_number)
       VALUES ($1, $2, $3, 'Avery Lindqvist', 'avery@larkmoor.example', '1', '5555550100') ON CONFLICT (username) DO NOTHING`,
      [customerId, DEMO_SIGN_IN.username, passwordHash],
    );
    if (rowCount === 0) return;
    for (const [at, { product, pan, expirationMonth, expirationYear }] of demoCards(now).entries()) {
      await client.query(
        'INSERT INTO bank_card (customer_id, position, product, pan, expiration_month, expiration_year) VALUES ($1, $2, $3, $4, $5, $6)',
        [customerId, at + 1, product, pan, expirationMonth, expirationYear],
      );
    }
  });
}
