/** Orders. Lines and amount are fixed when an order is placed. An order becomes paid once. */
import { randomInt } from 'node:crypto';
import type { CardBrand } from '@payment-passkeys/merchant/server';
import type { Pool } from 'pg';
import { type Cart, totalOf } from '../products/cart.ts';
import { CURRENCY } from '../products/catalogue.ts';

export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
}

export interface ShopOrder {
  readonly orderId: string;
  readonly lines: readonly OrderLine[];
  /** A decimal with its currency's number of digits. */
  readonly amount: string;
  readonly currency: string;
  readonly placedAt: Date;
  readonly savesCard: boolean;
  /** The order's id at the network. A new attempt after a lost approval has a new one. */
  readonly paymentNumber: string;
  readonly paid?: OrderPayment;
}

/** `SYNCED`: the passkey may be copied to other devices of its owner. `DEVICE_BOUND`: it cannot leave its device. */
export type PasskeyKind = 'SYNCED' | 'DEVICE_BOUND';

export interface OrderPayment {
  readonly brand: CardBrand;
  readonly lastFour: string;
  readonly at: Date;
  /** Undefined until the network's event says it. */
  readonly passkeyKind: PasskeyKind | undefined;
}

export interface OrderStore {
  /** Returns the order's id. The cart must not be empty. */
  placeOrder(order: { readonly shopperId: string; readonly cart: Cart }): Promise<string>;
  /** Undefined if it is not this shopper's. */
  findOrder(key: { readonly orderId: string; readonly shopperId: string }): Promise<ShopOrder | undefined>;
  /** Newest first. */
  listOrders(shopperId: string): Promise<readonly ShopOrder[]>;
  /** Stores whether to save the card of the next payment. */
  noteSavesCard(note: { readonly orderId: string; readonly savesCard: boolean }): Promise<void>;
  /** Gives an unpaid order its next payment number. Concurrent callers get the same number. */
  renumber(order: ShopOrder): Promise<string>;
  /** A repeated call changes nothing: the first payment stays. */
  markPaid(payment: Omit<OrderPayment, 'passkeyKind'> & { readonly orderId: string }): Promise<void>;
  /** May come before or after {@link OrderStore.markPaid}. */
  notePasskeyKind(note: { readonly orderId: string; readonly passkeyKind: PasskeyKind }): Promise<void>;
}

export function createOrderStore({ pool, clock }: { readonly pool: Pool; readonly clock: () => Date }): OrderStore {
  return {
    async placeOrder({ shopperId, cart }) {
      const orderId = newOrderId();
      const lines = cart.map(({ product, quantity }) => ({ productId: product.productId, quantity }));
      await pool.query(
        'INSERT INTO shop_order (order_id, shopper_id, lines, amount, currency, placed_at) VALUES ($1, $2, $3, $4, $5, $6)',
        [orderId, shopperId, JSON.stringify(lines), totalOf(cart), CURRENCY, clock()],
      );
      return orderId;
    },

    async findOrder({ orderId, shopperId }) {
      const { rows } = await pool.query<OrderRow>('SELECT * FROM shop_order WHERE order_id = $1 AND shopper_id = $2', [
        orderId,
        shopperId,
      ]);
      return rows[0] && readOrder(rows[0]);
    },

    async listOrders(shopperId) {
      const { rows } = await pool.query<OrderRow>(
        'SELECT * FROM shop_order WHERE shopper_id = $1 ORDER BY placed_at DESC LIMIT 50',
        [shopperId],
      );
      return rows.map(readOrder);
    },

    async noteSavesCard({ orderId, savesCard }) {
      await pool.query('UPDATE shop_order SET saves_card = $2 WHERE order_id = $1 AND paid_at IS NULL', [
        orderId,
        savesCard,
      ]);
    },

    async renumber({ orderId, paymentNumber }) {
      await pool.query(
        'UPDATE shop_order SET attempt = attempt + 1 WHERE order_id = $1 AND attempt = $2 AND paid_at IS NULL',
        [orderId, attemptOf(paymentNumber)],
      );
      const { rows } = await pool.query<OrderRow>('SELECT * FROM shop_order WHERE order_id = $1', [orderId]);
      return rows[0] ? paymentNumberOf(rows[0]) : paymentNumber;
    },

    async markPaid({ orderId, brand, lastFour, at }) {
      await pool.query(
        'UPDATE shop_order SET brand = $2, last_four = $3, paid_at = $4 WHERE order_id = $1 AND paid_at IS NULL',
        [orderId, brand, lastFour, at],
      );
    },

    async notePasskeyKind({ orderId, passkeyKind }) {
      await pool.query('UPDATE shop_order SET passkey_kind = $2 WHERE order_id = $1', [orderId, passkeyKind]);
    },
  };
}

/** Characters for an id that is read out on the phone: no vowels, and none of 0 O 1 I L. */
const LETTERS = '23456789BCDFGHJKMNPQRSTVWXYZ';

function newOrderId(): string {
  return `TW-${Array.from({ length: 12 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
}

/** The order of a payment number. */
export function orderIdOf(paymentNumber: string): string {
  return paymentNumber.split('.', 1)[0] ?? '';
}

function attemptOf(paymentNumber: string): number {
  return Number(paymentNumber.split('.')[1] ?? 1);
}

function paymentNumberOf({ order_id: orderId, attempt }: OrderRow): string {
  return attempt === 1 ? orderId : `${orderId}.${attempt}`;
}

interface OrderRow {
  readonly order_id: string;
  readonly lines: readonly OrderLine[];
  readonly amount: string;
  readonly currency: string;
  readonly placed_at: Date;
  readonly saves_card: boolean;
  readonly attempt: number;
  readonly brand: CardBrand | null;
  readonly last_four: string | null;
  readonly paid_at: Date | null;
  readonly passkey_kind: PasskeyKind | null;
}

function readOrder(row: OrderRow): ShopOrder {
  const { brand, last_four: lastFour, paid_at: at } = row;
  const passkeyKind = row.passkey_kind ?? undefined;
  return {
    orderId: row.order_id,
    lines: row.lines,
    amount: row.amount,
    currency: row.currency,
    placedAt: row.placed_at,
    savesCard: row.saves_card,
    paymentNumber: paymentNumberOf(row),
    ...(brand !== null && lastFour !== null && at !== null && { paid: { brand, lastFour, at, passkeyKind } }),
  };
}
