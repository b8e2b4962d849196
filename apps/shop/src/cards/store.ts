/** Saved cards: the network's id for each, its brand, and its last four digits. */
import type { CardBrand, SavedCard } from '@payment-passkeys/merchant/server';
import type { Pool } from 'pg';

export interface CardStore {
  /** Newest first. */
  listCards(shopperId: string): Promise<readonly SavedCard[]>;
  /** Finds only the shopper's own card. */
  findCard(key: { readonly shopperId: string; readonly bindingId: string }): Promise<SavedCard | undefined>;
  /** Saving the same card again changes nothing. */
  saveCard(saved: { readonly shopperId: string; readonly card: SavedCard }): Promise<void>;
  removeCard(key: { readonly shopperId: string; readonly bindingId: string }): Promise<void>;
}

interface CardRow {
  readonly binding_id: string;
  readonly brand: CardBrand;
  readonly last_four: string;
}

export function createCardStore({ pool, clock }: { readonly pool: Pool; readonly clock: () => Date }): CardStore {
  return {
    async listCards(shopperId) {
      const { rows } = await pool.query<CardRow>(
        'SELECT binding_id, brand, last_four FROM shop_saved_card WHERE shopper_id = $1 ORDER BY saved_at DESC',
        [shopperId],
      );
      return rows.map(readCard);
    },

    async findCard({ shopperId, bindingId }) {
      const { rows } = await pool.query<CardRow>(
        'SELECT binding_id, brand, last_four FROM shop_saved_card WHERE shopper_id = $1 AND binding_id = $2',
        [shopperId, bindingId],
      );
      return rows[0] && readCard(rows[0]);
    },

    async saveCard({ shopperId, card }) {
      await pool.query(
        `INSERT INTO shop_saved_card (shopper_id, binding_id, brand, last_four, saved_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (shopper_id, binding_id) DO NOTHING`,
        [shopperId, card.bindingId, card.brand, card.lastFour, clock()],
      );
    },

    async removeCard({ shopperId, bindingId }) {
      await pool.query('DELETE FROM shop_saved_card WHERE shopper_id = $1 AND binding_id = $2', [shopperId, bindingId]);
    },
  };
}

function readCard({ binding_id, brand, last_four }: CardRow): SavedCard {
  return { bindingId: binding_id, brand, lastFour: last_four };
}
