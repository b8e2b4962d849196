/** The open sessions of a binding or a passkey end when it is revoked (contract §12). */
import type { Revocation } from '@payment-passkeys/protocol/console';
import { type Sql, sql } from '@payment-passkeys/storage';
import { ENDED_SESSION } from '../events/outbox.ts';
import { BINDING_IS_OPEN } from '../passkeys/open-binding.ts';
import { ACCOUNTS_DELETED } from '../sessions/accounts-deleted.ts';
import { REVOCABLE } from '../sessions/states-in-sql.ts';
import { appended, endStep } from '../timeline/step.ts';

/** Another passkey can approve the payment of `under_way`: by an open binding that is not in `target`. */
const ANOTHER_WAY = sql`EXISTS (
  SELECT FROM binding_account AS account,
    LATERAL (SELECT binding_id, passkey_id, ${BINDING_IS_OPEN} AS open FROM binding WHERE binding.binding_id = account.binding_id OFFSET 0) AS way
  WHERE account.account_index = under_way.card_index AND kind = 'CARD' AND way.open
    AND NOT EXISTS (SELECT FROM target WHERE target.binding_id = way.binding_id
                      OR (target.passkey_id = way.passkey_id AND target.client_id = under_way.client_id AND target.card_index <> '')))`;

/**
 * The open sessions of issuers that enrol an account with one of these keyed indexes. They are found by `session_account`, because the accounts in
 * a session's row are sealed.
 */
export const enrollingSessions = <Name extends string>(accountIndexes: Sql<Name>): Sql<Name> => sql`
  (SELECT own.* FROM session_account AS of_search,
     LATERAL (SELECT session_id, client_id, passkey_id FROM session
              WHERE session.session_id = of_search.session_id AND card_index IS NULL AND ${REVOCABLE} OFFSET 0) AS own
   WHERE of_search.account_index = ANY (ARRAY(SELECT substring(whole FROM 1 FOR 8) FROM unnest(${accountIndexes}) AS whole)))`;

/**
 * Ends the sessions that would use a binding of the part `target`, which has the columns `binding_id, passkey_id, client_id, card_index`, and has
 * locked its rows. These sessions end:
 * - Of the binding's cards, at its client, or at any merchant if the binding is an issuer's: sessions that name the binding, sessions that have
 *   made or used its passkey, and payments that no other passkey can approve.
 * - If the binding is an issuer's: its own enrolments of these cards with the passkey.
 * - Those whose ids `also` selects.
 *
 * Nothing ends if `admitted` has no row. `by` is the statement's value for the actor.
 */
export const revokedSessions = <Name extends string = never>(
  revocation: Revocation,
  also?: Sql<Name>,
): Sql<Name | 'now' | 'by'> => sql`
  card AS (SELECT target.*, account_index FROM target,
             LATERAL (SELECT account_index FROM binding_account AS account WHERE account.binding_id = target.binding_id AND kind = 'CARD'
                      UNION SELECT target.card_index WHERE target.card_index <> '') AS account),
  ended AS (UPDATE session SET ${revoked(revocation)}
            WHERE session_id = ANY (ARRAY(
                SELECT session_id FROM card,
                  LATERAL (SELECT session_id, client_id, binding_id, passkey_id, card_index, state, next_step FROM session
                           WHERE session.card_index = card.account_index AND ${REVOCABLE} OFFSET 0) AS under_way
                WHERE under_way.binding_id = card.binding_id
                  OR ((card.card_index = '' OR under_way.client_id = card.client_id)
                    AND (under_way.passkey_id = card.passkey_id
                      OR ((state = 'registered' OR (next_step = 'AUTHENTICATE' AND state <> 'verified')) AND NOT ${ANOTHER_WAY})))
                UNION ALL
                SELECT own.session_id
                FROM target, ${enrollingSessions(sql`(SELECT coalesce(array_agg(account_index), '{}') FROM card)`)} AS own
                WHERE target.card_index = '' AND own.client_id = target.client_id AND own.passkey_id = target.passkey_id
                ${also === undefined ? sql`` : sql`UNION ALL ${also}`}))
              AND ${REVOCABLE} AND EXISTS (SELECT FROM admitted)
            RETURNING ${ENDED_SESSION})`;

/** What is set in a session that is revoked. */
export const revoked = (revocation: Revocation): Sql<'now' | 'by'> => sql`
  state = 'failed', end_reason = 'PERMISSION_DENIED', ended_at = ${'now'}, ${ACCOUNTS_DELETED}, challenge = NULL, confirmation_challenge = NULL,
  ${appended(endStep({ state: 'failed', by: sql`${'by'}::text`, revocation }))}`;
