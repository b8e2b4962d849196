/** Places an order; shows one order, and all orders of a shopper. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { signInPath } from '@payment-passkeys/web';
import Type from 'typebox';
import { frameOf } from '../frame.ts';
import { cartOf, clearCart } from '../products/cart.ts';
import { buildOrderPage, buildOrdersPage } from './pages.ts';
import type { OrderStore } from './store.ts';

export function orderRoutes({
  orders,
  demo,
}: {
  readonly orders: OrderStore;
  /** Whether the page of an order explains what happened. */
  readonly demo: boolean;
}): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/orders', async (request, reply) => {
      const { signedIn } = request;
      if (signedIn === undefined) return reply.redirect(signInPath('/orders'), 303);
      const placed = await orders.listOrders(signedIn.userId);
      return reply.html(buildOrdersPage({ frame: frameOf(request, reply), orders: placed }));
    });

    app.post('/orders', async (request, reply) => {
      const { signedIn } = request;
      if (signedIn === undefined) return reply.redirect(signInPath('/cart'), 303);
      const cart = cartOf(request);
      if (cart.length === 0) return reply.redirect('/cart', 303);
      const orderId = await orders.placeOrder({ shopperId: signedIn.userId, cart });
      clearCart(reply);
      return reply.redirect(`/orders/${orderId}/pay`, 303);
    });

    app.get(
      '/orders/:orderId',
      { schema: { params: Type.Object({ orderId: Type.String({ pattern: '^[A-Z0-9-]{1,32}$' }) }) } },
      async (request, reply) => {
        const { signedIn } = request;
        const { orderId } = request.params;
        if (signedIn === undefined) return reply.redirect(signInPath(`/orders/${orderId}`), 303);
        const order = await orders.findOrder({ orderId, shopperId: signedIn.userId });
        if (order === undefined) return reply.callNotFound();
        return reply.html(buildOrderPage({ frame: frameOf(request, reply), order, demo }));
      },
    );
  };
}
