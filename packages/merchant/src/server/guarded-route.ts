/** A Fastify route that the shop's own page POSTs to. */
import { rules } from '@payment-passkeys/kit';
import type { FastifySchema, preHandlerHookHandler } from 'fastify';

/** A route for a POST from the shop's own page. */
export interface GuardedRoute {
  /** In Fastify's syntax, with or without parameters. */
  readonly path: string;
  /**
   * Runs before the handler, and checks that the request came from the shop's own page: `app.csrfProtection` of `@fastify/csrf-protection`,
   * or a check of `Origin`. It may send a response itself, for example that the order is paid. No default.
   */
  readonly guard: preHandlerHookHandler | readonly preHandlerHookHandler[];
  /** Checked by Fastify before the guard. */
  readonly schema?: FastifySchema;
}

export function routeOptions({ guard, schema }: GuardedRoute) {
  return { preHandler: [guard].flat(), ...(schema && { schema }) };
}

const { aFunction, anObject, either, listOf, optional, text } = rules;

export const GUARDED_ROUTE: rules.Rules = {
  path: text(),
  guard: either('must be a function', aFunction, listOf(aFunction, { min: 1 })),
  schema: optional(anObject),
};
