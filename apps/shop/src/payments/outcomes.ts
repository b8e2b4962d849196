/** The page that the shopper sees for each result of a payment. */
import {
  ADVICE,
  type Advice,
  type AuthenticatedPayment,
  type ConfirmationRouteOutcome,
  type MerchantError,
  type PaymentRouteOutcome,
} from '@payment-passkeys/merchant/server';
import type { FastifyRequest } from 'fastify';
import { type RefreshCard, tryRefresh } from '../cards/refresh.ts';
import type { CardStore } from '../cards/store.ts';
import { explainError, tellError, type WhyCode } from '../explanations.ts';
import { frameOf, languageOf } from '../frame.ts';
import { type OrderStore, orderIdOf } from '../orders/store.ts';
import { buildUnfinishedPage } from '../outcome-page.ts';
import { showSignIn } from '../sign-in/routes.ts';
import { type Checkouts, type Exchange, go, type OrderParameters } from './checkout.ts';
import { buildUnpaidPage } from './page.ts';

export interface PaymentOutcomes {
  /** Answers the request with the page or the redirect for an outcome of the kit's start or callback. */
  show(outcome: PaymentRouteOutcome, exchange: Exchange): Promise<unknown>;
  /** The JSON answer to a report of Secure Payment Confirmation: the status, and the address to go to. */
  describeConfirmation(
    outcome: ConfirmationRouteOutcome,
    request: FastifyRequest,
  ): Promise<{ readonly status: string; readonly go: string }>;
}

export function createPaymentOutcomes({
  orders,
  cards,
  refreshCard,
  checkouts,
  isDemo,
}: {
  readonly orders: OrderStore;
  readonly cards: CardStore;
  readonly refreshCard: RefreshCard;
  readonly checkouts: Checkouts;
  readonly isDemo: boolean;
}): PaymentOutcomes {
  /** Saves the card if the shopper asked for it, and marks the order as paid. Returns the address of its page. May run more than once for an order. */
  const completePayment = async (
    { payment, card, authenticatedAt }: AuthenticatedPayment,
    { log }: FastifyRequest,
  ): Promise<string> => {
    const { shopperId } = payment;
    const orderId = orderIdOf(payment.orderId);
    const order = await orders.findOrder({ orderId, shopperId });
    if (order?.savesCard) await cards.saveCard({ shopperId, card });
    const { brand, lastFour } = card;
    await orders.markPaid({ orderId, brand, lastFour, at: authenticatedAt });
    // The card's bank may not have activated it yet, and the event about that may have come before the card was saved.
    if (order?.savesCard) await tryRefresh(refreshCard, card.bindingId, log);
    return `/orders/${orderId}`;
  };

  const showUnstarted = (error: MerchantError, exchange: Exchange) => {
    const { request } = exchange;
    const { order, shopperId } = checkouts.find(request);
    const explanation = explainError(error, 'START');
    request.log.warn({ err: error }, 'a payment could not be started');
    const language = languageOf(request);
    const again = language.text('pay', { amount: language.money(order.amount, order.currency) });
    const { status, code } = explanation;
    const problem = { text: tellError(explanation, { language, again }), code };
    return checkouts.showProblem(exchange, { order, shopperId, status, problem });
  };

  const showUncompleted = (error: MerchantError, { request, reply }: Exchange) => {
    const explanation = explainError(error, 'RETURN');
    request.log.error({ err: error }, 'a payment was not completed');
    const page = { frame: frameOf(request, reply), explanation, again: request.url };
    return reply.code(explanation.status).html(buildUnfinishedPage(page));
  };

  return {
    async show(outcome, exchange) {
      const { request, reply } = exchange;
      switch (outcome.status) {
        case 'AUTHENTICATED':
          // Another page, so that the proof disappears from the address bar.
          return reply.redirect(await completePayment(outcome, request), 303);
        case 'STEP_UP':
          return go(exchange, `/orders/${checkouts.find(request).order.orderId}/step-up`);
        case 'SIGNED_OUT':
          return showSignIn(request, reply, { demo: isDemo, next: request.url });
        case 'UNFINISHED':
          return outcome.stage === 'START'
            ? showUnstarted(outcome.error, exchange)
            : showUncompleted(outcome.error, exchange);
        case 'IGNORED': {
          const { because: why, advice } = outcome;
          if (why === 'ORDER_ALREADY_APPROVED') return reply.redirect('/orders', 303);
          const page = { frame: frameOf(request, reply), why, advice, code: why, again: '/orders' };
          return reply.html(buildUnpaidPage(page));
        }
        default: {
          const { reason: why, payment, advice } = outcome;
          const orderId = orderIdOf(payment.orderId);
          const order = await orders.findOrder({ orderId, shopperId: payment.shopperId });
          const again = `/orders/${orderId}/pay`;
          return reply.html(buildUnpaidPage({ frame: frameOf(request, reply), why, advice, code: why, again, order }));
        }
      }
    },

    async describeConfirmation(outcome, request) {
      const { orderId } = request.params as OrderParameters; // by the route's schema
      if (outcome.status === 'UNFINISHED') throw outcome.error;
      if (outcome.status === 'REFUSED') {
        // The browser showed the cardholder other values than the network had: an operator should investigate.
        request.log.error({ because: outcome.because, orderId }, 'a confirmation was refused');
      }
      if (outcome.status === 'AUTHENTICATED')
        return { status: outcome.status, go: await completePayment(outcome, request) };
      return { status: outcome.status, go: `/orders/${orderId}/unpaid?reason=${codeOf(outcome)}` };
    },
  };
}

/** The code of a refused confirmation, for the address of the page that explains it. */
function codeOf(outcome: ConfirmationRouteOutcome): string {
  if (outcome.status === 'IGNORED' || outcome.status === 'REFUSED') return outcome.because;
  return outcome.status === 'CANCELLED' || outcome.status === 'ERROR' ? outcome.reason : '';
}

/** Explains why a reported confirmation was not accepted. `code` comes from the page's address. */
export function explainReport(code: string): { readonly why: WhyCode; readonly advice: Advice; readonly code: string } {
  if (isCodeOf(ADVICE.reasons, code)) return { why: code, advice: ADVICE.reasons[code], code };
  if (isCodeOf(ADVICE.ignored, code)) return { why: code, advice: ADVICE.ignored[code], code };
  return { why: 'REFUSED', advice: ADVICE.refused, code };
}

function isCodeOf<Code extends string>(table: Readonly<Record<Code, unknown>>, code: string): code is Code {
  return Object.hasOwn(table, code);
}
