/** Sessions in the database. Consuming something is one conditional UPDATE. */
import {
  column,
  columnNames,
  newValues,
  query,
  type RowOf,
  rowValues,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { searchIndex } from '../accounts/account-vault.ts';
import {
  byAdmission,
  chooseByAdmission,
  type NonceClaim,
  type NonceVerdict,
  nonceValues,
  readVerdict,
  VERDICT,
} from '../clients/nonce-store.ts';
import { ENDED_SESSION, sessionEnded, storedEvents } from '../events/outbox.ts';
import { appended, endStep } from '../timeline/step.ts';
import { ACCOUNTS_DELETED } from './accounts-deleted.ts';
import { columnsOfNew, NEW_SESSION, type NewSession, orderKey, SESSION, SESSION_ROW, type Session } from './fields.ts';
import { BY_CARD, CARD_PARTS, FOUND_CARD, FOUND_MERCHANT, type FoundCard, MERCHANT_PARTS } from './new-card.ts';
import { type MerchantFacts, pickFacts } from './payment.ts';
import type { SessionState } from './session.ts';
import { SUPERSEDABLE, TIME_IS_UP_AT, UNFINISHED } from './states-in-sql.ts';

export type { NewSession, Session } from './fields.ts';
export type { FoundCard, NewCard } from './new-card.ts';
export type { GivenPayment, MerchantFacts, Payment } from './payment.ts';

export type SessionConflict = 'CLIENT_SESSION_ID_USED' | 'ORDER_ALREADY_APPROVED';

/**
 * Each round ends the session that blocked the previous one. More rounds are needed only if other requests do the same at the same time.
 */
const ORDER_ROUNDS = 50;

export interface SessionInserted {
  /** Unless it is CONSUMED, nothing was stored. */
  readonly verdict: NonceVerdict;
  /** The card of a merchant's session. Without it nothing was stored: see {@link FOUND_CARD}. */
  readonly card?: FoundCard | undefined;
  /** What the session takes from the registration of its merchant. Undefined if there is no such merchant: then nothing was stored. */
  readonly merchant?: MerchantFacts | undefined;
  /** False if the request contradicts the registration: then nothing was stored. */
  readonly merchantMatches: boolean;
  readonly conflict?: SessionConflict;
}

/**
 * Stores a session, and consumes the nonce of its request. A payment's session replaces an earlier one of its order, unless that one is
 * approved.
 */
export async function insertSession(
  pool: Pool,
  session: NewSession,
  nonceClaim: NonceClaim | undefined,
): Promise<SessionInserted> {
  for (let round = 0; round < ORDER_ROUNDS; round++) {
    const found = await tryInsertSession(pool, session, round === 0 ? nonceClaim : undefined);
    if (found.verdict !== 'CONSUMED' || found.inserted) return found;
    if (!found.merchantMatches || (session.card !== undefined && found.card === undefined)) return found;
    const conflict = await findConflict(pool, session);
    if (conflict !== undefined) return { ...found, conflict };
  }
  throw new Error('An order gets new sessions faster than one of them can be stored.');
}

const NEW_ROW = sql`INSERT INTO session (${columnNames(NEW_SESSION)}, state)`;
const INSERTED = sql`RETURNING session_id`;
/** Without an order, only the client's id of the session may be there already. To look for it alone costs less than to look into every unique index. */
const UNLESS_ID_USED = sql`ON CONFLICT (lower(client_session_id), client_id) DO NOTHING`;

const FINDABLE = sql`
  findable AS (INSERT INTO session_account (account_index, session_id)
               SELECT account_index, session_id FROM inserted, unnest(${'searchIndexes'}::bytea[]) AS account (account_index)
               RETURNING true)`;

const STORED = { ...VERDICT, inserted: column.boolean(sql`EXISTS (SELECT FROM inserted)`) };

const INSERT = byAdmission((admission) =>
  statement({
    name: `session-insert-${admission.name}`,
    text: sql`WITH ${admission.parts},
                   inserted AS (${NEW_ROW} SELECT ${newValues(NEW_SESSION)}, 'created' FROM admitted ${UNLESS_ID_USED} ${INSERTED}),
                   ${FINDABLE}
              SELECT ${selectList(STORED)}`,
    returns: STORED,
  }),
);

/** The order's open session ends before the new one is stored: the count makes the second part wait for the first. */
const SUPERSEDED = {
  parts: sql`
    ended AS (UPDATE session SET state = 'superseded', ended_at = ${'createdAt'}, ${ACCOUNTS_DELETED}, challenge = NULL, confirmation_challenge = NULL,
                ${appended(endStep({ state: 'superseded', by: sql`'MERCHANT'` }))}
              FROM admitted
              WHERE client_id = ${'clientId'} AND order_key = ${'orderKey'} AND ${SUPERSEDABLE} AND EXISTS (SELECT 1 FROM planned) AND EXISTS (SELECT 1 FROM matching)
                AND NOT EXISTS (SELECT FROM session AS used
                                WHERE used.client_id = ${'clientId'} AND lower(used.client_session_id) = lower(${'clientSessionId'}))
              RETURNING ${ENDED_SESSION}),
    ${storedEvents(sessionEnded({ from: sql`ended`, by: sql`'MERCHANT'` }))},`,
  condition: sql`WHERE (SELECT count(*) FROM ended) >= 0`,
};
const NO_ORDER = { parts: sql``, condition: sql`` };

const insertionOfCard = (name: keyof typeof CARD_PARTS) => {
  const { parts, condition } = name === 'instrument' ? NO_ORDER : SUPERSEDED;
  const returns = { ...STORED, ...FOUND_CARD, ...FOUND_MERCHANT };
  return byAdmission((admission) =>
    statement({
      name: `session-insert-${admission.name}-${name}`,
      text: sql`WITH ${admission.parts}, ${CARD_PARTS[name]}, ${MERCHANT_PARTS}, ${parts}
                     inserted AS (${NEW_ROW} SELECT ${newValues(NEW_SESSION, BY_CARD)}, 'created' FROM admitted, planned, offered, matching ${condition}
                                  ON CONFLICT DO NOTHING ${INSERTED}),
                     ${FINDABLE}
                SELECT ${selectList(returns)}`,
      returns,
    }),
  );
};

const INSERT_OF_CARD = {
  instrument: insertionOfCard('instrument'),
  payment: insertionOfCard('payment'),
  'payment-by-binding': insertionOfCard('payment-by-binding'),
};

/** Runs as one statement. */
async function tryInsertSession(
  pool: Pool,
  session: NewSession,
  nonceClaim: NonceClaim | undefined,
): Promise<SessionInserted & { readonly inserted: boolean }> {
  const { card, payment } = session;
  const values = {
    searchIndexes: session.searchIndexes.map(searchIndex),
    now: session.createdAt,
    ...rowValues(NEW_SESSION, columnsOfNew(session)),
    ...nonceValues(nonceClaim),
  };
  if (card === undefined) {
    const [row] = await query(pool, chooseByAdmission(INSERT, nonceClaim), values);
    return { verdict: readVerdict(row), inserted: row?.inserted ?? false, merchantMatches: true };
  }
  const name = payment == null ? 'instrument' : card.by === 'BINDING' ? 'payment-by-binding' : 'payment';
  const number = card.by === 'NUMBER' ? card : undefined;
  const [row] = await query(pool, chooseByAdmission(INSERT_OF_CARD[name], nonceClaim), {
    ...values,
    cardRanges: number?.ranges,
    cardLookup: number?.lookup,
    claims: session.merchantId == null ? {} : pickFacts(payment),
  });
  const { lastFour = null, nextStep = null, credentialIds = null, bindingStatus = null, inserted = false } = row ?? {};
  const found = lastFour === null ? undefined : { lastFour, nextStep, credentialIds, bindingStatus };
  const { merchant, merchantMatches = false } = row ?? {};
  return { verdict: readVerdict(row), inserted, card: found, merchant: merchant ?? undefined, merchantMatches };
}

const CONFLICT = statement({
  name: 'session-conflict',
  text: sql`SELECT EXISTS (SELECT FROM session WHERE client_id = ${'clientId'} AND lower(client_session_id) = lower(${'clientSessionId'})) AS "idUsed",
                   EXISTS (SELECT FROM session WHERE client_id = ${'clientId'} AND order_key = ${'orderKey'} AND state = 'approved') AS approved`,
  returns: { idUsed: column.boolean(), approved: column.boolean() },
});

async function findConflict(pool: Pool, session: NewSession): Promise<SessionConflict | undefined> {
  const { clientId, clientSessionId } = session;
  const [row] = await query(pool, CONFLICT, { clientId, clientSessionId, orderKey: orderKey(session) });
  if (row?.idUsed) return 'CLIENT_SESSION_ID_USED';
  return row?.approved ? 'ORDER_ALREADY_APPROVED' : undefined;
}

const SELECT_SESSION = sql`SELECT ${selectList(SESSION)} FROM ${SESSION_ROW}`;

const BY_ID = statement({
  name: 'session-by-id',
  text: sql`${SELECT_SESSION} WHERE session_id = ${'sessionId'}`,
  returns: SESSION,
});

export async function findSession(pool: Pool, sessionId: string): Promise<Session | undefined> {
  return (await query(pool, BY_ID, { sessionId }))[0];
}

const { callbackUri, endedAt, expiresAt, callbackDomains, callbackSchemes, traceContext } = SESSION;
const SESSION_RETURN = { callbackUri, endedAt, expiresAt, callbackDomains, callbackSchemes, traceContext };

/** The part of a session that may be shown before its token or cookie is presented: where its page returns to, and until when. */
export type SessionReturn = RowOf<typeof SESSION_RETURN>;

const RETURN_BY_ID = statement({
  name: 'session-return',
  text: sql`SELECT ${selectList(SESSION_RETURN)} FROM session JOIN client USING (client_id) WHERE session_id = ${'sessionId'}`,
  returns: SESSION_RETURN,
});

export async function findSessionReturn(pool: Pool, sessionId: string): Promise<SessionReturn | undefined> {
  return (await query(pool, RETURN_BY_ID, { sessionId }))[0];
}

const BY_CEREMONY = statement({
  name: 'session-by-ceremony',
  text: sql`${SELECT_SESSION} WHERE ceremony_hash = ${'ceremonyHash'}`,
  returns: SESSION,
});

/** The session of a ceremony cookie. */
export async function findSessionOfCeremony(pool: Pool, ceremonyHash: Buffer): Promise<Session | undefined> {
  return (await query(pool, BY_CEREMONY, { ceremonyHash }))[0];
}

/** The most rows that one statement locks until its end. */
const EXPIRY_ROWS = 500;

const EXPIRE = statement({
  text: sql`WITH ended AS (UPDATE session
                           SET state = 'expired', ended_at = ${'now'}, ${ACCOUNTS_DELETED}, challenge = NULL, confirmation_challenge = NULL,
                             ${appended(endStep({ state: 'expired', by: sql`'NETWORK'` }))}
                           WHERE session_id = ANY (ARRAY(SELECT session_id FROM session WHERE ${UNFINISHED} AND ${TIME_IS_UP_AT} <= ${'now'}
                                                         ORDER BY ${TIME_IS_UP_AT} LIMIT ${EXPIRY_ROWS} FOR UPDATE SKIP LOCKED))
                           RETURNING ${ENDED_SESSION}),
                 ${storedEvents(sessionEnded({ from: sql`ended`, by: sql`'NETWORK'` }))}
            SELECT client_id AS "clientId" FROM ended`,
  returns: { clientId: column.text() },
});

/**
 * Ends every session that has expired, the longest overdue first, and deletes its account references. Returns their number by client. A
 * session that another statement has locked is skipped until the next call, so several processes share the work.
 */
export async function expireSessions(pool: Pool, now: Date): Promise<ReadonlyMap<string, number>> {
  const byClient = new Map<string, number>();
  for (;;) {
    const expired = await query(pool, EXPIRE, { now });
    for (const { clientId } of expired) byClient.set(clientId, (byClient.get(clientId) ?? 0) + 1);
    if (expired.length < EXPIRY_ROWS) return byClient;
  }
}

/** {@link countUnfinished} counts at most this many, so that it takes at most a tenth of a second. */
export const MAX_COUNTED = 50_000;

const COUNT_UNFINISHED = statement({
  text: sql`SELECT state, count(*)::integer AS sessions
            FROM (SELECT state FROM session WHERE ${UNFINISHED} ORDER BY ${TIME_IS_UP_AT} LIMIT ${MAX_COUNTED}) AS unfinished
            GROUP BY state`,
  returns: { state: column.text<SessionState>(), sessions: column.integer() },
});

/**
 * The number of sessions that have not ended, by state; counts those that expire first. Reads the partial index session_expiry in its
 * own order, so that neither ended sessions nor the table's size matter.
 */
export async function countUnfinished(pool: Pool): Promise<ReadonlyMap<SessionState, number>> {
  const counted = await query(pool, COUNT_UNFINISHED, {});
  return new Map(counted.map(({ state, sessions }) => [state, sessions]));
}
