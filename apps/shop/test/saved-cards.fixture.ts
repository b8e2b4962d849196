/** Cards that are saved in the shop and held by the network's double. */
import { beforeEach } from 'vitest';
import { type CardStore, createCardStore } from '../src/cards/store.ts';
import { type ShopFixture, useShop } from './shop.fixture.ts';

export const fixture: ShopFixture = useShop();
export let cards: CardStore;
/** The ids of two shoppers. */
export let robin: string;
export let sasha: string;

/** Registers the hook of a test file that sets {@link cards} and the shoppers before each test. */
export function useSavedCards(): void {
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
