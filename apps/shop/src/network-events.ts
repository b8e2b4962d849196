/**
 * The network's events at the shop (contract §16): about saved cards that others changed, about payments, about the shop's own key. A webhook
 * receives them, and a reader fetches those that it missed. An event may come twice, late, and in any order.
 */
import { eventRoute } from '@payment-passkeys/merchant/fastify';
import { createPostgresEventStore, type EventHandlers, type EventType } from '@payment-passkeys/merchant/server';
import { logDelivery, runInBackground } from '@payment-passkeys/web';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { createCardEvents } from './cards/network-events.ts';
import type { RefreshCard } from './cards/refresh.ts';
import type { CardStore } from './cards/store.ts';
import { type OrderStore, orderIdOf } from './orders/store.ts';
import type { ShopMerchant } from './provider/provider.ts';

/** The path of the shop's webhook. */
export const SHOP_WEBHOOK_PATH = '/payment-passkeys/events';
/** The events that the shop uses. */
export const SHOP_EVENT_TYPES: readonly EventType[] = [
  'binding.created',
  'binding.updated',
  'binding.activated',
  'binding.suspended',
  'binding.resumed',
  'binding.deleted',
  'passkey.deleted',
  'payment.approved',
  'client.key-expiring',
];

const READ_EVERY_SECONDS = 10 * 60;

export async function followNetwork(
  app: FastifyInstance,
  {
    merchant,
    pool,
    cards,
    orders,
    refreshCard,
  }: {
    readonly merchant: ShopMerchant;
    readonly pool: Pool;
    readonly cards: CardStore;
    readonly orders: OrderStore;
    readonly refreshCard: RefreshCard;
  },
): Promise<void> {
  const cardEvents = createCardEvents({ cards, bindings: merchant.bindings, refresh: refreshCard });
  const on: EventHandlers = {
    'binding.created': cardEvents.changed,
    'binding.updated': cardEvents.changed,
    'binding.activated': cardEvents.changed,
    'binding.suspended': cardEvents.changed,
    'binding.resumed': cardEvents.changed,
    'binding.deleted': cardEvents.deleted,
    'passkey.deleted': cardEvents.passkeyDeleted,
    async 'payment.approved'({ data: { orderId, authenticator } }) {
      if (orderId === undefined || authenticator === undefined) return;
      const passkeyKind = authenticator.backupEligible ? 'SYNCED' : 'DEVICE_BOUND';
      await orders.notePasskeyKind({ orderId: orderIdOf(orderId), passkeyKind });
    },
    'client.key-expiring'({ data: { fingerprint, expiresAt } }) {
      app.log.warn({ fingerprint, expiresAt }, 'the key of this shop at the network expires');
    },
  };
  const store = createPostgresEventStore(pool);
  await app.register(
    eventRoute({ merchant, path: SHOP_WEBHOOK_PATH, store, on, onDelivery: (report) => logDelivery(report, app.log) }),
  );

  const reader = merchant.events.reader({ store, on });
  runInBackground(app, {
    name: 'events of the network',
    everySeconds: READ_EVERY_SECONDS,
    async run(signal) {
      const { beganAgainAt } = await reader.readOnce({ signal });
      // Events were lost: the shop was away for more than thirty days.
      if (beganAgainAt) for (const bindingId of await cards.listBindings()) await refreshCard(bindingId);
    },
  });
}
