/** The cart, kept by the browser: which products and how many. Prices are the catalogue's, at the moment that an order is placed. */
import { amountOf, findProduct, type Product } from '../products/catalogue.ts';

export const CART_COOKIE_NAME = '__Host-shop_cart';
export const MAX_QUANTITY = 9;
const MAX_LINES = 12;

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
}

export type Cart = readonly CartLine[];

/** `mug.2~tray.1`. What it does not understand it leaves out. */
export function readCart(cookie: string | undefined): Cart {
  const lines = new Map<string, CartLine>();
  for (const entry of (cookie ?? '').split('~').slice(0, MAX_LINES)) {
    const [productId = '', count = ''] = entry.split('.');
    const product = findProduct(productId);
    if (product && /^[1-9]$/.test(count)) lines.set(productId, { product, quantity: Number(count) });
  }
  return [...lines.values()];
}

export function writeCart(cart: Cart): string {
  return cart.map(({ product, quantity }) => `${product.productId}.${quantity}`).join('~');
}

/** With so many of a product, none included. */
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
