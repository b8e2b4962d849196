/** Opting out of Secure Payment Confirmation (contract §10): for one account at one merchant, until the next enrolment there. */
import type { Pool } from 'pg';

/** The wish of the session's cardholder, for its card at its merchant; what the session itself handed out is taken back. */
export async function optOut(
  pool: Pool,
  { sessionId, now }: { readonly sessionId: string; readonly now: Date },
): Promise<void> {
  await pool.query({
    name: 'confirmation-opt-out',
    text: `WITH forgotten AS (UPDATE session SET confirmation_challenge = NULL WHERE session_id = $1 RETURNING client_id, card_index)
           INSERT INTO confirmation_opt_out (client_id, card_index, opted_out_at)
           SELECT client_id, card_index, $2 FROM forgotten WHERE card_index IS NOT NULL
           ON CONFLICT (card_index, client_id) DO NOTHING`,
    values: [sessionId, now],
  });
}

/** Whether the cardholder of an account has opted out at a merchant. `accountIndexes` are the account's, by every live key version. */
export async function isOptedOut(
  pool: Pool,
  { clientId, accountIndexes }: { readonly clientId: string; readonly accountIndexes: readonly Buffer[] },
): Promise<boolean> {
  const found = await pool.query({
    name: 'confirmation-opted-out',
    text: 'SELECT FROM confirmation_opt_out WHERE card_index = ANY ($1::bytea[]) AND client_id = $2',
    values: [accountIndexes, clientId],
  });
  return found.rows.length > 0;
}

/**
 * A part of a statement whose `taken` is the session of an enrolment: at a merchant, which its card_index tells, it brings back what the
 * cardholder had opted out of there. An issuer's opts nobody in.
 */
export const OPTED_IN = `
  opted_in AS (DELETE FROM confirmation_opt_out AS opt_out USING taken
               WHERE opt_out.client_id = taken.client_id AND opt_out.card_index = taken.card_index)`;
