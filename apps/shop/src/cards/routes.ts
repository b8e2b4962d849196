/** Saved cards: the list, and adding a card with a passkey (contract §11). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { cardRoutes as kitRoutes } from '@payment-passkeys/merchant/fastify';
import type { CardNumber, CardRouteOutcome, MerchantError, Stage } from '@payment-passkeys/merchant/server';
import { type BackgroundJob, signInPath } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { DemoGuide } from '../demo-guide.ts';
import { explainError, tellError } from '../explanations.ts';
import { frameOf, localeOf } from '../frame.ts';
import type { Language } from '../language.ts';
import { buildFailedPage, buildUnfinishedPage } from '../outcome-page.ts';
import type { ShopMerchant } from '../provider/provider.ts';
import { showSignIn } from '../sign-in/routes.ts';
import { CardFields, readCardFields } from './card-form.ts';
import type { FormProblem } from './form-problem.ts';
import { buildAddCardPage, buildCardsPage } from './pages.ts';
import { type RefreshCard, tryRefresh } from './refresh.ts';
import type { CardStore } from './store.ts';

const CALLBACK_PATH = '/cards/callback';
const FORM_PATH = '/cards/new';

const CardsQuery = Type.Object({
  added: Type.Optional(Type.Literal('1')),
  removed: Type.Optional(Type.Literal('1')),
});

export interface CardRoutes {
  readonly merchant: ShopMerchant;
  readonly cards: CardStore;
  readonly refreshCard: RefreshCard;
  /** Tells the network what was removed. */
  readonly removals: BackgroundJob;
  /** The shop's own origin. */
  readonly publicUrl: string;
  readonly demo: DemoGuide | undefined;
}

export function cardRoutes({
  merchant,
  cards,
  refreshCard,
  removals,
  publicUrl,
  demo,
}: CardRoutes): FastifyPluginAsyncTypebox {
  const showForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    describeProblem?: (language: Language) => FormProblem,
  ) => {
    const frame = { ...frameOf(request, reply), here: FORM_PATH };
    return reply.html(buildAddCardPage({ frame, demo, problem: describeProblem?.(frame.language) }));
  };

  const showUnfinished = (
    { error, stage }: { readonly error: MerchantError; readonly stage: Stage },
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const explanation = explainError(error, stage);
    const { status, code } = explanation;
    if (stage === 'START') {
      request.log.warn({ err: error }, 'a card could not be added');
      return showForm(request, reply.code(status), (language) => ({
        text: tellError(explanation, { language, again: language.text('addAndGo') }),
        code,
      }));
    }
    request.log.error({ err: error }, 'an added card was not completed');
    const page = { frame: frameOf(request, reply), explanation, again: request.url };
    return reply.code(status).html(buildUnfinishedPage(page));
  };

  const showOutcome = async (outcome: CardRouteOutcome, request: FastifyRequest, reply: FastifyReply) => {
    switch (outcome.status) {
      case 'ENROLLED':
        await cards.saveCard({ shopperId: outcome.enrolment.shopperId, card: outcome.card });
        await tryRefresh(refreshCard, outcome.card.bindingId, request.log);
        return reply.redirect('/cards?added=1', 303);
      case 'SIGNED_OUT':
        return showSignIn(request, reply, { demo: demo !== undefined, next: request.url });
      case 'UNFINISHED':
        return showUnfinished(outcome, request, reply);
      default: {
        const why = outcome.status === 'IGNORED' ? outcome.because : outcome.reason;
        const { advice } = outcome;
        const frame = frameOf(request, reply);
        return reply.html(buildFailedPage({ frame, of: 'CARD', why, advice, code: why, again: FORM_PATH }));
      }
    }
  };

  return async (app) => {
    app.get('/cards', { schema: { querystring: CardsQuery } }, async (request, reply) => {
      const { signedIn } = request;
      if (signedIn === undefined) return reply.redirect(signInPath('/cards'), 303);
      const saved = await cards.listCards(signedIn.userId);
      const added = request.query.added !== undefined && saved.length > 0;
      const done = added ? 'cardAdded' : request.query.removed && 'cardRemoved';
      return reply.html(buildCardsPage({ frame: frameOf(request, reply), cards: saved, done, demo }));
    });

    app.get(FORM_PATH, (request, reply) =>
      request.signedIn ? showForm(request, reply) : reply.redirect(signInPath(FORM_PATH), 303),
    );

    app.post(
      '/cards/remove',
      { schema: { body: Type.Object({ card: Type.String({ maxLength: 64 }) }) } },
      async (request, reply) => {
        const { signedIn } = request;
        if (signedIn !== undefined) {
          await cards.removeCard({ shopperId: signedIn.userId, bindingId: request.body.card });
          removals.start();
        }
        return reply.redirect('/cards?removed=1', 303);
      },
    );

    await app.register(
      kitRoutes({
        merchant,
        callbackUri: new URL(CALLBACK_PATH, publicUrl).href,
        shopper: ({ signedIn }) => signedIn?.userId,
        card: (request) => ({ card: readCard(request), ...localeOf(request) }),
        start: {
          path: '/cards',
          schema: { body: CardFields },
          async guard(request, reply) {
            if (request.signedIn === undefined) return reply.redirect(signInPath(FORM_PATH), 303);
            if (readCardFields(request.body as CardFields) !== undefined) return; // the body is checked by the route's schema
            return showForm(request, reply.code(422), (language) => ({ text: language.text('cardInvalid') }));
          },
        },
        render: showOutcome,
      }),
    );
  };
}

/** The guard has answered a form without a card number. */
function readCard({ body }: FastifyRequest): CardNumber {
  const card = readCardFields(body as CardFields);
  if (card === undefined) throw new Error('The guard lets only a card number pass.');
  return card;
}
