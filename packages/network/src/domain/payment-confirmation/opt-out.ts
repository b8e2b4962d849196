/** Opting out of Secure Payment Confirmation (contract §10): for one account at one merchant, until the next enrolment there. */
import { execute, type Sql, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { appended, STEP, type StoredStep } from '../timeline/step.ts';

const OPT_OUT = statement({
  name: 'confirmation-opt-out',
  text: sql`WITH forgotten AS (UPDATE session SET confirmation_challenge = NULL, ${appended(STEP)} WHERE session_id = ${'sessionId'} RETURNING client_id, card_index)
            INSERT INTO confirmation_opt_out (client_id, card_index, opted_out_at)
            SELECT client_id, card_index, ${'now'} FROM forgotten WHERE card_index IS NOT NULL
            ON CONFLICT (card_index, client_id) DO NOTHING`,
});

/**
 * Records that the session's cardholder opts out, for the session's card at its merchant. The session's own challenge for Secure Payment
 * Confirmation is withdrawn.
 */
export async function optOut(
  pool: Pool,
  session: { readonly sessionId: string; readonly step: StoredStep; readonly now: Date },
): Promise<void> {
  await execute(pool, OPT_OUT, session);
}

/**
 * A part of a statement in which `consumed` is the session of an enrolment. If the enrolment is at a merchant (the session has a card_index), the
 * part ends the cardholder's opt-out there. An issuer's enrolment does not end an opt-out.
 */
export const OPTED_IN: Sql<never> = sql`
  opted_in AS (DELETE FROM confirmation_opt_out AS opt_out USING consumed
               WHERE opt_out.client_id = consumed.client_id AND opt_out.card_index = consumed.card_index)`;
