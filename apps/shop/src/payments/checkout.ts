/** The checks before a payment starts: whose order it is, and which card pays it. */
import type { CardNumber, SavedCard } from '@payment-passkeys/merchant/server';
import { type SignedIn, signInPath } from '@payment-passkeys/web';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { CardFields, readCardFields } from '../cards/card-form.ts';
import { canPay, tellCardState } from '../cards/card-status.ts';
import type { FormProblem } from '../cards/form-problem.ts';
import { type RefreshCard, tryRefresh } from '../cards/refresh.ts';
import type { CardKey, CardStore } from '../cards/store.ts';
import type { DemoGuide } from '../demo-guide.ts';
import { frameOf, languageOf } from '../frame.ts';
import type { OrderStore, ShopOrder } from '../orders/store.ts';
import { buildPayPage, NEW_CARD } from './page.ts';

export const OrderParameters = Type.Object({ orderId: Type.String({ pattern: '^[A-Z0-9-]{1,32}$' }) });
export type OrderParameters = Static<typeof OrderParameters>;
export const PaymentForm = Type.Object({
  ...CardFields.properties,
  card: Type.String({ maxLength: 64 }),
  save: Type.Optional(Type.Literal('1')),
});
type PaymentForm = Static<typeof PaymentForm>;

/** The order, the shopper and the card of a payment. */
export interface Checkout {
  readonly order: ShopOrder;
  readonly shopperId: string;
  readonly card: SavedCard | CardNumber;
}

/** A request to the shop, and its reply. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Checkouts {
  /** Calls `handle` with the shopper's own order, or answers the request with the problem. The route has {@link OrderParameters}. */
  withOrder(exchange: Exchange, handle: (order: ShopOrder, signedIn: SignedIn) => unknown): Promise<unknown>;
  /** The guard of the start: stores the checkout, or answers the request with the problem. The route has a {@link PaymentForm}. */
  prepare(exchange: Exchange): Promise<unknown>;
  /** The checkout that the guard stored. */
  find(request: FastifyRequest): Checkout;
  /** Answers with the form and the problem; a script gets only the problem. */
  showProblem(
    exchange: Exchange,
    told: Pick<Checkout, 'order' | 'shopperId'> & { readonly status: number; readonly problem: FormProblem },
  ): Promise<unknown>;
}

export function createCheckouts({
  orders,
  cards,
  refreshCard,
  demo,
}: {
  readonly orders: OrderStore;
  readonly cards: CardStore;
  readonly refreshCard: RefreshCard;
  readonly demo: DemoGuide | undefined;
}): Checkouts {
  const remembered = new WeakMap<FastifyRequest, Checkout>();
  /**
   * The shopper's saved card in its present state at the network, because an event may not have arrived yet. The kit accepts a proof only for
   * the last four digits that the payment was started with, and a replaced card has new ones.
   */
  const findSavedCard = async (key: CardKey, log: FastifyBaseLogger) => {
    if ((await cards.findCard(key)) === undefined) return undefined;
    await tryRefresh(refreshCard, key.bindingId, log);
    return cards.findCard(key);
  };

  const checkouts: Checkouts = {
    async withOrder({ request, reply }, handle) {
      const { signedIn } = request;
      const { orderId } = request.params as OrderParameters; // by the route's schema
      if (signedIn === undefined) return reply.redirect(signInPath(`/orders/${orderId}/pay`), 303);
      const order = await orders.findOrder({ orderId, shopperId: signedIn.userId });
      if (order !== undefined) return handle(order, signedIn);
      reply.callNotFound();
      return reply;
    },

    prepare: ({ request, reply }) =>
      checkouts.withOrder({ request, reply }, async (order, { userId: shopperId }) => {
        const { orderId } = order;
        if (order.paid) return go({ request, reply }, `/orders/${orderId}`);
        const form = request.body as PaymentForm; // by the route's schema
        const isNew = form.card === NEW_CARD;
        const refuse = (text: string) =>
          checkouts.showProblem({ request, reply }, { order, shopperId, status: 422, problem: { text } });
        const language = languageOf(request);
        const saved = isNew ? undefined : await findSavedCard({ shopperId, bindingId: form.card }, request.log);
        if (saved && !canPay(saved)) return refuse(tellCardState(saved, language).join(' '));
        const card = isNew ? readCardFields(form) : saved;
        if (card === undefined) return refuse(language.text(isNew ? 'cardInvalid' : 'cardMissing'));
        await orders.noteSavesCard({ orderId, savesCard: isNew && form.save !== undefined });
        remembered.set(request, { order, shopperId, card });
        return undefined;
      }),

    find(request) {
      const checkout = remembered.get(request);
      if (checkout === undefined) throw new Error('The guard of the start did not run.');
      return checkout;
    },

    async showProblem({ request, reply }, { order, shopperId, status, problem }) {
      const { text, code } = problem;
      reply.code(status);
      if (isScript(request)) return reply.send({ problem: text, ...(code && { code }) });
      const frame = { ...frameOf(request, reply), here: `/orders/${order.orderId}/pay` };
      return reply.html(buildPayPage({ frame, order, cards: await cards.listCards(shopperId), problem, demo }));
    },
  };
  return checkouts;
}

/** Whether the request comes from the page's script, which is answered in JSON. */
export function isScript(request: FastifyRequest): boolean {
  return request.headers.accept === 'application/json';
}

/** Redirects the browser to a page of the shop; the page's script gets the address instead. */
export function go({ request, reply }: Exchange, path: string): FastifyReply {
  return isScript(request) ? reply.send({ go: path }) : reply.redirect(path, 303);
}
