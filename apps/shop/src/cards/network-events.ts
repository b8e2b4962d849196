/** Follows what others do with saved cards: events of the network (contract §16). Safe to repeat, and in any order. */
import type { Actor, Binding, Merchant } from '@payment-passkeys/merchant/server';
import { ACTIVE, type CardStatus } from './card-status.ts';
import type { CardStore } from './store.ts';

/** The part of an event that says what it is about. */
interface EventOf<Data> {
  readonly triggeredBy: Actor;
  readonly data: Data;
}
type BindingEvent = EventOf<{ readonly bindingId: string }>;
type PasskeyEvent = EventOf<{ readonly credentialId: string }>;

export interface CardEvents {
  /** The binding was suspended, resumed, or is of another card now. An event may be late: the network's present state counts. */
  changed(event: BindingEvent): Promise<void>;
  /** Stores the network's present state of the binding. */
  refresh(bindingId: string): Promise<void>;
  deleted(event: BindingEvent): Promise<void>;
  /** All bindings of the passkey are deleted with it. */
  passkeyDeleted(event: PasskeyEvent): Promise<void>;
}

export function createCardEvents({
  cards,
  bindings,
}: {
  readonly cards: CardStore;
  readonly bindings: Pick<Merchant['bindings'], 'search'>;
}): CardEvents {
  const refresh = async (bindingId: string) => {
    const reading = await cards.beginReading(bindingId);
    if (reading === undefined) return;
    const [binding] = await bindings.search({ bindingId });
    if (binding === undefined) return;
    await cards.noteReading({ reading, bindingId, status: statusOf(binding), lastFour: binding.panLastFour });
  };
  return {
    refresh,
    changed: ({ data: { bindingId } }) => refresh(bindingId),

    deleted: ({ data: { bindingId }, triggeredBy }) => cards.noteDeleted({ bindingId, by: [triggeredBy] }),

    async passkeyDeleted({ data: { credentialId }, triggeredBy }) {
      for (const { bindingId, status } of await bindings.search({ credentialId })) {
        if (status === 'DELETED') await cards.noteDeleted({ bindingId, by: [triggeredBy] });
      }
    },
  };
}

function statusOf({ status, suspendedBy }: Binding): CardStatus {
  if (status === 'ACTIVE') return ACTIVE;
  // Who deleted it is in its own event.
  return status === 'DELETED' ? { status, by: [] } : { status, by: suspendedBy };
}
