/** Sessions in the database. Consuming something is one conditional UPDATE. */
import type { CardholderVerification, ComplianceSettings, Consent, EndReason } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import type { SessionFacts, SessionState } from './session.ts';

export interface NewSession {
  readonly sessionId: string;
  readonly clientId: string;
  readonly clientSessionId: string;
  readonly srcCorrelationId: string;
  readonly reason: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly callbackUri: string | undefined;
  readonly locale: string | undefined;
  readonly verification: CardholderVerification;
  readonly consent: Consent;
  readonly compliance: ComplianceSettings | undefined;
  /** Sealed. */
  readonly accounts: Buffer;
  readonly tokenHash: Buffer;
}

export interface Session extends SessionFacts {
  readonly sessionId: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly clientSuspended: boolean;
  readonly callbackDomains: readonly string[];
  readonly callbackSchemes: readonly string[];
  readonly clientSessionId: string;
  readonly srcCorrelationId: string;
  readonly reason: string;
  readonly callbackUri: string | null;
  readonly returnTo: string | null;
  readonly locale: string | null;
  readonly consent: Consent;
  readonly compliance: ComplianceSettings | null;
  readonly accounts: Buffer | null;
  readonly userHandle: Buffer | null;
  readonly passkeyId: string | null;
  readonly deviceId: string | null;
  readonly completedAt: Date | null;
  readonly proofKeyId: string | null;
  readonly endReason: EndReason | null;
}

interface SessionRow {
  readonly session_id: string;
  readonly client_id: string;
  readonly client_name: string;
  readonly client_suspended: boolean;
  readonly callback_domains: readonly string[];
  readonly callback_schemes: readonly string[];
  readonly client_session_id: string;
  readonly src_correlation_id: string;
  readonly reason: string;
  readonly state: SessionState;
  readonly expires_at: Date;
  readonly callback_uri: string | null;
  readonly locale: string | null;
  readonly consent: Consent;
  readonly compliance: ComplianceSettings | null;
  readonly accounts: Buffer | null;
  readonly token_hash: Buffer;
  readonly ceremony_hash: Buffer | null;
  readonly return_to: string | null;
  readonly challenge: Buffer | null;
  readonly user_handle: Buffer | null;
  readonly credential_hash: Buffer | null;
  readonly passkey_id: string | null;
  readonly device_id: string | null;
  readonly completed_at: Date | null;
  readonly proof_key_id: string | null;
  readonly proof_hash: Buffer | null;
  readonly proof_expires_at: Date | null;
  readonly ended_at: Date | null;
  readonly end_reason: EndReason | null;
}

/** False when the client has used the clientSessionId before. */
export async function insertSession(pool: Pool, session: NewSession): Promise<boolean> {
  const inserted = await pool.query({
    name: 'session-insert',
    text: `INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at,
                                callback_uri, locale, verification, consent, compliance, accounts, token_hash)
           VALUES ($1, $2, $3, $4, $5, 'created', $6, $7, $8, $9, $10, $11, $12, $13, $14)
           ON CONFLICT (client_id, lower(client_session_id)) DO NOTHING`,
    values: [
      session.sessionId,
      session.clientId,
      session.clientSessionId,
      session.srcCorrelationId,
      session.reason,
      session.createdAt,
      session.expiresAt,
      session.callbackUri,
      session.locale,
      session.verification,
      session.consent,
      session.compliance,
      session.accounts,
      session.tokenHash,
    ],
  });
  return inserted.rowCount === 1;
}

const SELECT_SESSION = `
  SELECT session_id, session.client_id, client.name AS client_name, client.suspended_at IS NOT NULL AS client_suspended,
         client.callback_domains, client.callback_schemes, client_session_id, src_correlation_id, reason, state, expires_at,
         callback_uri, locale, consent, compliance, accounts, token_hash, ceremony_hash, return_to, challenge, user_handle,
         credential_hash, passkey_id, device_id, completed_at, proof_key_id, proof_hash, proof_expires_at, ended_at, end_reason
  FROM session JOIN client USING (client_id)`;

export async function findSession(pool: Pool, sessionId: string): Promise<Session | undefined> {
  return find(pool, { name: 'session-by-id', text: `${SELECT_SESSION} WHERE session_id = $1`, values: [sessionId] });
}

/** The session that a ceremony cookie was made for. */
export async function findSessionOfCeremony(pool: Pool, ceremonyHash: Buffer): Promise<Session | undefined> {
  return find(pool, {
    name: 'session-by-ceremony',
    text: `${SELECT_SESSION} WHERE ceremony_hash = $1`,
    values: [ceremonyHash],
  });
}

/** Every session whose time is up loses its account references and becomes expired. Answers how many there were. */
export async function expireSessions(pool: Pool, now: Date): Promise<number> {
  const expired = await pool.query(
    `UPDATE session SET state = 'expired', ended_at = $1, accounts = NULL, challenge = NULL
     WHERE state IN ('created', 'opened', 'enrolled') AND coalesce(proof_expires_at, expires_at) <= $1`,
    [now],
  );
  return expired.rowCount ?? 0;
}

async function find(
  pool: Pool,
  query: { readonly name: string; readonly text: string; readonly values: unknown[] },
): Promise<Session | undefined> {
  const [row] = (await pool.query<SessionRow>(query)).rows;
  return row === undefined ? undefined : readSession(row);
}

function readSession(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    clientId: row.client_id,
    clientName: row.client_name,
    clientSuspended: row.client_suspended,
    callbackDomains: row.callback_domains,
    callbackSchemes: row.callback_schemes,
    clientSessionId: row.client_session_id,
    srcCorrelationId: row.src_correlation_id,
    reason: row.reason,
    state: row.state,
    expiresAt: row.expires_at,
    callbackUri: row.callback_uri,
    returnTo: row.return_to,
    locale: row.locale,
    consent: row.consent,
    compliance: row.compliance,
    accounts: row.accounts,
    tokenHash: row.token_hash,
    ceremonyHash: row.ceremony_hash,
    challenge: row.challenge,
    userHandle: row.user_handle,
    credentialHash: row.credential_hash,
    passkeyId: row.passkey_id,
    deviceId: row.device_id,
    completedAt: row.completed_at,
    proofKeyId: row.proof_key_id,
    proofHash: row.proof_hash,
    proofExpiresAt: row.proof_expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
  };
}
