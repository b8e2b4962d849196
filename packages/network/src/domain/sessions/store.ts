/** Sessions in the database. Consuming something is one conditional UPDATE. */
import type {
  AttestationDemand,
  AuthenticationReason,
  CardBrand,
  CardholderVerification,
  ComplianceSettings,
  Consent,
  NextStep,
  Reason,
} from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import {
  type AdmittedRow,
  admitting,
  type NonceClaim,
  type NonceVerdict,
  readVerdict,
} from '../clients/nonce-store.ts';
import type { SessionFacts, SessionState } from './session.ts';

/** What a payment's session asks approval for. */
export interface Payment {
  readonly merchantName: string;
  readonly merchantOrigin: string;
  readonly orderId: string;
  /** A decimal with the currency's own number of digits. */
  readonly amount: string;
  readonly currency: string;
}

/** The one card of a merchant's session. */
export interface SessionCard {
  readonly index: Buffer;
  readonly lastFour: string;
  /** Null where it is not known: a binding from before brands were kept. */
  readonly brand: CardBrand | null;
  /** The active issuer that takes part for it; null where there is none. */
  readonly issuerId: string | null;
}

/** What is handed out for Secure Payment Confirmation. */
export interface Confirmation {
  readonly challenge: Buffer;
  readonly passkeyIds: readonly string[];
}

export interface NewSession {
  readonly sessionId: string;
  readonly clientId: string;
  readonly clientSessionId: string;
  readonly srcCorrelationId: string;
  readonly reason: AuthenticationReason;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly callbackUri: string | undefined;
  readonly locale: string | undefined;
  /** Sealed; none where the card is only known by a binding, or nothing will be done with it. */
  readonly accounts: Buffer | undefined;
  readonly tokenHash: Buffer;
  /** A W3C traceparent: the trace that the session's later steps belong to. */
  readonly traceContext: string | undefined;
  /** Of an issuer's session. */
  readonly verification?: CardholderVerification;
  readonly consent?: Consent;
  readonly compliance?: ComplianceSettings | undefined;
  /** Of a merchant's. */
  readonly card?: SessionCard;
  readonly payment?: Payment;
  readonly nextStep?: NextStep;
  readonly bindingId?: string | undefined;
  readonly confirmation?: Confirmation | undefined;
}

export interface Session extends SessionFacts {
  readonly sessionId: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly clientSuspended: boolean;
  readonly callbackDomains: readonly string[];
  readonly callbackSchemes: readonly string[];
  /** The client's. */
  readonly attestation: AttestationDemand | null;
  readonly clientSessionId: string;
  readonly srcCorrelationId: string;
  readonly callbackUri: string | null;
  readonly returnTo: string | null;
  readonly locale: string | null;
  /** Of an issuer's session; a merchant's takes it on the page. */
  readonly consent: Consent | null;
  readonly compliance: ComplianceSettings | null;
  readonly accounts: Buffer | null;
  readonly payment: Payment | null;
  readonly cardIndex: Buffer | null;
  readonly cardLastFour: string | null;
  readonly cardBrand: CardBrand | null;
  /** The binding that the payment was asked for with, and from its approval on the one that its proof names. */
  readonly bindingId: string | null;
  readonly issuerId: string | null;
  readonly issuerName: string | null;
  readonly confirmationPasskeys: readonly string[] | null;
  readonly userHandle: Buffer | null;
  readonly passkeyId: string | null;
  readonly deviceId: string | null;
  readonly completedAt: Date | null;
  readonly proofKeyId: string | null;
  readonly endReason: Reason | null;
  readonly traceContext: string | null;
}

export interface SessionRow {
  readonly session_id: string;
  readonly client_id: string;
  readonly client_name: string;
  readonly client_suspended: boolean;
  readonly attestation: AttestationDemand | null;
  readonly callback_domains: readonly string[];
  readonly callback_schemes: readonly string[];
  readonly client_session_id: string;
  readonly src_correlation_id: string;
  readonly reason: AuthenticationReason;
  readonly state: SessionState;
  readonly expires_at: Date;
  readonly callback_uri: string | null;
  readonly locale: string | null;
  readonly consent: Consent | null;
  readonly compliance: ComplianceSettings | null;
  readonly accounts: Buffer | null;
  readonly next_step: NextStep | null;
  readonly payment: Payment | null;
  readonly card_index: Buffer | null;
  readonly card_last_four: string | null;
  readonly card_brand: CardBrand | null;
  readonly binding_id: string | null;
  readonly issuer_id: string | null;
  readonly issuer_name: string | null;
  readonly verification_id: string | null;
  readonly verified_at: Date | null;
  readonly confirmation_challenge: Buffer | null;
  readonly confirmation_passkeys: readonly string[] | null;
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
  readonly end_reason: Reason | null;
  readonly trace_context: string | null;
}

export type SessionConflict = 'CLIENT_SESSION_ID_USED' | 'ORDER_ALREADY_APPROVED';

/** Each round ends the session that was in the way of the last, so more are needed only while others do the same. */
const ORDER_ROUNDS = 50;

export interface SessionInserted {
  /** Where it is not TAKEN, nothing was stored. */
  readonly verdict: NonceVerdict;
  readonly conflict?: SessionConflict;
}

/**
 * Stores a session, and uses up the nonce of the request that it was asked for with. A payment's session takes the place of an earlier one of
 * its order, unless that is approved.
 */
export async function insertSession(
  pool: Pool,
  session: NewSession,
  nonceClaim: NonceClaim | undefined,
): Promise<SessionInserted> {
  for (let round = 0; round < ORDER_ROUNDS; round++) {
    const { verdict, inserted } = await tryInsertSession(pool, session, round === 0 ? nonceClaim : undefined);
    if (verdict !== 'TAKEN' || inserted) return { verdict };
    const conflict = await findConflict(pool, session);
    if (conflict !== undefined) return { verdict, conflict };
  }
  throw new Error('An order gets new sessions faster than one of them can be stored.');
}

/** The order's open session ends, and only then the new one is stored (the count makes the second wait for the first). */
const ENDED = `ended AS (UPDATE session SET state = 'superseded', ended_at = $6, accounts = NULL, challenge = NULL, confirmation_challenge = NULL
                         FROM admitted
                         WHERE client_id = $2 AND order_key = $16 AND state IN ('created', 'opened', 'verifying', 'verified', 'registered')
                           AND NOT EXISTS (SELECT FROM session AS used WHERE used.client_id = $2 AND lower(used.client_session_id) = lower($3))
                         RETURNING session_id)`;

/** One statement. */
async function tryInsertSession(
  pool: Pool,
  session: NewSession,
  nonceClaim: NonceClaim | undefined,
): Promise<{ readonly verdict: NonceVerdict; readonly inserted: boolean }> {
  const { card, payment, confirmation } = session;
  const nonce = admitting(nonceClaim, 26);
  const [ended, afterEnded] = payment ? [`${ENDED},`, 'WHERE (SELECT count(*) FROM ended) >= 0'] : ['', ''];
  const tried = await pool.query<AdmittedRow & { readonly inserted: boolean }>({
    name: `session-insert-${nonce.name}${payment ? '-of-order' : ''}`,
    text: `WITH ${nonce.parts}, ${ended}
           inserted AS (
             INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at,
                                  callback_uri, locale, verification, consent, compliance, accounts, token_hash, payment, order_key, next_step,
                                  card_index, card_last_four, issuer_id, binding_id, confirmation_challenge, confirmation_passkeys, trace_context, card_brand)
             SELECT $1, $2, $3, $4, $5, 'created', $6::timestamptz, $7::timestamptz, $8, $9, $10::jsonb, $11::jsonb, $12::jsonb, $13::bytea,
                    $14::bytea, $15::jsonb, $16, $17, $18::bytea, $19, $20, $21, $22::bytea, $23::text[], $24, $25
             FROM admitted ${afterEnded}
             ON CONFLICT DO NOTHING RETURNING true)
           SELECT ${nonce.columns}, EXISTS (SELECT FROM inserted) AS inserted`,
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
      payment,
      payment && orderKey(payment),
      session.nextStep,
      card?.index,
      card?.lastFour,
      card?.issuerId,
      session.bindingId,
      confirmation?.challenge,
      confirmation?.passkeyIds,
      session.traceContext,
      card?.brand,
      ...nonce.values,
    ],
  });
  const [row] = tried.rows;
  return { verdict: readVerdict(row), inserted: row?.inserted ?? false };
}

async function findConflict(pool: Pool, session: NewSession): Promise<SessionConflict | undefined> {
  const found = await pool.query<{ id_used: boolean; approved: boolean }>({
    name: 'session-conflict',
    text: `SELECT EXISTS (SELECT FROM session WHERE client_id = $1 AND lower(client_session_id) = lower($2)) AS id_used,
                  EXISTS (SELECT FROM session WHERE client_id = $1 AND order_key = $3 AND state = 'approved') AS approved`,
    values: [session.clientId, session.clientSessionId, session.payment && orderKey(session.payment)],
  });
  const [row] = found.rows;
  if (row?.id_used) return 'CLIENT_SESSION_ID_USED';
  return row?.approved ? 'ORDER_ALREADY_APPROVED' : undefined;
}

/** What makes an order one for a client: neither part can hold a space. */
function orderKey({ merchantOrigin, orderId }: Payment): string {
  return `${merchantOrigin} ${orderId}`;
}

/** What {@link readSession} reads, of `session JOIN client USING (client_id)`. */
export const SESSION_COLUMNS = `
         session_id, session.client_id, client.name AS client_name, client.suspended_at IS NOT NULL AS client_suspended,
         client.callback_domains, client.callback_schemes, client.attestation, client_session_id, src_correlation_id, reason, state, expires_at,
         callback_uri, locale, consent, compliance, accounts, next_step, payment, card_index, card_last_four, card_brand, binding_id, issuer_id,
         (SELECT issuer.name FROM client AS issuer WHERE issuer.client_id = issuer_id) AS issuer_name,
         verification_id, verified_at, confirmation_challenge, confirmation_passkeys, token_hash, ceremony_hash, return_to, challenge, user_handle,
         credential_hash, passkey_id, device_id, completed_at, proof_key_id, proof_hash, proof_expires_at, ended_at, end_reason, trace_context`;

const SELECT_SESSION = `SELECT ${SESSION_COLUMNS} FROM session JOIN client USING (client_id)`;

export async function findSession(pool: Pool, sessionId: string): Promise<Session | undefined> {
  return find(pool, { name: 'session-by-id', text: `${SELECT_SESSION} WHERE session_id = $1`, values: [sessionId] });
}

/** What may be told of a session before anybody has shown a key to it: where its page returns to, and for how long. */
export type SessionReturn = Pick<
  Session,
  'callbackUri' | 'endedAt' | 'expiresAt' | 'callbackDomains' | 'callbackSchemes' | 'traceContext'
>;

export async function findSessionReturn(pool: Pool, sessionId: string): Promise<SessionReturn | undefined> {
  const found = await pool.query<SessionReturn>({
    name: 'session-return',
    text: `SELECT callback_uri AS "callbackUri", ended_at AS "endedAt", expires_at AS "expiresAt",
                  callback_domains AS "callbackDomains", callback_schemes AS "callbackSchemes", trace_context AS "traceContext"
           FROM session JOIN client USING (client_id) WHERE session_id = $1`,
    values: [sessionId],
  });
  return found.rows[0];
}

/** The session that a ceremony cookie was made for. */
export async function findSessionOfCeremony(pool: Pool, ceremonyHash: Buffer): Promise<Session | undefined> {
  return find(pool, {
    name: 'session-by-ceremony',
    text: `${SELECT_SESSION} WHERE ceremony_hash = $1`,
    values: [ceremonyHash],
  });
}

const UNFINISHED = `state IN ('created', 'opened', 'verifying', 'verified', 'registered', 'enrolled')`;
const TIME_IS_UP_AT = 'coalesce(proof_expires_at, expires_at)';
/** What one statement locks at most, and until its end. */
const EXPIRY_ROWS = 500;

/**
 * Every session whose time is up loses its account references and becomes expired, the longest overdue first. Answers how many there were.
 * One that somebody has in hand right now is left for the next time; several processes share the work.
 */
export async function expireSessions(pool: Pool, now: Date): Promise<ReadonlyMap<string, number>> {
  const byClient = new Map<string, number>();
  for (;;) {
    const { rows } = await pool.query<{ client_id: string }>(
      `UPDATE session SET state = 'expired', ended_at = $1, accounts = NULL, challenge = NULL, confirmation_challenge = NULL
       WHERE session_id = ANY (ARRAY(SELECT session_id FROM session WHERE ${UNFINISHED} AND ${TIME_IS_UP_AT} <= $1
                                     ORDER BY ${TIME_IS_UP_AT} LIMIT ${EXPIRY_ROWS} FOR UPDATE SKIP LOCKED))
       RETURNING client_id`,
      [now],
    );
    for (const { client_id } of rows) byClient.set(client_id, (byClient.get(client_id) ?? 0) + 1);
    if (rows.length < EXPIRY_ROWS) return byClient;
  }
}

async function find(
  pool: Pool,
  query: { readonly name: string; readonly text: string; readonly values: unknown[] },
): Promise<Session | undefined> {
  const [row] = (await pool.query<SessionRow>(query)).rows;
  return row === undefined ? undefined : readSession(row);
}

export function readSession(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    clientId: row.client_id,
    clientName: row.client_name,
    clientSuspended: row.client_suspended,
    attestation: row.attestation,
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
    nextStep: row.next_step,
    payment: row.payment,
    cardIndex: row.card_index,
    cardLastFour: row.card_last_four,
    cardBrand: row.card_brand,
    bindingId: row.binding_id,
    issuerId: row.issuer_id,
    issuerName: row.issuer_name,
    verificationId: row.verification_id,
    verifiedAt: row.verified_at,
    confirmationChallenge: row.confirmation_challenge,
    confirmationPasskeys: row.confirmation_passkeys,
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
    traceContext: row.trace_context,
  };
}
