/** Reads the state of a saved card's binding at the network, and stores it. */
import { type Binding, type Merchant, MerchantError } from '@payment-passkeys/merchant/server';
import type { FastifyBaseLogger } from 'fastify';
import { ACTIVE, type CardStatus } from './card-status.ts';
import type { CardStore } from './store.ts';

/** Asks nothing if no card has the binding, or it is known to be deleted. Rejects with MerchantError if the network does not answer. */
export type RefreshCard = (bindingId: string) => Promise<void>;

export function createCardRefresh({
  cards,
  bindings,
}: {
  readonly cards: CardStore;
  readonly bindings: Pick<Merchant['bindings'], 'search'>;
}): RefreshCard {
  return async (bindingId) => {
    const reading = await cards.beginReading(bindingId);
    if (reading === undefined) return;
    const [binding] = await bindings.search({ bindingId });
    if (binding === undefined) return;
    await cards.noteReading({ reading, bindingId, status: statusOf(binding), lastFour: binding.panLastFour });
  };
}

/** Refreshes the card. If the network does not answer, what is stored stays, and the error is logged. */
export async function tryRefresh(
  refresh: RefreshCard,
  bindingId: string,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Promise<void> {
  try {
    await refresh(bindingId);
  } catch (error) {
    if (!(error instanceof MerchantError)) throw error;
    log.warn({ err: error }, 'the state of a saved card could not be read');
  }
}

function statusOf({ status, suspendedBy }: Binding): CardStatus {
  if (status === 'ACTIVE') return ACTIVE;
  // Who deleted it is in its own event.
  return status === 'DELETED' ? { status, by: [] } : { status, by: suspendedBy };
}
