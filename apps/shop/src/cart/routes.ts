/** Products, and the cart. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { frameOf } from '../frame.ts';
import { findProduct } from '../products/catalogue.ts';
import { buildProductsPage } from '../products/page.ts';
import { SESSION_COOKIE_ATTRIBUTES } from '../sign-in/session.ts';
import { CART_COOKIE_NAME, type Cart, quantityOf, readCart, withQuantity, writeCart } from './cart.ts';
import { buildCartPage } from './page.ts';

const ProductId = Type.String({ pattern: '^[a-z]{1,20}$' });

export function cartOf(request: FastifyRequest): Cart {
  return readCart(request.cookies[CART_COOKIE_NAME]);
}

export function clearCart(reply: FastifyReply): void {
  reply.clearCookie(CART_COOKIE_NAME, SESSION_COOKIE_ATTRIBUTES);
}

export const cartRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const change = (reply: FastifyReply, cart: Cart) =>
    reply.setCookie(CART_COOKIE_NAME, writeCart(cart), SESSION_COOKIE_ATTRIBUTES).redirect('/cart', 303);

  app.get('/', (request, reply) => reply.html(buildProductsPage(frameOf(request, reply))));

  app.get('/cart', (request, reply) =>
    reply.html(buildCartPage({ frame: frameOf(request, reply), cart: cartOf(request) })),
  );

  app.post('/cart', { schema: { body: Type.Object({ product: ProductId }) } }, async (request, reply) => {
    const product = findProduct(request.body.product);
    if (product === undefined) return reply.callNotFound();
    const cart = cartOf(request);
    return change(reply, withQuantity(cart, product, quantityOf(cart, product) + 1));
  });

  app.post(
    '/cart/quantity',
    { schema: { body: Type.Object({ product: ProductId, quantity: Type.String({ pattern: '^[0-9]$' }) }) } },
    async (request, reply) => {
      const product = findProduct(request.body.product);
      if (product === undefined) return reply.callNotFound();
      return change(reply, withQuantity(cartOf(request), product, Number(request.body.quantity)));
    },
  );
};
