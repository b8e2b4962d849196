/** Deletes the bindings of removed cards at the network. A deletion that the network does not answer stays in the database and is tried again. */
import { type Merchant, MerchantError } from '@payment-passkeys/merchant/server';
import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';

/** The pause after the first failure; it doubles each time. Longer than a call can take, so that no other process repeats a running call. */
const FIRST_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 6 * 60 * 60;
const AT_ONCE = 10;

export interface Removals {
  /** Tries every removal that is due. An error of the network is logged, and the removal is due again later. */
  run(): Promise<void>;
}

export function createRemovals({
  pool,
  bindings,
  clock,
  log,
}: {
  readonly pool: Pool;
  readonly bindings: Pick<Merchant['bindings'], 'remove'>;
  readonly clock: () => Date;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
}): Removals {
  /** Takes removals that are due. Each is due again after its pause, also if this process ends before it is done. */
  const claim = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ binding_id: string }>(
      `UPDATE shop_card_removal SET attempts = attempts + 1,
         next_attempt_at = $1::timestamptz + least($2 * power(2, least(attempts, 20)), $3) * interval '1 second'
       WHERE binding_id IN (
         SELECT binding_id FROM shop_card_removal WHERE next_attempt_at <= $1
         ORDER BY next_attempt_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
       RETURNING binding_id`,
      [clock(), FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS],
    );
    return rows.map(({ binding_id: bindingId }) => bindingId);
  };

  const remove = async (bindingId: string): Promise<void> => {
    try {
      await bindings.remove({ bindingId, reasonCode: 'CARDHOLDER_REQUEST' });
    } catch (error) {
      if (!(error instanceof MerchantError)) throw error;
      if (error.refusal?.reason !== 'BINDING_NOT_FOUND') {
        log.warn({ err: error }, 'a removed card is still at the network; its removal is tried again');
        return;
      }
    }
    // A shopper who saved the card again while the network deleted it has to add it once more.
    await pool.query(
      `WITH done AS (DELETE FROM shop_card_removal WHERE binding_id = $1)
       UPDATE shop_saved_card SET status = 'DELETED', status_by = '{MERCHANT}' WHERE binding_id = $1`,
      [bindingId],
    );
  };

  return {
    async run() {
      for (let due = await claim(); due.length > 0; due = await claim()) await Promise.all(due.map(remove));
    },
  };
}
