/** From an order to its payment: by the network's page, or without leaving the shop (contract §9, §10). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  type AuthenticatedPayment,
  type CardNumber,
  type Merchant,
  MerchantError,
  type PaymentOutcome,
  type PaymentStart,
  readBrowserCookie,
  type SavedCard,
  serializeBrowserCookie,
} from '@payment-passkeys/merchant/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { CardFields, readCardFields } from '../cards/card-form.ts';
import { explain } from '../cards/routes.ts';
import type { CardStore } from '../cards/store.ts';
import type { DemoGuide } from '../demo-guide.ts';
import { frameOf, languageOf } from '../frame.ts';
import type { TextName } from '../language.ts';
import { SHOP_NAME } from '../layout.ts';
import { type OrderStore, orderIdOf, type ShopOrder } from '../orders/store.ts';
import { buildFailedPage, buildUnfinishedPage } from '../outcome-page.ts';
import { showSignIn, signInPath } from '../sign-in/routes.ts';
import type { SignedIn } from '../sign-in/session.ts';
import { buildPayPage, buildStepUpPage, NEW_CARD } from './page.ts';

const CALLBACK_PATH = '/payments/callback';

const OrderParameters = Type.Object({ orderId: Type.String({ pattern: '^[A-Z0-9-]{1,32}$' }) });
const PaymentForm = Type.Object({
  ...CardFields.properties,
  card: Type.String({ maxLength: 64 }),
  save: Type.Optional(Type.Literal('1')),
});
type PaymentForm = Static<typeof PaymentForm>;

type PaymentWish = Pick<PaymentStart, 'card' | 'shopperId' | 'locale' | 'browser'>;

export interface PaymentRoutes {
  readonly merchant: Merchant;
  readonly orders: OrderStore;
  readonly cards: CardStore;
  /** The shop's own origin. */
  readonly publicUrl: string;
  readonly demo: DemoGuide | undefined;
}

export function paymentRoutes(parts: PaymentRoutes): FastifyPluginAsyncTypebox {
  const { merchant, orders, cards, publicUrl, demo } = parts;

  const chooseCard = async (form: PaymentForm, shopperId: string): Promise<SavedCard | CardNumber | TextName> => {
    if (form.card !== NEW_CARD) return (await cards.findCard({ shopperId, bindingId: form.card })) ?? 'cardMissing';
    return readCardFields(form) ?? 'cardInvalid';
  };

  /** The order is paid from here on, whoever of several callers comes first. */
  const settle = async ({ payment, card, authenticatedAt }: AuthenticatedPayment): Promise<string> => {
    const { shopperId } = payment;
    const orderId = orderIdOf(payment.orderId);
    const order = await orders.findOrder({ orderId, shopperId });
    if (order?.savesCard) await cards.saveCard({ shopperId, card });
    await orders.markPaid({ orderId, brand: card.brand, lastFour: card.lastFour, paidAt: authenticatedAt });
    return `/orders/${orderId}`;
  };

  /** Where an approval of the order is lost for good, nothing can come of it any more: the order is paid under its next number. */
  const start = async (order: ShopOrder, wish: PaymentWish) => {
    const { amount, currency } = order;
    const startAs = (orderId: string) =>
      merchant.startPayment({
        order: { orderId, amount, currency, merchantName: SHOP_NAME, merchantOrigin: new URL(publicUrl).origin },
        callbackUri: new URL(CALLBACK_PATH, publicUrl).href,
        ...wish,
      });
    try {
      return await startAs(order.paymentNumber);
    } catch (error) {
      if (!(error instanceof MerchantError) || error.earlierApproval !== 'LOST') throw error;
      return startAs(await orders.renumber(order));
    }
  };

  const show = async (outcome: PaymentOutcome, request: FastifyRequest, reply: FastifyReply) => {
    // A page of its own, so that the proof leaves the address bar.
    if (outcome.status === 'AUTHENTICATED') return reply.redirect(await settle(outcome), 303);
    if (outcome.status === 'IGNORED' && outcome.because === 'ORDER_ALREADY_APPROVED')
      return reply.redirect('/orders', 303);
    return reply.html(describeFailure(outcome, request, reply));
  };

  return async (app) => {
    /** The shopper's own order, or an answer that says why there is none. */
    const withOrder = async (
      request: FastifyRequest<{ Params: Static<typeof OrderParameters> }>,
      reply: FastifyReply,
      handle: (order: ShopOrder, signedIn: SignedIn) => unknown,
    ) => {
      const { shopper: signedIn } = request;
      const { orderId } = request.params;
      if (signedIn === undefined) return reply.redirect(signInPath(`/orders/${orderId}/pay`), 303);
      const order = await orders.findOrder({ orderId, shopperId: signedIn.shopperId });
      return order === undefined ? reply.callNotFound() : handle(order, signedIn);
    };

    app.get('/orders/:orderId/pay', { schema: { params: OrderParameters } }, (request, reply) =>
      withOrder(request, reply, async (order, { shopperId }) => {
        if (order.paid) return reply.redirect(`/orders/${order.orderId}`, 303);
        const saved = await cards.listCards(shopperId);
        return reply.html(buildPayPage({ frame: frameOf(request, reply), order, cards: saved, demo }));
      }),
    );

    app.get('/orders/:orderId/step-up', { schema: { params: OrderParameters } }, (request, reply) =>
      withOrder(request, reply, (order) => reply.html(buildStepUpPage({ frame: frameOf(request, reply), order }))),
    );

    app.post('/orders/:orderId/payment', { schema: { params: OrderParameters, body: PaymentForm } }, (request, reply) =>
      withOrder(request, reply, async (order, { shopperId }) => {
        const { orderId } = order;
        const answer = answerFor(request, reply);
        if (order.paid) return answer.go(`/orders/${orderId}`);
        const refuse = async (status: number, problem: TextName, values: Readonly<Record<string, string>> = {}) =>
          answer.problem(status, languageOf(request).say(problem, values), async (text) =>
            buildPayPage({
              frame: frameOf(request, reply),
              order,
              cards: await cards.listCards(shopperId),
              problem: text,
              demo,
            }),
          );
        const card = await chooseCard(request.body, shopperId);
        if (typeof card === 'string') return refuse(422, card);
        const savesCard = request.body.card === NEW_CARD && request.body.save !== undefined;
        await orders.noteSavesCard({ orderId, savesCard });
        try {
          const locale = languageOf(request).tag;
          const browser = readBrowserCookie(request.headers.cookie);
          const started = await start(order, { card, shopperId, locale, browser });
          if (started.nextStep === 'STEP_UP') return answer.go(`/orders/${orderId}/step-up`);
          const { cookie, redirect, securePaymentConfirmation, clientSessionId } = started;
          reply.header('set-cookie', serializeBrowserCookie(cookie));
          return answer.leave({
            payment: { redirect, ...(securePaymentConfirmation && { securePaymentConfirmation }) },
            reportTo: `/orders/${orderId}/payments/${clientSessionId}/confirmation`,
          });
        } catch (error) {
          const { status, text, values } = explain(error);
          request.log.warn({ err: error }, 'a payment could not be started');
          return refuse(status, text, values);
        }
      }),
    );

    app.post(
      '/orders/:orderId/payments/:clientSessionId/confirmation',
      {
        schema: {
          params: Type.Object({ ...OrderParameters.properties, clientSessionId: Type.String({ maxLength: 36 }) }),
          body: Type.Unknown(),
        },
      },
      (request, reply) =>
        withOrder(request, reply, async (order, { shopperId }) => {
          const outcome = await merchant.reportConfirmation({
            clientSessionId: request.params.clientSessionId,
            report: request.body,
            browser: readBrowserCookie(request.headers.cookie),
            shopperId,
          });
          if (outcome.status === 'REFUSED') {
            // What was shown to the cardholder is not what the network was told: worth a look, whoever did it.
            request.log.error({ because: outcome.because, orderId: order.orderId }, 'a confirmation was refused');
          }
          if (outcome.status === 'AUTHENTICATED') return { status: outcome.status, go: await settle(outcome) };
          const why = 'because' in outcome ? outcome.because : 'reason' in outcome ? outcome.reason : '';
          return { status: outcome.status, go: `/orders/${order.orderId}/unpaid?reason=${why}` };
        }),
    );

    app.get(
      '/orders/:orderId/unpaid',
      {
        schema: {
          params: OrderParameters,
          querystring: Type.Object({ reason: Type.String({ pattern: '^[A-Z_]{0,40}$' }) }),
        },
      },
      (request, reply) =>
        withOrder(request, reply, (order) =>
          reply.html(
            buildFailedPage({
              frame: frameOf(request, reply),
              heading: 'failedHeading',
              advice: 'TRY_AGAIN',
              code: request.query.reason || 'UNKNOWN_ERROR',
              again: `/orders/${order.orderId}/pay`,
            }),
          ),
        ),
    );

    app.get(CALLBACK_PATH, async (request, reply) => {
      const { shopper: signedIn } = request;
      if (signedIn === undefined) return showSignIn(request, reply, { demo: demo !== undefined, next: request.url });
      try {
        const browser = readBrowserCookie(request.headers.cookie);
        const { shopperId } = signedIn;
        return await show(await merchant.completePayment({ url: request.url, browser, shopperId }), request, reply);
      } catch (error) {
        if (!(error instanceof MerchantError)) throw error;
        request.log.error({ err: error }, 'a payment was not completed');
        return reply.code(503).html(buildUnfinishedPage({ frame: frameOf(request, reply), again: request.url }));
      }
    });
  };
}

function describeFailure(
  outcome: Exclude<PaymentOutcome, AuthenticatedPayment>,
  request: FastifyRequest,
  reply: FastifyReply,
): string {
  const { advice } = outcome;
  const frame = frameOf(request, reply);
  const heading = 'failedHeading';
  if (outcome.status === 'IGNORED') {
    return buildFailedPage({ frame, heading, advice, code: outcome.because, again: undefined });
  }
  const again = advice === 'CONTACT_US' ? undefined : `/orders/${orderIdOf(outcome.payment.orderId)}/pay`;
  return buildFailedPage({ frame, heading, advice, code: outcome.reason, again });
}

/** The same answers to a form and to the page's script, which asks for JSON. */
function answerFor(request: FastifyRequest, reply: FastifyReply) {
  const byScript = request.headers.accept === 'application/json';
  return {
    go: (path: string) => (byScript ? reply.send({ go: path }) : reply.redirect(path, 303)),
    leave: (leaving: { readonly payment: { readonly redirect: string }; readonly reportTo: string }) =>
      byScript ? reply.send(leaving) : reply.redirect(leaving.payment.redirect, 303),
    problem: async (status: number, text: string, page: (text: string) => Promise<string>) =>
      byScript ? reply.code(status).send({ problem: text }) : reply.code(status).html(await page(text)),
  };
}
