/** The pages of products and cart. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { frameOf } from '../frame.ts';
import { type Cart, cartOf, keepCart, quantityOf, withQuantity } from '../products/cart.ts';
import { findProduct } from '../products/catalogue.ts';
import { buildCartPage } from './cart-page.ts';
import { buildProductsPage } from './products-page.ts';

const ProductId = Type.String({ pattern: '^[a-z]{1,20}$' });

export const storefrontRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const change = (reply: FastifyReply, cart: Cart) => keepCart(reply, cart).redirect('/cart', 303);

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
