/** Logs the deliveries at a bank's or a shop's webhook that were refused or failed. */
import type { FastifyBaseLogger } from 'fastify';

/** The kits' DeliveryReport. */
type Delivery =
  | { readonly outcome: 'HANDLED' | 'REPEATED' }
  | { readonly outcome: 'REFUSED'; readonly because: string }
  | { readonly outcome: 'FAILED'; readonly error: unknown };

/** A refused delivery cannot be proven to come from the network, or cannot be read. A failed one comes again. */
export function logDelivery(delivery: Delivery, log: Pick<FastifyBaseLogger, 'warn' | 'error'>): void {
  if (delivery.outcome === 'REFUSED') log.warn({ because: delivery.because }, 'a delivery to the webhook was refused');
  if (delivery.outcome === 'FAILED') log.error({ err: delivery.error }, 'an event could not be handled');
}
