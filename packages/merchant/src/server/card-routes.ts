/** The routes of an added card as a Fastify plugin. */
import {
  buildCallbackRoute,
  PRIVATE_HEADERS,
  readBrowserCookie,
  rules,
  serializeBrowserCookie,
} from '@payment-passkeys/kit';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { checkGiven, guard } from '../errors.ts';
import {
  beginCard,
  CARD_FLOW_OPTIONS,
  type CardFlowOptions,
  type CardRouteOutcome,
  handleCardCallback,
} from './card-flow.ts';
import { GUARDED_ROUTE, type GuardedRoute, routeOptions } from './guarded-route.ts';

/** The options of {@link cardRoutes}. */
export interface CardRoutesOptions extends CardFlowOptions<FastifyRequest> {
  /** The route that the shop's page POSTs the card's form to. Its `guard` may also answer a form that has no card number. */
  readonly start: GuardedRoute;
  /**
   * Answers the request for an outcome. For ENROLLED save `outcome.card` and redirect (303) to another page, so that the proof disappears
   * from the address bar. Show a failure at the callback's address and store nothing of it: it is unsigned.
   */
  render(outcome: CardRouteOutcome, request: FastifyRequest, reply: FastifyReply): unknown;
}

/**
 * `await app.register(cardRoutes({ … }))` adds POST `start.path`, and GET for the path of `callbackUri`, without HEAD. Cookie, errors,
 * prefix and MerchantError are as in `paymentRoutes`.
 */
export function cardRoutes(options: CardRoutesOptions): FastifyPluginAsync {
  checkGiven(options, { name: 'cardRoutes', fields: ROUTES_OPTIONS });
  const { start } = options;
  return async (app) => {
    app.post(start.path, routeOptions(start), async (request, reply) => {
      reply.headers(PRIVATE_HEADERS);
      const begun = await beginCard(options, { request, browser: readBrowserCookie(request.headers.cookie) });
      if (!begun.ok) return options.render(begun.outcome, request, reply);
      const { cookie, redirect } = begun.started;
      return reply.header('set-cookie', serializeBrowserCookie(cookie)).redirect(redirect, 303);
    });
    const route = guard(() => buildCallbackRoute(options.callbackUri, app.prefix));
    app.get(route, { exposeHeadRoute: false }, async (request, reply) => {
      reply.headers(PRIVATE_HEADERS);
      const browser = readBrowserCookie(request.headers.cookie);
      return options.render(await handleCardCallback(options, { request, url: request.url, browser }), request, reply);
    });
  };
}

const ROUTES_OPTIONS: rules.Rules = {
  ...CARD_FLOW_OPTIONS,
  start: rules.fields(GUARDED_ROUTE),
  render: rules.aFunction,
};
