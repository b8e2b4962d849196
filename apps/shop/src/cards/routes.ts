/** Saved cards: the list, and a card made ready with a passkey (contract §11). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  type CardOutcome,
  type Merchant,
  MerchantError,
  readBrowserCookie,
  serializeBrowserCookie,
} from '@payment-passkeys/merchant/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { DemoGuide } from '../demo-guide.ts';
import { frameOf, languageOf } from '../frame.ts';
import type { TextName } from '../language.ts';
import { buildFailedPage, buildUnfinishedPage } from '../outcome-page.ts';
import { showSignIn, signInPath } from '../sign-in/routes.ts';
import { CardFields, readCardFields } from './card-form.ts';
import { buildAddCardPage, buildCardsPage } from './pages.ts';
import type { CardStore } from './store.ts';

const CALLBACK_PATH = '/cards/callback';

export interface CardRoutes {
  readonly merchant: Merchant;
  readonly cards: CardStore;
  /** The shop's own origin. */
  readonly publicUrl: string;
  readonly demo: DemoGuide | undefined;
}

export function cardRoutes({ merchant, cards, publicUrl, demo }: CardRoutes): FastifyPluginAsyncTypebox {
  const showForm = (request: FastifyRequest, reply: FastifyReply, problem?: TextName) => {
    const frame = frameOf(request, reply);
    return reply.html(buildAddCardPage({ frame, demo, problem: problem && frame.language.say(problem) }));
  };

  const settle = async (outcome: CardOutcome, request: FastifyRequest, reply: FastifyReply) => {
    if (outcome.status === 'ENROLLED') {
      await cards.saveCard({ shopperId: outcome.enrolment.shopperId, card: outcome.card });
      return reply.redirect('/cards?added=1', 303);
    }
    const code = outcome.status === 'IGNORED' ? outcome.because : outcome.reason;
    const { advice } = outcome;
    const frame = frameOf(request, reply);
    const again = advice === 'CONTACT_US' || advice === 'SWITCH_BROWSER' ? undefined : '/cards/new';
    return reply.html(buildFailedPage({ frame, heading: 'cardFailedHeading', advice, code, again }));
  };

  return async (app) => {
    app.get(
      '/cards',
      { schema: { querystring: Type.Object({ added: Type.Optional(Type.Literal('1')) }) } },
      async (request, reply) => {
        const { shopper: signedIn } = request;
        if (signedIn === undefined) return reply.redirect(signInPath('/cards'), 303);
        const saved = await cards.listCards(signedIn.shopperId);
        const added = request.query.added !== undefined && saved.length > 0;
        return reply.html(buildCardsPage({ frame: frameOf(request, reply), cards: saved, added }));
      },
    );

    app.get('/cards/new', (request, reply) =>
      request.shopper ? showForm(request, reply) : reply.redirect(signInPath('/cards/new'), 303),
    );

    app.post('/cards', { schema: { body: CardFields } }, async (request, reply) => {
      const { shopper: signedIn } = request;
      if (signedIn === undefined) return reply.redirect(signInPath('/cards/new'), 303);
      const card = readCardFields(request.body);
      if (card === undefined) return showForm(request, reply.code(422), 'cardInvalid');
      try {
        const { redirect, cookie } = await merchant.startCardEnrolment({
          card,
          shopperId: signedIn.shopperId,
          callbackUri: new URL(CALLBACK_PATH, publicUrl).href,
          locale: languageOf(request).tag,
          browser: readBrowserCookie(request.headers.cookie),
        });
        return reply.header('set-cookie', serializeBrowserCookie(cookie)).redirect(redirect, 303);
      } catch (error) {
        const { status, text } = explain(error);
        request.log.warn({ err: error }, 'a card could not be added');
        return showForm(request, reply.code(status), text);
      }
    });

    app.post(
      '/cards/remove',
      { schema: { body: Type.Object({ card: Type.String({ maxLength: 64 }) }) } },
      async (request, reply) => {
        const { shopper: signedIn } = request;
        if (signedIn !== undefined) {
          await cards.removeCard({ shopperId: signedIn.shopperId, bindingId: request.body.card });
        }
        return reply.redirect('/cards', 303);
      },
    );

    app.get(CALLBACK_PATH, async (request, reply) => {
      const { shopper: signedIn } = request;
      if (signedIn === undefined) return showSignIn(request, reply, { demo: demo !== undefined, next: request.url });
      try {
        const browser = readBrowserCookie(request.headers.cookie);
        const { shopperId } = signedIn;
        return await settle(
          await merchant.completeCardEnrolment({ url: request.url, browser, shopperId }),
          request,
          reply,
        );
      } catch (error) {
        if (!(error instanceof MerchantError)) throw error;
        request.log.error({ err: error }, 'an added card was not completed');
        return reply.code(503).html(buildUnfinishedPage({ frame: frameOf(request, reply), again: request.url }));
      }
    });
  };
}

/** Of an error at the start, to the shopper: nothing was sent away yet. Throws what is not the kit's. */
export function explain(error: unknown): {
  readonly status: 409 | 422 | 503;
  readonly text: TextName;
  readonly values?: Readonly<Record<string, string>>;
} {
  if (!(error instanceof MerchantError)) throw error;
  const { code, refusal, earlierApproval, retryAfterSeconds = 0 } = error;
  if (code === 'INVALID_CARD' || code === 'INVALID_PAYMENT') return { status: 422, text: 'cardInvalid' };
  if (earlierApproval === 'AWAITED') {
    return { status: 409, text: 'approvalAwaited', values: { minutes: String(Math.ceil(retryAfterSeconds / 60)) } };
  }
  if (code === 'ORDER_ALREADY_APPROVED') return { status: 409, text: 'alreadyApproved' };
  const reason = refusal?.reason;
  if (reason === 'ACCOUNT_NOT_ELIGIBLE' || reason === 'BINDING_NOT_FOUND') return { status: 422, text: 'notEligible' };
  if (reason === 'CARD_EXPIRED' || reason === 'INVALID_FIELD') return { status: 422, text: 'cardInvalid' };
  return { status: 503, text: 'networkDown' };
}
