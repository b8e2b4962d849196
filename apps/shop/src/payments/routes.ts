/** The payment of an order: on the network's page, or inside the shop (contract §9, §10). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { paymentRoutes as kitRoutes } from '@payment-passkeys/merchant/fastify';
import Type, { type Static } from 'typebox';
import type { RefreshCard } from '../cards/refresh.ts';
import type { CardStore } from '../cards/store.ts';
import type { DemoGuide } from '../demo-guide.ts';
import { frameOf, localeOf } from '../frame.ts';
import type { OrderStore } from '../orders/store.ts';
import type { ShopMerchant } from '../provider/provider.ts';
import { SHOP_NAME } from '../site.ts';
import { createCheckouts, isScript, OrderParameters, PaymentForm } from './checkout.ts';
import { createPaymentOutcomes, explainReport } from './outcomes.ts';
import { buildPayPage, buildStepUpPage, buildUnpaidPage } from './page.ts';

const ConfirmationParameters = Type.Object({
  ...OrderParameters.properties,
  clientSessionId: Type.String({ maxLength: 36 }),
});
type ConfirmationParameters = Static<typeof ConfirmationParameters>;
const UnpaidQuery = Type.Object({ reason: Type.String({ pattern: '^[A-Z_]{1,40}$' }) });

export interface PaymentRoutes {
  readonly merchant: ShopMerchant;
  readonly orders: OrderStore;
  readonly cards: CardStore;
  readonly refreshCard: RefreshCard;
  /** The shop's own origin. */
  readonly publicUrl: string;
  readonly demo: DemoGuide | undefined;
}

export function paymentRoutes({
  merchant,
  orders,
  cards,
  refreshCard,
  publicUrl,
  demo,
}: PaymentRoutes): FastifyPluginAsyncTypebox {
  const checkouts = createCheckouts({ orders, cards, refreshCard, demo });
  const outcomes = createPaymentOutcomes({ orders, cards, refreshCard, checkouts, isDemo: demo !== undefined });

  return async (app) => {
    app.get('/orders/:orderId/pay', { schema: { params: OrderParameters } }, (request, reply) =>
      checkouts.withOrder({ request, reply }, async (order, { userId: shopperId }) => {
        if (order.paid) return reply.redirect(`/orders/${order.orderId}`, 303);
        const saved = await cards.listCards(shopperId);
        return reply.html(buildPayPage({ frame: frameOf(request, reply), order, cards: saved, demo }));
      }),
    );
    app.get('/orders/:orderId/step-up', { schema: { params: OrderParameters } }, (request, reply) =>
      checkouts.withOrder({ request, reply }, (order) =>
        reply.html(buildStepUpPage({ frame: frameOf(request, reply), order })),
      ),
    );
    const unpaid = { params: OrderParameters, querystring: UnpaidQuery };
    app.get('/orders/:orderId/unpaid', { schema: unpaid }, (request, reply) =>
      checkouts.withOrder({ request, reply }, (order) => {
        const again = `/orders/${order.orderId}/pay`;
        const page = { frame: frameOf(request, reply), ...explainReport(request.query.reason), again, order };
        return reply.html(buildUnpaidPage(page));
      }),
    );

    await app.register(
      kitRoutes({
        merchant,
        callbackUri: new URL('/payments/callback', publicUrl).href,
        shopper: ({ signedIn }) => signedIn?.userId,
        payment(request) {
          const { order, card } = checkouts.find(request);
          const { paymentNumber: orderId, amount, currency } = order;
          const merchantOrigin = new URL(publicUrl).origin;
          const payable = { orderId, amount, currency, merchantName: SHOP_NAME, merchantOrigin };
          return { order: payable, card, ...localeOf(request) };
        },
        nextOrderId: (_lost, request) => orders.renumber(checkouts.find(request).order),
        start: {
          path: '/orders/:orderId/payment',
          schema: { params: OrderParameters, body: PaymentForm },
          guard: async (request, reply) => checkouts.prepare({ request, reply }),
          answer({ payment, clientSessionId }, request, reply) {
            if (!isScript(request)) return reply.redirect(payment.redirect, 303);
            const { orderId } = checkouts.find(request).order;
            return reply.send({ payment, reportTo: `/orders/${orderId}/payments/${clientSessionId}/confirmation` });
          },
        },
        confirmation: {
          path: '/orders/:orderId/payments/:clientSessionId/confirmation',
          schema: { params: ConfirmationParameters, body: Type.Unknown() },
          guard: async (request, reply) => checkouts.withOrder({ request, reply }, () => undefined),
          read(request) {
            const { clientSessionId } = request.params as ConfirmationParameters; // by the route's schema
            return { clientSessionId, confirmation: request.body };
          },
          render: (outcome, request) => outcomes.describeConfirmation(outcome, request),
        },
        render: (outcome, request, reply) => outcomes.show(outcome, { request, reply }),
      }),
    );
  };
}
