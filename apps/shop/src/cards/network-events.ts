/** Follows what others do with saved cards: events of the network (contract §16). Safe to repeat, and in any order. */
import type { Actor, Merchant } from '@payment-passkeys/merchant/server';
import type { RefreshCard } from './refresh.ts';
import type { CardStore } from './store.ts';

/** The part of an event that says what it is about. */
interface EventOf<Data> {
  readonly triggeredBy: Actor;
  readonly data: Data;
}
type BindingEvent = EventOf<{ readonly bindingId: string }>;
type PasskeyEvent = EventOf<{ readonly credentialId: string }>;

export interface CardEvents {
  /** The binding was created, activated, suspended or resumed, or has another card. An event may be late, so the network's present state is read. */
  changed(event: BindingEvent): Promise<void>;
  deleted(event: BindingEvent): Promise<void>;
  /** All bindings of the passkey are deleted with it. */
  passkeyDeleted(event: PasskeyEvent): Promise<void>;
}

export function createCardEvents({
  cards,
  bindings,
  refresh,
}: {
  readonly cards: CardStore;
  readonly bindings: Pick<Merchant['bindings'], 'search'>;
  readonly refresh: RefreshCard;
}): CardEvents {
  return {
    changed: ({ data: { bindingId } }) => refresh(bindingId),

    deleted: ({ data: { bindingId }, triggeredBy }) => cards.noteDeleted({ bindingId, by: [triggeredBy] }),

    async passkeyDeleted({ data: { credentialId }, triggeredBy }) {
      for (const { bindingId, status } of await bindings.search({ credentialId })) {
        if (status === 'DELETED') await cards.noteDeleted({ bindingId, by: [triggeredBy] });
      }
    },
  };
}
