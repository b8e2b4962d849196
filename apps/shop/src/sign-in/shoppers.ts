/** The shop's users. */
import { randomUUID } from 'node:crypto';
import { type Credentials, hashPassword } from '@payment-passkeys/web';
import type { Pool } from 'pg';

export interface ShopperStore {
  /** The letter case of the username does not matter. */
  findCredentials(username: string): Promise<Credentials | undefined>;
}

export function createShopperStore(pool: Pool): ShopperStore {
  return {
    async findCredentials(username) {
      const { rows } = await pool.query<{ shopper_id: string; password_hash: string }>(
        'SELECT shopper_id, password_hash FROM shop_shopper WHERE username = $1',
        [username.trim().toLowerCase()],
      );
      return rows[0] && { userId: rows[0].shopper_id, passwordHash: rows[0].password_hash };
    },
  };
}

export const DEMO_SHOPPER = { username: 'robin', password: 'passkey-demo' } as const;

/**
 * Creates the demonstration's shopper. Does nothing if the username is taken. Never use it for a shop with real shoppers: the password is
 * public.
 */
export async function provisionDemoShopper(pool: Pool): Promise<void> {
  const { username, password } = DEMO_SHOPPER;
  await pool.query(
    `INSERT INTO shop_shopper (shopper_id, username, password_hash, display_name) VALUES ($1, $2, $3, 'Robin')
     ON CONFLICT (username) DO NOTHING`,
    [randomUUID(), username, await hashPassword(password)],
  );
}
