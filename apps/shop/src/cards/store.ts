/** Saved cards: the network's id for each, its brand, its last four digits, and whether it can pay. */
import type { CardBrand, SavedCard } from '@payment-passkeys/merchant/server';
import type { Pool } from 'pg';
import { ACTIVE, type CardStatus, type ShopCard } from './card-status.ts';

export interface CardKey {
  readonly shopperId: string;
  readonly bindingId: string;
}

/** A card whose binding was deleted is dropped as soon as its shopper has another with the same brand and last four digits. */
export interface CardStore {
  /** Newest first. */
  listCards(shopperId: string): Promise<readonly ShopCard[]>;
  /** Finds only the shopper's own card. */
  findCard(key: CardKey): Promise<ShopCard | undefined>;
  /** Saving the same card again changes nothing. A removal of this binding that is still to be done is cancelled. */
  saveCard(saved: { readonly shopperId: string; readonly card: SavedCard }): Promise<void>;
  /**
   * Removes the card, and queues the removal of its binding at the network, unless another shopper has the same binding. One statement; a
   * repeated call changes nothing.
   */
  removeCard(key: CardKey): Promise<void>;
  /** The number of a new reading of the binding's state at the network; undefined if no card needs one. Call it before the network is asked. */
  beginReading(bindingId: string): Promise<string | undefined>;
  /** Stores the result of a reading. Changes nothing if a later reading was stored first, or the binding is known to be deleted. */
  noteReading(read: {
    readonly reading: string;
    readonly bindingId: string;
    readonly status: CardStatus;
    /** Of a replaced card, the new card's. */
    readonly lastFour: string | undefined;
  }): Promise<void>;
  /** Every binding of a saved card that is not known to be deleted. */
  listBindings(): Promise<readonly string[]>;
  /** Needs no reading, because a deletion is final. */
  noteDeleted(deleted: Pick<CardKey, 'bindingId'> & Pick<CardStatus, 'by'>): Promise<void>;
}

interface CardRow {
  readonly binding_id: string;
  readonly brand: CardBrand;
  readonly last_four: string;
  readonly status: CardStatus['status'];
  readonly status_by: CardStatus['by'];
}

const COLUMNS = 'binding_id, brand, last_four, status, status_by';

export function createCardStore({ pool, clock }: { readonly pool: Pool; readonly clock: () => Date }): CardStore {
  /** Deletes a deleted card if the shopper has a live one with the same brand and last four digits. */
  const dropReplaced = (bindingId: string) =>
    pool.query(
      `DELETE FROM shop_saved_card AS dead USING shop_saved_card AS other
       WHERE dead.status = 'DELETED' AND other.status <> 'DELETED' AND $1 IN (dead.binding_id, other.binding_id)
         AND (dead.shopper_id, dead.brand, dead.last_four) = (other.shopper_id, other.brand, other.last_four)`,
      [bindingId],
    );
  return {
    async listCards(shopperId) {
      const { rows } = await pool.query<CardRow>(
        `SELECT ${COLUMNS} FROM shop_saved_card WHERE shopper_id = $1 ORDER BY saved_at DESC`,
        [shopperId],
      );
      return rows.map(readCard);
    },

    async findCard({ shopperId, bindingId }) {
      const { rows } = await pool.query<CardRow>(
        `SELECT ${COLUMNS} FROM shop_saved_card WHERE shopper_id = $1 AND binding_id = $2`,
        [shopperId, bindingId],
      );
      return rows[0] && readCard(rows[0]);
    },

    async saveCard({ shopperId, card: { bindingId, brand, lastFour } }) {
      await pool.query(
        `WITH cancelled AS (DELETE FROM shop_card_removal WHERE binding_id = $2)
         INSERT INTO shop_saved_card (shopper_id, binding_id, brand, last_four, saved_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (shopper_id, binding_id) DO NOTHING`,
        [shopperId, bindingId, brand, lastFour, clock()],
      );
      await dropReplaced(bindingId);
    },

    async removeCard({ shopperId, bindingId }) {
      // Locks the rows of every shopper who has the binding: if two remove it at the same time, the second one sees that nobody else has it.
      await pool.query(
        `WITH held AS (SELECT shopper_id FROM shop_saved_card WHERE binding_id = $2 ORDER BY shopper_id FOR UPDATE),
         removed AS (
           DELETE FROM shop_saved_card
           WHERE shopper_id = $1 AND binding_id = $2 AND EXISTS (SELECT 1 FROM held)
           RETURNING status)
         INSERT INTO shop_card_removal (binding_id, next_attempt_at)
           SELECT $2, $3 FROM removed WHERE status <> 'DELETED' AND NOT EXISTS (SELECT 1 FROM held WHERE shopper_id <> $1)
         ON CONFLICT (binding_id) DO NOTHING`,
        [shopperId, bindingId, clock()],
      );
    },

    async beginReading(bindingId) {
      const { rows } = await pool.query<{ reading: string }>(
        `SELECT nextval('shop_card_reading') AS reading
         WHERE EXISTS (SELECT 1 FROM shop_saved_card WHERE binding_id = $1 AND status <> 'DELETED')`,
        [bindingId],
      );
      return rows[0]?.reading;
    },

    async noteReading({ reading, bindingId, status, lastFour }) {
      await pool.query(
        `UPDATE shop_saved_card SET status = $3, status_by = $4, last_four = coalesce($5, last_four), status_reading = $1
         WHERE binding_id = $2 AND status <> 'DELETED' AND status_reading < $1`,
        [reading, bindingId, status.status, status.by, lastFour],
      );
      await dropReplaced(bindingId);
    },

    async listBindings() {
      const { rows } = await pool.query<{ binding_id: string }>(
        "SELECT DISTINCT binding_id FROM shop_saved_card WHERE status <> 'DELETED'",
      );
      return rows.map(({ binding_id: bindingId }) => bindingId);
    },

    async noteDeleted({ bindingId, by }) {
      await pool.query(
        `UPDATE shop_saved_card SET status = 'DELETED', status_by = $2
         WHERE binding_id = $1 AND (status <> 'DELETED' OR status_by = '{}')`,
        [bindingId, by],
      );
      await dropReplaced(bindingId);
    },
  };
}

function readCard({ binding_id, brand, last_four, status, status_by }: CardRow): ShopCard {
  const state = status === 'ACTIVE' ? ACTIVE : { status, by: status_by };
  return { bindingId: binding_id, brand, lastFour: last_four, state };
}
