/** The handlers in Node's own HTTP server, or in Express. */
import { toNodeHandler as mount, type NodeHandler, type NodeHandlerOptions } from '@payment-passkeys/kit';
import { guard } from '../errors.ts';

export type { NodeHandler, NodeHandlerOptions };

/**
 * Mounts a handler of `createPaymentHandlers` where requests are Node's own:
 *
 *     app.post('/payments', toNodeHandler(start, { origin }));              // Express
 *     app.get('/payments/callback', toNodeHandler(callback, { origin }));
 *
 * A body is read up to 64 KiB (beyond: 413); one that a body parser of Express has read before is made again. What the handler rejects with
 * goes to Express's `next`; in Node's own server it is answered 500 and passed to `onError`. Throws MerchantError `INVALID_OPTIONS`.
 */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
  options: NodeHandlerOptions,
): NodeHandler {
  return guard(() => mount(handler, options));
}
