/** What the database holds after every session has ended. */
import type { Pool } from 'pg';
import { sweep } from '../../src/process/housekeeping.ts';

/** Binary values are lower-case hex. */
export interface FinalState {
  readonly sessions: readonly FinalSession[];
  readonly bindings: readonly FinalBinding[];
  readonly passkeys: readonly FinalPasskey[];
  readonly optOuts: readonly FinalOptOut[];
  /** The sessions with a consent on the hosted page: one entry for each consent. */
  readonly consentsOfSessions: readonly string[];
}

export interface FinalSession {
  readonly sessionId: string;
  readonly clientId: string;
  readonly clientSessionId: string;
  readonly state: string;
  readonly passkeyId: string | null;
  /** Set for a merchant's session; '' for an issuer's. */
  readonly cardIndex: string;
  readonly orderKey: string | null;
  readonly proofHash: string | null;
  readonly confirmationPasskeys: readonly string[] | null;
  readonly hasAccounts: boolean;
}

export interface FinalBinding {
  readonly bindingId: string;
  readonly passkeyId: string;
  readonly clientId: string;
  readonly cardIndex: string;
  readonly accounts: readonly string[];
}

export interface FinalPasskey {
  readonly passkeyId: string;
  readonly webauthnId: string;
}

/** Opt-outs of Secure Payment Confirmation, for a card at a merchant. */
export interface FinalOptOut {
  readonly clientId: string;
  readonly cardIndex: string;
}

/** After a day, every session has ended. */
const LATER_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Runs the network's sweep with a clock one day ahead, and reads the result. */
export async function readFinalState(pool: Pool): Promise<FinalState> {
  await sweep({ pool, clock: () => new Date(Date.now() + LATER_MILLISECONDS) });
  const [sessions, bindings, passkeys, optOuts, consents] = await Promise.all([
    pool.query<FinalSession>(
      `SELECT session_id AS "sessionId", client_id AS "clientId", client_session_id AS "clientSessionId", state, passkey_id AS "passkeyId",
              encode(coalesce(card_index, ''), 'hex') AS "cardIndex", order_key AS "orderKey", encode(proof_hash, 'hex') AS "proofHash",
              confirmation_passkeys AS "confirmationPasskeys", accounts IS NOT NULL AS "hasAccounts" FROM session`,
    ),
    pool.query<FinalBinding>(
      `SELECT binding_id AS "bindingId", passkey_id AS "passkeyId", client_id AS "clientId", encode(card_index, 'hex') AS "cardIndex",
              ARRAY(SELECT encode(account_index, 'hex') FROM binding_account WHERE binding_account.binding_id = binding.binding_id) AS accounts
       FROM binding`,
    ),
    pool.query<FinalPasskey>(
      `SELECT passkey_id AS "passkeyId", encode(webauthn_id, 'hex') AS "webauthnId" FROM passkey`,
    ),
    pool.query<FinalOptOut>(
      `SELECT client_id AS "clientId", encode(card_index, 'hex') AS "cardIndex" FROM confirmation_opt_out`,
    ),
    pool.query<{ session_id: string }>('SELECT session_id FROM consent_record'),
  ]);
  return {
    sessions: sessions.rows,
    bindings: bindings.rows,
    passkeys: passkeys.rows,
    optOuts: optOuts.rows,
    consentsOfSessions: consents.rows.map(({ session_id }) => session_id),
  };
}
