/** The routes of a payment as a Fastify plugin. Also exports the other plugins of this entry point. */
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
  beginPayment,
  type ConfirmationRouteOutcome,
  describeStarted,
  FLOW_OPTIONS,
  handleCallback,
  handleConfirmation,
  type PaymentFlowOptions,
  type PaymentRouteOutcome,
  type ReportedConfirmation,
  readReport,
  type StartedForScript,
} from './flow.ts';

import { GUARDED_ROUTE, type GuardedRoute, routeOptions } from './guarded-route.ts';

export { type CardRoutesOptions, cardRoutes } from './card-routes.ts';
export { type EventRouteOptions, eventRoute } from './event-route.ts';
export type { GuardedRoute };

/** The options of {@link paymentRoutes}. */
export interface PaymentRoutesOptions extends PaymentFlowOptions<FastifyRequest> {
  /** The route that the shop's page POSTs the payment's form to. */
  readonly start: GuardedRoute & {
    /**
     * Answers the start; the kit has already set its cookie. By default a form gets 303, and a script (`Accept: application/json`) gets
     * JSON, `{ payment, clientSessionId }`, for `payWithPasskey`.
     */
    answer?(started: StartedForScript, request: FastifyRequest, reply: FastifyReply): unknown;
  };
  /** The route for the report of `payWithPasskey`. Without it, there is no such route. */
  readonly confirmation?: GuardedRoute & {
    /** Reads the request; by default its JSON body, `{ clientSessionId, confirmation }`. */
    read?(request: FastifyRequest): ReportedConfirmation;
    /** Answers the report. For AUTHENTICATED mark the order as paid. `payWithPasskey` needs its `status`. */
    render(outcome: ConfirmationRouteOutcome, request: FastifyRequest, reply: FastifyReply): unknown;
  };
  /**
   * Answers the request for an outcome. For AUTHENTICATED mark the order as paid and redirect (303) to another page, so that the proof
   * disappears from the address bar. Show a failure at the callback's address and store nothing of it: it is unsigned.
   */
  render(outcome: PaymentRouteOutcome, request: FastifyRequest, reply: FastifyReply): unknown;
}

/**
 * `await app.register(paymentRoutes({ … }))` adds POST `start.path`, POST `confirmation.path`, and GET for the path of `callbackUri`,
 * without HEAD. The kit reads and sets its cookie itself. Errors of the hooks go to the host's error handler. With a Fastify prefix, the
 * paths are relative to it; the prefix is not added to the path of `callbackUri` a second time. Throws MerchantError `INVALID_OPTIONS` for
 * wrong options, and at registration if no Fastify route can match the path of `callbackUri`, for example because it contains `*`.
 */
export function paymentRoutes(options: PaymentRoutesOptions): FastifyPluginAsync {
  checkGiven(options, { name: 'paymentRoutes', fields: ROUTES_OPTIONS });
  const { start, confirmation } = options;
  return async (app) => {
    app.post(start.path, routeOptions(start), async (request, reply) => {
      reply.headers(PRIVATE_HEADERS);
      const begun = await beginPayment(options, { request, browser: readBrowserCookie(request.headers.cookie) });
      if (!begun.ok) return options.render(begun.outcome, request, reply);
      const { started } = begun;
      reply.header('set-cookie', serializeBrowserCookie(started.cookie));
      const answer = describeStarted(started);
      if (start.answer) return start.answer(answer, request, reply);
      const isScript = request.headers.accept === 'application/json';
      return isScript ? reply.send(answer) : reply.redirect(started.redirect, 303);
    });

    if (confirmation) {
      app.post(confirmation.path, routeOptions(confirmation), async (request, reply) => {
        reply.headers(PRIVATE_HEADERS);
        const read = () => confirmation.read?.(request) ?? readReport(request.body);
        const browser = readBrowserCookie(request.headers.cookie);
        return confirmation.render(await handleConfirmation(options, { request, browser }, read), request, reply);
      });
    }

    const route = guard(() => buildCallbackRoute(options.callbackUri, app.prefix));
    app.get(route, { exposeHeadRoute: false }, async (request, reply) => {
      reply.headers(PRIVATE_HEADERS);
      const browser = readBrowserCookie(request.headers.cookie);
      return options.render(await handleCallback(options, { request, url: request.url, browser }), request, reply);
    });
  };
}

const { aFunction, fields, optional } = rules;

const ROUTES_OPTIONS: rules.Rules = {
  ...FLOW_OPTIONS,
  start: fields({ ...GUARDED_ROUTE, answer: optional(aFunction) }),
  confirmation: optional(fields({ ...GUARDED_ROUTE, read: optional(aFunction), render: aFunction })),
  render: aFunction,
};
