/** A customer's passkeys after the enrolment: what is shown of them, and what is ordered for them. */
import { setTimeout as waitFor } from 'node:timers/promises';
import { type EventHandlers, type Issuer, IssuerError, maskPan } from '@payment-passkeys/issuer/server';
import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import type { CustomerStore } from '../accounts/customers.ts';
import { replaceCard } from '../accounts/replacement.ts';
import type { PasskeyRecords } from '../passkeys/records.ts';
import { type Approval, createApprovalStore } from './approvals.ts';
import { createNetworkCallStore, type NetworkCall, type Order } from './calls.ts';
import { createDelivery } from './delivery.ts';
import { buildEventHandlers } from './events.ts';
import { createNoticeStore, type Notice } from './notices.ts';
import { describePasskeys, type PasskeyView } from './passkey-view.ts';
import { refreshBindings } from './refresh.ts';
import { createBindingStore } from './store.ts';

/** How long a page waits for the network. A call that takes longer goes on, and the page says that it is not confirmed yet. */
const PATIENCE_MILLISECONDS = 4000;

/** How long approvals, finished calls and deleted bindings are kept: as long as the network keeps its own record of a binding. */
const KEPT = "interval '13 months'";

export interface Known {
  readonly passkeys: readonly PasskeyView[];
  readonly notices: readonly Notice[];
  /** Whether the network has just described the bindings. If not, `askedAt` is when it last did; undefined if it never did. */
  readonly current: boolean;
  readonly askedAt: Date | undefined;
}

export interface CustomerPasskeys {
  /** Asks the network, for four seconds at most, and returns what the bank knows then. */
  find(customerId: string): Promise<Known>;
  /** Whether the passkey, and the binding if one is given, is the customer's. Does not ask the network. */
  has(key: {
    readonly customerId: string;
    readonly credentialId: string;
    readonly bindingId?: string | undefined;
  }): Promise<boolean>;
  /** The names of the shops that hold a card of the customer. */
  listShops(customerId: string): Promise<readonly string[]>;
  /** The latest payments of a passkey of the customer. */
  listApprovals(key: { readonly customerId: string; readonly credentialId: string }): Promise<readonly Approval[]>;
  /** Stores the order, and tries for four seconds to send it to the network. Returns the order's id; {@link findOrder} returns its state. */
  order(order: Order): Promise<string>;
  /** Orders a new card, as {@link order} does. Undefined if the card is not (any more) the one that ends in `lastFour`. */
  replaceCard(card: {
    readonly customerId: string;
    readonly position: number;
    readonly lastFour: string;
  }): Promise<string | undefined>;
  /** Empty if the customer has no such order. */
  findOrder(key: { readonly customerId: string; readonly orderId: string }): Promise<readonly NetworkCall[]>;
  dismissNotice(key: { readonly customerId: string; readonly eventId: string }): Promise<void>;
  /** For the events of the network. */
  readonly eventHandlers: EventHandlers;
  /** Makes every call that is due, of all customers. */
  deliver(): Promise<void>;
  /** Deletes what is older than 13 months. */
  sweep(): Promise<void>;
  /** Resolves when calls that a page did not wait for have ended. */
  settle(): Promise<void>;
}

export interface CustomerPasskeysOptions {
  readonly network: Pick<Issuer, 'accounts' | 'bindings'>;
  readonly pool: Pool;
  readonly customers: CustomerStore;
  readonly records: PasskeyRecords;
  readonly clock: () => Date;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  /** Resolves after this many milliseconds, or when the signal aborts; the system's timer by default. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export function createCustomerPasskeys(options: CustomerPasskeysOptions): CustomerPasskeys {
  const { network, pool, customers, records, clock, log, wait = waitQuietly } = options;
  const bindings = createBindingStore(pool);
  const approvals = createApprovalStore(pool);
  const notices = createNoticeStore(pool);
  const calls = createNetworkCallStore(pool);
  const { deliver } = createDelivery({
    network,
    customers,
    calls,
    bindings,
    clock,
    onError: (err, { action, orderId, attempts }) =>
      log.error({ err, action, orderId, attempts }, 'the network was not told of an order'),
  });
  const underWay = new Set<Promise<unknown>>();

  /** False if `work` failed at the network, or has not ended after four seconds; then it goes on. */
  const endsInTime = async (work: Promise<void>): Promise<boolean> => {
    const ended = work.then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof IssuerError)) throw error;
        log.warn({ err: error }, 'the network was not asked for passkeys');
        return false;
      },
    );
    const settled = ended.catch((err: unknown) => log.error({ err }, 'a call to the network failed'));
    underWay.add(settled);
    void settled.finally(() => underWay.delete(settled));
    const patience = new AbortController();
    try {
      return await Promise.race([ended, wait(PATIENCE_MILLISECONDS, patience.signal).then(() => false)]);
    } finally {
      patience.abort();
    }
  };

  return {
    async find(customerId) {
      const current = await endsInTime(
        deliver(customerId).then(() => refreshBindings({ network, customers, bindings, clock }, customerId)),
      );
      const [found, ownRecords, waiting, unread, askedAt] = await Promise.all([
        bindings.list(customerId),
        records.listPasskeys(customerId),
        calls.listWaiting(customerId),
        notices.list(customerId),
        bindings.findAskedAt(customerId),
      ]);
      const passkeys = describePasskeys({ bindings: found, records: ownRecords, waiting, mask: maskPan });
      return { passkeys, notices: unread, current, askedAt };
    },

    async has({ customerId, credentialId, bindingId }) {
      const ofPasskey = (await bindings.list(customerId)).filter((binding) => binding.credentialId === credentialId);
      return ofPasskey.some((binding) => bindingId === undefined || binding.bindingId === bindingId);
    },

    async listShops(customerId) {
      const shops = (await bindings.list(customerId)).filter(({ heldBy }) => heldBy.role === 'merchant');
      return [...new Set(shops.map(({ heldBy }) => heldBy.name))];
    },

    async listApprovals({ customerId, credentialId }) {
      const lastFours = (await customers.findCardNumbers(customerId)).flatMap((card) => card.lastFours);
      return approvals.list({ credentialId, lastFours });
    },

    async order(order) {
      const orderId = await calls.addOrder(order, clock());
      await endsInTime(deliver(order.customerId));
      return orderId;
    },

    async replaceCard(card) {
      const orderId = await replaceCard(pool, { ...card, now: clock() });
      if (orderId !== undefined) await endsInTime(deliver(card.customerId));
      return orderId;
    },

    findOrder: (key) => calls.findOrder(key),
    dismissNotice: (key) => notices.dismiss(key),
    eventHandlers: buildEventHandlers({ bindings, approvals, notices, log }),
    deliver: () => deliver(),

    async sweep() {
      const now = clock();
      for (const [table, column] of [
        ['bank_payment_approval', 'approved_at'],
        ['bank_network_call', 'finished_at'],
        ['bank_binding', 'deleted_at'],
        ['bank_passkey_notice', 'occurred_at'],
      ] as const) {
        await pool.query(`DELETE FROM ${table} WHERE ${column} <= $1::timestamptz - ${KEPT}`, [now]);
      }
    },

    async settle() {
      await Promise.all(underWay);
    },
  };
}

async function waitQuietly(milliseconds: number, signal: AbortSignal): Promise<void> {
  await waitFor(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
