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

export interface EnrolmentRoutesOptions extends FlowOptions<FastifyRequest> {
  /** The route that the bank's registration screen POSTs to, as Fastify writes routes. */
  readonly startPath: string;
  /**
   * Runs before the start, and has to make sure that the request came from the bank's own page: `app.csrfProtection` of
   * `@fastify/csrf-protection`, or a check of `Origin`. No default.
   */
  readonly guardStart: preHandlerHookHandler;
  /**
   * Answers for an outcome. For ENROLLED redirect (303) to a page of its own, so that the proof leaves the address bar; show a failure
   * where it arrived, and record nothing of it: nobody signed it.
   */
  render(outcome: RouteOutcome, request: FastifyRequest, reply: FastifyReply): unknown;
}

/**
 * `await app.register(enrolmentRoutes({ … }))`: POST `startPath`, and GET the path of `callbackUri`, without a HEAD beside it. Cookies are
 * read and set by the kit itself. What the hooks throw goes to the host's error handler. Registered below a prefix, `startPath` is below it; of
 * `callbackUri` the prefix is not written twice.
 * Checks its options (throws IssuerError `INVALID_OPTIONS`); so does its registration where no route of Fastify's stands for the path of
 * `callbackUri`, as with `*` in it.
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
  // Fastify takes a list of hooks as well.
  guardStart: either('must be a function', aFunction, listOf(aFunction, { min: 1 })),
  render: aFunction,
};
