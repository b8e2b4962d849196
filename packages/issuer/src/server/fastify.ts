/** The two routes as a Fastify plugin. */

import {
  buildCallbackRoute,
  PRIVATE_HEADERS,
  readBrowserCookie,
  rules,
  serializeBrowserCookie,
} from '@payment-passkeys/kit';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify';
import { checkGiven, guard } from '../errors.ts';
import { beginEnrolment, FLOW_OPTIONS, type FlowOptions, handleCallback, type RouteOutcome } from './flow.ts';

export { type EventRouteOptions, eventRoute } from './event-route.ts';

export interface EnrolmentRoutesOptions extends FlowOptions<FastifyRequest> {
  /** The route that the bank's registration screen POSTs to, in Fastify's syntax. */
  readonly startPath: string;
  /**
   * Runs before the start. It must make sure that the request came from the bank's own page: `app.csrfProtection` of
   * `@fastify/csrf-protection`, or a check of `Origin`. No default.
   */
  readonly guardStart: preHandlerHookHandler;
  /**
   * Answers the request for an outcome. For ENROLLED redirect (303) to another page, so that the proof disappears from the address bar.
   * Show a failure at the callback's address and store nothing of it: it is unsigned.
   */
  render(outcome: RouteOutcome, request: FastifyRequest, reply: FastifyReply): unknown;
}

/**
 * `await app.register(enrolmentRoutes({ … }))` adds POST `startPath`, and GET for the path of `callbackUri`, without HEAD. The kit reads
 * and sets its cookies itself. Errors of the hooks go to the host's error handler. With a Fastify prefix, `startPath` is relative to it;
 * the prefix is not added to the path of `callbackUri` a second time. Throws IssuerError `INVALID_OPTIONS` for wrong options, and at
 * registration if no Fastify route can match the path of `callbackUri`, for example because it contains `*`.
 */
export function enrolmentRoutes(options: EnrolmentRoutesOptions): FastifyPluginAsync {
  checkGiven(options, { name: 'enrolmentRoutes', fields: ROUTES_OPTIONS });
  return async (app) => {
    app.post(options.startPath, { preHandler: options.guardStart }, async (request, reply) => {
      reply.headers(PRIVATE_HEADERS);
      const begun = await beginEnrolment(options, { request, browser: readBrowserCookie(request.headers.cookie) });
      if (!begun.ok) return options.render(begun.outcome, request, reply);
      const { redirect, cookie } = begun.started;
      return reply.header('set-cookie', serializeBrowserCookie(cookie)).redirect(redirect, 303);
    });

    const route = guard(() => buildCallbackRoute(options.callbackUri, app.prefix));
    app.get(route, { exposeHeadRoute: false }, async (request, reply) => {
      reply.headers(PRIVATE_HEADERS);
      const browser = readBrowserCookie(request.headers.cookie);
      return options.render(await handleCallback(options, { request, url: request.url, browser }), request, reply);
    });
  };
}

const { aFunction, either, listOf, text } = rules;

const ROUTES_OPTIONS: rules.Rules = {
  ...FLOW_OPTIONS,
  startPath: text(),
  // Fastify accepts a list of hooks as well.
  guardStart: either('must be a function', aFunction, listOf(aFunction, { min: 1 })),
  render: aFunction,
};
