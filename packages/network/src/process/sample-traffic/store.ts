/** Writes planned sessions as real ones would be stored, with passkeys and bindings, and an event of each session's end for the mover. */
import { randomBytes, randomUUID } from 'node:crypto';
import { column, execute, literals, nullable, type Queryable, query, sql, statement } from '@payment-passkeys/storage';
import { indexAccounts, searchIndex, type VaultKeys } from '../../domain/accounts/account-vault.ts';
import { ENDED_SESSION, sessionEnded } from '../../domain/events/outbox.ts';
import { ENDED_ACTIVITY } from '../../domain/events/session-activity.ts';
import type { StoredStep } from '../../domain/timeline/step.ts';
import { SAMPLE_PREFIX, type SampleBank } from './parties.ts';
import type { PlannedSession } from './plan.ts';

/** A cardholder with a passkey that a bank has bound. */
export interface Cardholder {
  readonly passkeyId: string;
  readonly deviceId: string;
  readonly bank: SampleBank;
  readonly lastFour: string;
  /** The keyed index of the card. */
  readonly cardIndex: string;
  readonly browserFamily: string | undefined;
  /** The ids of the bindings at shops, by the shop's client id. */
  readonly bindings: Map<string, string>;
}

const bytes = (length: number) => randomBytes(length).toString('hex');
const id = () => randomBytes(16).toString('base64url');
const later = (at: Date, seconds: number) => new Date(at.getTime() + Math.round(seconds * 1000));

/** Rows by table, as JSON. Bytes are hexadecimal. */
export interface Batch {
  readonly sessions: object[];
  readonly sessionAccounts: object[];
  readonly cardholders: object[];
  readonly bindings: object[];
}

export const emptyBatch = (): Batch => ({ sessions: [], sessionAccounts: [], cardholders: [], bindings: [] });

/** Adds a session to the batch. Returns the cardholder if the session has bound a passkey. */
export function addSession(
  batch: Batch,
  planned: PlannedSession,
  {
    number,
    payer,
    vault,
  }: { readonly number: number; readonly payer: Cardholder | undefined; readonly vault: VaultKeys },
): Cardholder | undefined {
  const { at, party, payment, state, reason, browserFamily, openedAfter, provenAfter, endedAfter } = planned;
  const sessionId = id();
  const endedAt = later(at, endedAfter);
  const proven = provenAfter !== undefined;
  const enrolled = proven && 'range' in party ? makeCardholder(batch, planned, party, { number, vault }) : undefined;
  const used = enrolled ?? (proven ? payer : undefined);
  const bindingId = payer && payment && state === 'approved' ? bindingOf(batch, payer, planned) : undefined;
  if (enrolled) {
    for (const account of accountsOf(number, enrolled.bank, vault))
      batch.sessionAccounts.push({ sessionId, index: searchIndex(account.index).toString('hex') });
  }
  batch.sessions.push({
    session_id: sessionId,
    client_id: party.clientId,
    client_session_id: randomUUID(),
    src_correlation_id: randomUUID(),
    reason: payment ? 'TRANSACTION_AUTHENTICATION' : 'ACCOUNT_LOGIN',
    state,
    created_at: at,
    expires_at: later(at, 900),
    token_hash: bytes(32),
    ceremony_hash: openedAfter === undefined ? null : bytes(32),
    passkey_id: used?.passkeyId,
    device_id: used?.deviceId,
    completed_at: proven ? later(at, provenAfter) : null,
    proof_key_id: proven ? 'sample' : null,
    proof_hash: proven ? bytes(32) : null,
    proof_expires_at: proven ? later(at, provenAfter + 900) : null,
    ended_at: endedAt,
    end_reason: reason,
    next_step: payment && (payment.steppedUp ? 'STEP_UP' : 'AUTHENTICATE'),
    payment: payment && paymentOf(planned, payment.amount, number),
    order_key: payment && `${'origin' in party ? party.origin : ''} ${orderOf(number)}`,
    card_index: payment && payer?.cardIndex,
    card_last_four: payment && payer?.lastFour,
    card_brand: payment && 'MASTERCARD',
    binding_id: bindingId,
    issuer_id: payment && payer?.bank.clientId,
    browser_family: browserFamily,
    timeline: timelineOf(planned),
  });
  return state === 'bound' ? enrolled : undefined;
}

const orderOf = (number: number) => `S-${String(number).padStart(7, '0')}`;

function paymentOf({ party }: PlannedSession, amount: string, number: number) {
  const { name, origin = '', currency = '' } = 'origin' in party ? party : { name: party.name };
  return { merchantName: name, merchantOrigin: origin, orderId: orderOf(number), amount, currency };
}

/** The steps that a real session would have. */
function timelineOf(planned: PlannedSession): readonly StoredStep[] {
  const { at, payment, state, reason, openedAfter, provenAfter, endedAfter } = planned;
  const time = (seconds: number) => later(at, seconds).getTime();
  const offer = payment ? 'PAY' : 'CREATE';
  const to = payment ? 'approved' : 'enrolled';
  const end = { at: time(endedAfter), step: 'END', state } as const;
  return [
    ...(openedAfter === undefined ? [] : [{ at: time(openedAfter), step: 'OPEN', offer } as const]),
    ...(provenAfter === undefined ? [] : [{ at: time(provenAfter), step: 'RESULT', offer, to, uv: true } as const]),
    ...(state === 'bound' ? [{ at: time(endedAfter), step: 'BINDING' } as const] : []),
    ...(state === 'expired' ? [{ ...end, by: 'NETWORK' } as const] : []),
    ...(state === 'cancelled' || state === 'failed' ? [{ ...end, by: 'CARDHOLDER', code: reason } as const] : []),
  ];
}

/** A card of the bank's range and an e-mail address that is easy to type: `cardholder-17@sample.example`. Only their indexes are stored. */
function accountsOf(number: number, { range }: SampleBank, vault: VaultKeys) {
  const primaryAccountNumber = `${range}${String(number % 10_000).padStart(4, '0')}`;
  return indexAccounts(
    {
      cards: [{ primaryAccountNumber }],
      emailAddresses: [`cardholder-${number}@sample.example`],
    },
    vault,
  );
}

function makeCardholder(
  batch: Batch,
  { at, provenAfter = 0, state, endedAfter, browserFamily }: PlannedSession,
  bank: SampleBank,
  { number, vault }: { readonly number: number; readonly vault: VaultKeys },
): Cardholder {
  const accounts = accountsOf(number, bank, vault);
  const cardIndex = accounts.find(({ kind }) => kind === 'CARD')?.index.toString('hex') ?? '';
  const cardholder = {
    passkeyId: id(),
    deviceId: id(),
    bank,
    lastFour: String(number % 10_000).padStart(4, '0'),
    cardIndex,
  };
  const madeAt = later(at, provenAfter);
  const synced = browserFamily !== 'Edge desktop' && number % 4 !== 0;
  batch.cardholders.push({
    passkey_id: cardholder.passkeyId,
    device_id: cardholder.deviceId,
    webauthn_id: bytes(32),
    user_handle: bytes(32),
    public_key: bytes(77),
    cookie_hash: bytes(32),
    instance_id: id(),
    synced,
    at: madeAt,
  });
  if (state === 'bound') {
    batch.bindings.push({
      binding_id: id(),
      passkey_id: cardholder.passkeyId,
      client_id: bank.clientId,
      card_index: '',
      at: later(at, endedAfter),
      accounts: accounts.map(({ index, kind, keyVersion }) => ({ index: index.toString('hex'), kind, keyVersion })),
    });
  }
  return { ...cardholder, browserFamily, bindings: new Map() };
}

/** The shop's binding of the payer's card; made by the first payment there. */
function bindingOf(batch: Batch, payer: Cardholder, { party, at, endedAfter }: PlannedSession): string {
  const known = payer.bindings.get(party.clientId);
  if (known !== undefined) return known;
  const bindingId = id();
  payer.bindings.set(party.clientId, bindingId);
  const { passkeyId, cardIndex, lastFour, bank } = payer;
  batch.bindings.push({
    binding_id: bindingId,
    passkey_id: passkeyId,
    client_id: party.clientId,
    card_index: cardIndex,
    card_last_four: lastFour,
    card_brand: 'MASTERCARD',
    issuer_id: bank.clientId,
    at: later(at, endedAfter),
    accounts: [{ index: cardIndex, kind: 'CARD', keyVersion: 1 }],
  });
  return bindingId;
}

const STORE_CARDHOLDERS = statement({
  text: sql`
    WITH made AS (SELECT * FROM jsonb_to_recordset(${'rows'}::jsonb) AS row (passkey_id text, device_id text, webauthn_id text, user_handle text,
                    public_key text, cookie_hash text, instance_id text, synced boolean, at timestamptz)),
    passkeys AS (INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid, attestation_format,
                   attestation_trusted, backup_eligible, backed_up, transports, created_at, last_used_at)
                 SELECT passkey_id, decode(webauthn_id, 'hex'), decode(user_handle, 'hex'), decode(public_key, 'hex'), -7, 0,
                   '00000000-0000-0000-0000-000000000000', 'none', false, synced, synced, '{internal}', at, at FROM made RETURNING passkey_id),
    devices AS (INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
                SELECT device_id, decode(cookie_hash, 'hex'), at, at FROM made RETURNING device_id)
    INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
    SELECT device_id, passkey_id, instance_id, at FROM made JOIN passkeys USING (passkey_id) JOIN devices USING (device_id)`,
});

const STORE_BINDINGS = statement({
  text: sql`
    WITH made AS (SELECT * FROM jsonb_to_recordset(${'rows'}::jsonb) AS row (binding_id text, passkey_id text, client_id text, card_index text,
                    card_last_four text, card_brand text, issuer_id text, at timestamptz, accounts jsonb)),
    bound AS (INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, created_at, updated_at, last_used_at)
              SELECT binding_id, passkey_id, client_id, decode(card_index, 'hex'), card_last_four, card_brand, issuer_id, at, at, CASE WHEN card_index <> '' THEN at END FROM made
              RETURNING binding_id)
    INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
    SELECT binding_id, decode(index, 'hex'), "keyVersion", kind, at
    FROM made JOIN bound USING (binding_id), jsonb_to_recordset(accounts) AS account (index text, kind text, "keyVersion" integer)
    ON CONFLICT DO NOTHING`,
});

const BY = sql`CASE WHEN ended.state = 'expired' THEN 'NETWORK' ELSE 'CARDHOLDER' END`;
const ENDED = sessionEnded({ from: sql`stored`, by: BY });

const STORE_SESSIONS = statement({
  text: sql`
    WITH made AS (SELECT * FROM jsonb_to_recordset(${'rows'}::jsonb) AS row (session_id text, client_id text, client_session_id text,
                    src_correlation_id text, reason text, state text, created_at timestamptz, expires_at timestamptz, token_hash text, ceremony_hash text,
                    passkey_id text, device_id text, completed_at timestamptz, proof_key_id text, proof_hash text, proof_expires_at timestamptz,
                    ended_at timestamptz, end_reason text, next_step text, payment jsonb, order_key text, card_index text, card_last_four text,
                    card_brand text, binding_id text, issuer_id text, browser_family text, timeline jsonb)),
    stored AS (INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at, token_hash,
                 ceremony_hash, passkey_id, device_id, completed_at, proof_key_id, proof_hash, proof_expires_at, ended_at, end_reason, next_step,
                 payment, order_key, card_index, card_last_four, card_brand, binding_id, issuer_id, browser_family, timeline)
               SELECT session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at, decode(token_hash, 'hex'),
                 decode(ceremony_hash, 'hex'), passkey_id, device_id, completed_at, proof_key_id, decode(proof_hash, 'hex'), proof_expires_at,
                 ended_at, end_reason, next_step, payment, order_key, decode(card_index, 'hex'), card_last_four, card_brand, binding_id, issuer_id,
                 browser_family, timeline FROM made
               RETURNING ${ENDED_SESSION}, ended_at)
    INSERT INTO outbox (client_id, type, triggered_by, occurred_at, data, activity)
    SELECT ${ENDED.to}, 'session.ended', ${ENDED.by}, ended.ended_at, jsonb_strip_nulls(${ENDED.data}), ${ENDED_ACTIVITY} FROM ${ENDED.from}`,
});

const STORE_ACCOUNTS = statement({
  text: sql`INSERT INTO session_account (account_index, session_id)
            SELECT decode(index, 'hex'), "sessionId" FROM jsonb_to_recordset(${'rows'}::jsonb) AS row (index text, "sessionId" text)`,
});

const STORE_USES = statement({
  text: sql`
    WITH used AS (SELECT passkey_id, device_id, binding_id, max(ended_at) AS at FROM jsonb_to_recordset(${'rows'}::jsonb)
                    AS row (passkey_id text, device_id text, binding_id text, state text, ended_at timestamptz)
                  WHERE state = 'approved' GROUP BY passkey_id, device_id, binding_id),
    bindings AS (UPDATE binding SET last_used_at = greatest(last_used_at, used.at) FROM used WHERE binding.binding_id = used.binding_id),
    last AS (SELECT passkey_id, device_id, max(at) AS at FROM used GROUP BY passkey_id, device_id),
    devices AS (UPDATE device SET last_used_at = greatest(last_used_at, last.at) FROM last WHERE device.device_id = last.device_id)
    UPDATE passkey SET last_used_at = greatest(last_used_at, last.at) FROM last WHERE passkey.passkey_id = last.passkey_id`,
});

export async function storeBatch(database: Queryable, batch: Batch): Promise<void> {
  const rows = (of: readonly object[]) => ({ rows: JSON.stringify(of) });
  await execute(database, STORE_CARDHOLDERS, rows(batch.cardholders));
  await execute(database, STORE_BINDINGS, rows(batch.bindings));
  await execute(database, STORE_SESSIONS, rows(batch.sessions));
  await execute(database, STORE_ACCOUNTS, rows(batch.sessionAccounts));
  await execute(database, STORE_USES, rows(batch.sessions));
}

const SAMPLES = sql`starts_with(client_id, ${literals([SAMPLE_PREFIX])})`;

const LATEST = statement({
  text: sql`SELECT max(created_at) AS at, count(*)::integer AS sessions FROM session WHERE ${SAMPLES}`,
  returns: { at: nullable(column.timestamptz()), sessions: column.integer() },
});

/** When the latest sample session was started, and how many there are. */
export async function findLatest(
  database: Queryable,
): Promise<{ readonly at: Date | null; readonly sessions: number }> {
  const [row] = await query(database, LATEST, {});
  return row ?? { at: null, sessions: 0 };
}

const SUSPEND = statement({
  text: sql`UPDATE binding SET suspended_by = ARRAY[CASE WHEN role = 'issuer' THEN 'ISSUER' ELSE 'MERCHANT' END], updated_at = ${'now'}
            FROM client WHERE client.client_id = binding.client_id AND binding_id = ANY (ARRAY(
              SELECT binding_id FROM binding WHERE ${SAMPLES} AND suspended_by = '{}' ORDER BY created_at DESC LIMIT ${'bindings'}))`,
});

/** Suspends the latest bindings, each by the client that holds it. */
export async function suspendLatest(database: Queryable, bindings: number, now: Date): Promise<void> {
  await execute(database, SUSPEND, { bindings, now });
}

const ADD_WEBHOOK = statement({
  text: sql`INSERT INTO webhook (client_id, uri, types, disabled_at) VALUES (${'clientId'}, ${'uri'}, '{binding.*}', ${'disabledAt'}::timestamptz)
            ON CONFLICT DO NOTHING`,
});

const ADD_DEAD = statement({
  text: sql`INSERT INTO event_delivery (client_id, uri, position, attempts, started_at, due_at, dead_at, failure)
            SELECT client_id, ${'uri'}, position, 19, occurred_at, occurred_at + interval '3 days', occurred_at + interval '3 days', 'HTTP_500'
            FROM event WHERE client_id = ${'clientId'} AND occurred_at < ${'now'}::timestamptz - interval '3 days'
            ORDER BY position DESC LIMIT ${'deliveries'} ON CONFLICT DO NOTHING`,
});

/**
 * Adds a webhook with dead deliveries, or one that is off since `disabledAt`. It is registered for types of events that the sample traffic does
 * not have.
 */
export async function addTroubledWebhook(
  database: Queryable,
  webhook: {
    readonly clientId: string;
    readonly uri: string;
    readonly deliveries: number;
    readonly disabledAt: Date | null;
    readonly now: Date;
  },
): Promise<void> {
  await execute(database, ADD_WEBHOOK, webhook);
  await execute(database, ADD_DEAD, webhook);
}
