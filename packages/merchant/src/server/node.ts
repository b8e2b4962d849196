/** Mounts the handlers in Node's own HTTP server or in Express. */
import { toNodeHandler as mount, type NodeHandler, type NodeHandlerOptions } from '@payment-passkeys/kit';
import { guard } from '../errors.ts';

export type { NodeHandler, NodeHandlerOptions };

/**
 * Mounts a handler of `createPaymentHandlers` for Node's own requests:
 *
 *     app.post('/payments', toNodeHandler(start, { origin }));              // Express
 *     app.get('/payments/callback', toNodeHandler(callback, { origin }));
 *
 * A body may have up to 64 KiB; a longer one is answered 413. A body that an Express body parser has already read is rebuilt. The handler's
 * rejection goes to Express's `next`; Node's own server answers 500 and calls `onError`. Throws MerchantError `INVALID_OPTIONS`.
 */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
  options: NodeHandlerOptions,
): NodeHandler {
  return guard(() => mount(handler, options));
}
