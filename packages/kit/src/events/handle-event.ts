/** Handles an event that the store does not have yet: calls the host, then records the event. */
import type { EventEnvelope } from '@payment-passkeys/protocol';
import type { EventStore } from './event-store.ts';
import { dispatchEvent, type EventHandlers } from './network-event.ts';

export interface EventHandling {
  readonly store: EventStore;
  readonly on: EventHandlers;
  readonly clock: () => Date;
}

/**
 * Calls the host's handler first, then writes the record. So if the process ends in between, the event comes again and is never lost. Rejects
 * with the handler's own error, or the store's.
 */
export async function handleEvent(event: EventEnvelope, { store, on, clock }: EventHandling): Promise<void> {
  await dispatchEvent(on, event);
  await store.noteHandled({ eventId: event.id, handledAt: clock() });
}
