/** The webhook's route as a Fastify plugin. */
import { MAX_DELIVERY_BYTES, readHeaders, rules, type WebhookOptions } from '@payment-passkeys/kit';
import type { FastifyPluginAsync } from 'fastify';
import { checkGiven } from '../errors.ts';
import type { Merchant } from './merchant.ts';

/** The options of {@link eventRoute}. */
export interface EventRouteOptions extends WebhookOptions {
  readonly merchant: { readonly events: Pick<Merchant['events'], 'webhook'> };
  /** The route, in Fastify's syntax: the path of the webhook's `uri` in the client's registration. */
  readonly path: string;
}

const OPTIONS: rules.Rules = { merchant: rules.fields({ events: rules.withMethods('webhook') }), path: rules.text() };

/**
 * `await app.register(eventRoute({ … }))` adds POST `path`, which answers as `merchant.events.webhook` says. The plugin reads the body as it
 * arrived, whatever parsers the host has. The route must be reachable without a sign-in and without a CSRF check. Throws MerchantError
 * `INVALID_OPTIONS` for wrong options.
 */
export function eventRoute(options: EventRouteOptions): FastifyPluginAsync {
  checkGiven(options, { name: 'eventRoute', fields: OPTIONS });
  const { merchant, path, ...webhookOptions } = options;
  const webhook = merchant.events.webhook(webhookOptions);
  return async (app) => {
    // Only in this plugin's own scope: the signature is over the bytes, so nothing may parse them.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.post(path, { bodyLimit: MAX_DELIVERY_BYTES }, async (request, reply) => {
      const body = request.body instanceof Uint8Array ? new Uint8Array(request.body) : null;
      const init = { method: 'POST', headers: readHeaders(request.headers), body };
      const response = await webhook(new Request('http://localhost/', init));
      reply.code(response.status).headers(Object.fromEntries(response.headers));
      return reply.send(await response.text());
    });
  };
}
