/** The cart, kept in a cookie: products and quantities. Prices come from the catalogue when an order is placed. */
import { COOKIE_ATTRIBUTES, cookieName } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SITE } from '../site.ts';
import { amountOf, findProduct, type Product } from './catalogue.ts';

const COOKIE_NAME = cookieName(SITE, 'cart');
export const MAX_QUANTITY = 9;
const MAX_LINES = 12;

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
}

export type Cart = readonly CartLine[];

/** For any request, also for one that failed before its cookies were read. */
export function cartOf({ headers, server }: FastifyRequest): Cart {
  return readCart(server.parseCookie(headers.cookie ?? '')[COOKIE_NAME]);
}

export function keepCart(reply: FastifyReply, cart: Cart): FastifyReply {
  return reply.setCookie(COOKIE_NAME, writeCart(cart), COOKIE_ATTRIBUTES);
}

export function clearCart(reply: FastifyReply): void {
  reply.clearCookie(COOKIE_NAME, COOKIE_ATTRIBUTES);
}

/** Reads `mug.2~tray.1`. An unreadable entry is left out. */
function readCart(cookie: string | undefined): Cart {
  const lines = new Map<string, CartLine>();
  for (const entry of (cookie ?? '').split('~').slice(0, MAX_LINES)) {
    const [productId = '', count = ''] = entry.split('.');
    const product = findProduct(productId);
    if (product && /^[1-9]$/.test(count)) lines.set(productId, { product, quantity: Number(count) });
  }
  return [...lines.values()];
}

function writeCart(cart: Cart): string {
  return cart.map(({ product, quantity }) => `${product.productId}.${quantity}`).join('~');
}

/** The cart with this quantity of a product; 0 removes it. */
export function withQuantity(cart: Cart, product: Product, quantity: number): Cart {
  const others = cart.filter((line) => line.product !== product);
  const line = { product, quantity: Math.min(quantity, MAX_QUANTITY) };
  if (quantity <= 0) return others;
  return others.length < cart.length ? cart.map((each) => (each.product === product ? line : each)) : [...cart, line];
}

export function quantityOf(cart: Cart, product: Product): number {
  return cart.find((line) => line.product === product)?.quantity ?? 0;
}

export function countOf(cart: Cart): number {
  return cart.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** A decimal of the shop's currency. */
export function totalOf(cart: Cart): string {
  return amountOf(cart.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0));
}
