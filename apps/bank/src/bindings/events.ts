/** The network's events at the bank (contract §16): a webhook receives them, and a reader fetches those that it missed. */
import { eventRoute } from '@payment-passkeys/issuer/fastify';
import {
  createPostgresEventStore,
  type EventHandlers,
  type EventOf,
  type EventType,
  type Issuer,
} from '@payment-passkeys/issuer/server';
import { logDelivery, runInBackground } from '@payment-passkeys/web';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { ApprovalStore } from './approvals.ts';
import type { NoticeStore } from './notices.ts';
import type { BindingStore } from './store.ts';

/** The path of the bank's webhook. */
export const WEBHOOK_PATH = '/passkeys/events';
/** The events that the bank uses. */
export const EVENT_TYPES_OF_BANK: readonly EventType[] = [
  'binding.suspended',
  'binding.resumed',
  'binding.deleted',
  'passkey.deleted',
  'payment.approved',
  'session.ended',
  'client.key-expiring',
];

const READ_EVERY_SECONDS = 10 * 60;

export interface EventParts {
  readonly bindings: BindingStore;
  readonly approvals: ApprovalStore;
  readonly notices: NoticeStore;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
}

/**
 * Stores what the bank shows. Each event may come twice, late, and in any order. An event names no account, so a binding that a shop made
 * becomes known at the customer's next visit, when the bank asks by the card's number.
 */
export function buildEventHandlers({ bindings, approvals, notices, log }: EventParts): EventHandlers {
  const saveState = ({
    type,
    timestamp,
    data: { bindingId, suspendedBy, status = type === 'binding.deleted' ? 'DELETED' : 'ACTIVE' },
  }: EventOf<'binding.suspended' | 'binding.resumed' | 'binding.deleted'>) => {
    return bindings.saveStates([{ bindingId, status, suspendedBy }], new Date(timestamp));
  };
  return {
    'binding.suspended': saveState,
    'binding.resumed': saveState,
    'binding.deleted': saveState,
    'passkey.deleted': ({ id, timestamp, triggeredBy, data: { credentialId } }) =>
      notices.addDeletion({ eventId: id, credentialId, by: triggeredBy, at: new Date(timestamp) }),
    async 'payment.approved'({ id, timestamp, data }) {
      const { bindingId, credentialId, merchantName, amount, currency, panLastFour: lastFour } = data;
      const approvedAt = new Date(timestamp);
      await approvals.add({ eventId: id, credentialId, merchantName, amount, currency, lastFour, approvedAt });
      await bindings.noteUse({ bindingId, at: approvedAt });
    },
    'session.ended'({ data: { clientSessionId, state, status, reason } }) {
      log.info({ clientSessionId, state, status, reason }, 'an enrolment ended at the network');
    },
    'client.key-expiring'({ data: { fingerprint, expiresAt } }) {
      log.warn({ fingerprint, expiresAt }, 'the key of this bank at the network expires');
    },
  };
}

/** Adds the webhook's route, and reads on from the cursor when the server is ready and every ten minutes. */
export async function followNetwork(
  app: FastifyInstance,
  { issuer, pool, on }: { readonly issuer: Issuer; readonly pool: Pool; readonly on: EventHandlers },
): Promise<void> {
  const { log } = app;
  const store = createPostgresEventStore(pool);
  await app.register(
    eventRoute({ issuer, path: WEBHOOK_PATH, store, on, onDelivery: (report) => logDelivery(report, log) }),
  );
  const reader = issuer.events.reader({ store, on });
  runInBackground(app, {
    name: 'events of the network',
    everySeconds: READ_EVERY_SECONDS,
    async run(closing) {
      const { beganAgainAt } = await reader.readOnce({ signal: closing });
      // The bindings are asked for at each customer's next visit. Approvals and notices of that time are lost.
      if (beganAgainAt) log.warn({ beganAgainAt }, 'events of the network were lost');
    },
  });
}
