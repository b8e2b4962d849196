/** From an order to its payment: by the network's page, or without leaving the shop (contract §9, §10). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  ADVICE,
  type Advice,
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
import { type SignedIn, signInPath } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { CardFields, readCardFields } from '../cards/card-form.ts';
import type { FormProblem } from '../cards/form-problem.ts';
import type { CardStore } from '../cards/store.ts';
import type { DemoGuide } from '../demo-guide.ts';
import { explainError, tellError, type WhyCode } from '../explanations.ts';
import { frameOf, languageOf, localeOf } from '../frame.ts';
import type { TextName } from '../language.ts';
import { type OrderStore, orderIdOf, type ShopOrder } from '../orders/store.ts';
import { buildUnfinishedPage } from '../outcome-page.ts';
import { showSignIn } from '../sign-in/routes.ts';
import { SHOP_NAME } from '../site.ts';
import { buildPayPage, buildStepUpPage, buildUnpaidPage, NEW_CARD } from './page.ts';

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
    const { advice } = outcome;
    const frame = frameOf(request, reply);
    if (outcome.status === 'IGNORED') {
      const why = outcome.because;
      return reply.html(buildUnpaidPage({ frame, why, advice, code: why, again: '/orders' }));
    }
    const { reason: why, payment } = outcome;
    const orderId = orderIdOf(payment.orderId);
    const order = await orders.findOrder({ orderId, shopperId: payment.shopperId });
    const again = `/orders/${orderId}/pay`;
    return reply.html(buildUnpaidPage({ frame, why, advice, code: why, again, order }));
  };

  return async (app) => {
    /** The shopper's own order, or an answer that says why there is none. */
    const withOrder = async (
      request: FastifyRequest<{ Params: Static<typeof OrderParameters> }>,
      reply: FastifyReply,
      handle: (order: ShopOrder, signedIn: SignedIn) => unknown,
    ) => {
      const { signedIn } = request;
      const { orderId } = request.params;
      if (signedIn === undefined) return reply.redirect(signInPath(`/orders/${orderId}/pay`), 303);
      const order = await orders.findOrder({ orderId, shopperId: signedIn.userId });
      return order === undefined ? reply.callNotFound() : handle(order, signedIn);
    };

    app.get('/orders/:orderId/pay', { schema: { params: OrderParameters } }, (request, reply) =>
      withOrder(request, reply, async (order, { userId: shopperId }) => {
        if (order.paid) return reply.redirect(`/orders/${order.orderId}`, 303);
        const saved = await cards.listCards(shopperId);
        return reply.html(buildPayPage({ frame: frameOf(request, reply), order, cards: saved, demo }));
      }),
    );

    app.get('/orders/:orderId/step-up', { schema: { params: OrderParameters } }, (request, reply) =>
      withOrder(request, reply, (order) => reply.html(buildStepUpPage({ frame: frameOf(request, reply), order }))),
    );

    app.post('/orders/:orderId/payment', { schema: { params: OrderParameters, body: PaymentForm } }, (request, reply) =>
      withOrder(request, reply, async (order, { userId: shopperId }) => {
        const { orderId } = order;
        const answer = answerFor(request, reply);
        if (order.paid) return answer.go(`/orders/${orderId}`);
        const language = languageOf(request);
        const refuse = async (status: number, problem: FormProblem) =>
          answer.problem(status, problem, async () =>
            buildPayPage({
              frame: { ...frameOf(request, reply), here: `/orders/${orderId}/pay` },
              order,
              cards: await cards.listCards(shopperId),
              problem,
              demo,
            }),
          );
        const card = await chooseCard(request.body, shopperId);
        if (typeof card === 'string') return refuse(422, { text: language.say(card) });
        const savesCard = request.body.card === NEW_CARD && request.body.save !== undefined;
        await orders.noteSavesCard({ orderId, savesCard });
        try {
          const browser = readBrowserCookie(request.headers.cookie);
          const started = await start(order, { card, shopperId, browser, ...localeOf(request) });
          if (started.nextStep === 'STEP_UP') return answer.go(`/orders/${orderId}/step-up`);
          const { cookie, redirect, securePaymentConfirmation, clientSessionId } = started;
          reply.header('set-cookie', serializeBrowserCookie(cookie));
          return answer.leave({
            payment: { redirect, ...(securePaymentConfirmation && { securePaymentConfirmation }) },
            reportTo: `/orders/${orderId}/payments/${clientSessionId}/confirmation`,
          });
        } catch (error) {
          const explanation = explainError(error, 'START');
          request.log.warn({ err: error }, 'a payment could not be started');
          const again = language.say('pay', { amount: language.money(order.amount, order.currency) });
          const { status, code } = explanation;
          return refuse(status, { text: tellError(explanation, { language, again }), code });
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
        withOrder(request, reply, async (order, { userId: shopperId }) => {
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
          querystring: Type.Object({ reason: Type.String({ pattern: '^[A-Z_]{1,40}$' }) }),
        },
      },
      (request, reply) =>
        withOrder(request, reply, (order) =>
          reply.html(
            buildUnpaidPage({
              frame: frameOf(request, reply),
              ...explainReport(request.query.reason),
              again: `/orders/${order.orderId}/pay`,
              order,
            }),
          ),
        ),
    );

    app.get(CALLBACK_PATH, async (request, reply) => {
      const { signedIn } = request;
      if (signedIn === undefined) return showSignIn(request, reply, { demo: demo !== undefined, next: request.url });
      try {
        const browser = readBrowserCookie(request.headers.cookie);
        const { userId: shopperId } = signedIn;
        return await show(await merchant.completePayment({ url: request.url, browser, shopperId }), request, reply);
      } catch (error) {
        const explanation = explainError(error, 'RETURN');
        request.log.error({ err: error }, 'a payment was not completed');
        const page = { frame: frameOf(request, reply), explanation, again: request.url };
        return reply.code(explanation.status).html(buildUnfinishedPage(page));
      }
    });
  };
}

/** Of a confirmation that was reported, by its code as the address carries it. */
function explainReport(code: string): { readonly why: WhyCode; readonly advice: Advice; readonly code: string } {
  if (isCodeOf(ADVICE.reasons, code)) return { why: code, advice: ADVICE.reasons[code], code };
  if (isCodeOf(ADVICE.ignored, code)) return { why: code, advice: ADVICE.ignored[code], code };
  return { why: 'REFUSED', advice: ADVICE.refused, code };
}

function isCodeOf<Code extends string>(table: Readonly<Record<Code, unknown>>, code: string): code is Code {
  return Object.hasOwn(table, code);
}

/** The same answers to a form and to the page's script, which asks for JSON. */
function answerFor(request: FastifyRequest, reply: FastifyReply) {
  const byScript = request.headers.accept === 'application/json';
  return {
    go: (path: string) => (byScript ? reply.send({ go: path }) : reply.redirect(path, 303)),
    leave: (leaving: { readonly payment: { readonly redirect: string }; readonly reportTo: string }) =>
      byScript ? reply.send(leaving) : reply.redirect(leaving.payment.redirect, 303),
    problem: async (status: number, { text, code }: FormProblem, page: () => Promise<string>) =>
      byScript
        ? reply.code(status).send({ problem: text, ...(code && { code }) })
        : reply.code(status).html(await page()),
  };
}
