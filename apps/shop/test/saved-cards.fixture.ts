/** Cards that are saved in the shop and held by the network's double. */
import { beforeEach } from 'vitest';
import { type CardStore, createCardStore } from '../src/cards/store.ts';
import { type ShopFixture, useShop } from './shop.fixture.ts';

/** Set by {@link useSavedCards}: test files share the modules of a worker, so each one has to register its own hooks. */
export let fixture: ShopFixture;
export let cards: CardStore;
/** The ids of two shoppers. */
export let robin: string;
export let sasha: string;

/** Registers the hooks of a test file, which set {@link fixture}, {@link cards} and the shoppers. */
export function useSavedCards(): void {
  fixture = useShop();
  beforeEach(async () => {
    cards = createCardStore({ pool: fixture.database.pool, clock: () => fixture.now });
    [robin, sasha] = await Promise.all([fixture.shopperId(), fixture.shopperId('sasha')]);
  });
}

/** Saves a card for Robin in the shop, and its binding in the network's double. */
export async function saveCard(lastFour = '4444', status: 'ACTIVE' | 'PENDING_ACTIVATION' = 'ACTIVE'): Promise<string> {
  const { bindingId } = fixture.network.holdBinding({ accounts: [], panLastFour: lastFour, status });
  await cards.saveCard({ shopperId: robin, card: { bindingId, brand: 'MASTERCARD', lastFour } });
  return bindingId;
}

export const stateOf = async (bindingId: string) => (await cards.findCard({ shopperId: robin, bindingId }))?.state;
