/** A new card in place of another: a number of the same range, and the order for the call to the network. */
import { randomInt, randomUUID } from 'node:crypto';
import { maskPan } from '@payment-passkeys/issuer/server';
import type { Pool } from 'pg';

/** The range is in the first digits. They stay, so that the network still knows whose card it is. */
const RANGE_DIGITS = 8;
const VALID_YEARS = 4;

/** A number of the range of `pan`, of its length, other than it, with a valid check digit (ISO/IEC 7812-1 annex B). */
export function issueNumber(pan: string, random: (below: number) => number = randomInt): string {
  const free = pan.length - RANGE_DIGITS - 1;
  const account = String(random(10 ** free)).padStart(free, '0');
  const payload = pan.slice(0, RANGE_DIGITS) + account;
  const number = payload + checkDigit(payload);
  return number === pan ? issueNumber(pan, random) : number;
}

function checkDigit(payload: string): string {
  const sum = [...payload].toReversed().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

/**
 * Gives the card a new number and expiry date, changes the bank's own records of passkeys to it, and orders the call to the network, all in
 * one statement. Returns the order's id; undefined if the card does not end in `lastFour` (any more), or an earlier replacement is not
 * confirmed yet.
 */
export async function replaceCard(
  pool: Pool,
  card: { readonly customerId: string; readonly position: number; readonly lastFour: string; readonly now: Date },
): Promise<string | undefined> {
  const { customerId, position, lastFour, now } = card;
  const { rows } = await pool.query<{ pan: string }>(
    'SELECT pan FROM bank_card WHERE customer_id = $1 AND position = $2 AND replaced_pan IS NULL',
    [customerId, position],
  );
  const [before] = rows;
  if (before === undefined || before.pan.slice(-4) !== lastFour) return undefined;
  const number = issueNumber(before.pan);
  const orderId = randomUUID();
  const { rowCount } = await pool.query(
    `WITH card AS (
       UPDATE bank_card SET pan = $4, replaced_pan = pan, former_last_fours = array_prepend($7, former_last_fours), expiration_year = $5
       WHERE customer_id = $1 AND position = $2 AND pan = $3 AND replaced_pan IS NULL RETURNING position),
     linked AS (
       UPDATE bank_payment_passkey SET accounts = (
         SELECT jsonb_agg(CASE account WHEN $9 THEN $10 ELSE account END ORDER BY at)
         FROM jsonb_array_elements_text(accounts) WITH ORDINALITY AS listed (account, at))
       WHERE customer_id = $1 AND accounts ? $9 AND EXISTS (SELECT FROM card)),
     bound AS (
       UPDATE bank_binding SET last_fours = array_replace(last_fours, $7, $8)
       WHERE customer_id = $1 AND $7 = ANY (last_fours) AND EXISTS (SELECT FROM card))
     INSERT INTO bank_network_call (order_id, customer_id, action, card_position, asked_at, not_before)
       SELECT $6, $1, 'REPLACE', position, $11, $11 FROM card`,
    [
      customerId,
      position,
      before.pan,
      number,
      String(now.getUTCFullYear() + VALID_YEARS),
      orderId,
      lastFour,
      number.slice(-4),
      maskPan(before.pan),
      maskPan(number),
      now,
    ],
  );
  return rowCount === 1 ? orderId : undefined;
}
