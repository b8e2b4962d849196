/** Passkeys in the database. A live passkey is not suspended, not deleted, and was used within thirteen months. */
import { IDLE_MONTHS } from '@payment-passkeys/protocol';
import { column, query, type RowOf, type Sql, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import { bindingIsOpen } from './open-binding.ts';

/** The columns of a passkey that are read from `live`. */
export const PASSKEY = {
  passkeyId: column.text('live.passkey_id'),
  /** The WebAuthn credential id. */
  credentialId: column.bytea('webauthn_id'),
  userHandle: column.bytea('live.user_handle'),
  /** The public key in COSE form. */
  publicKey: column.bytea('public_key'),
  signCount: column.bigint('sign_count'),
  transports: column.textArray('transports'),
  /** Attached to the requesting device. */
  onDevice: column.boolean('on_device'),
  /** Bound to one of the session's accounts: to a card by any client, to an e-mail address or a mobile number by the requesting client. */
  ofAccounts: column.boolean('of_accounts'),
  /** The bindings by which the accounts found it. */
  ways: column.textArray('ways'),
  /** False if an older version of the program has permanently opted the passkey out of Secure Payment Confirmation: see migrations/0008. */
  paymentConfirmation: column.boolean('payment_confirmation'),
};

export type Passkey = RowOf<typeof PASSKEY>;

/** The columns of a new passkey. */
export const NEW_PASSKEY = {
  passkeyId: column.text('passkey_id'),
  credentialId: column.bytea('webauthn_id'),
  userHandle: column.bytea('user_handle'),
  publicKey: column.bytea('public_key'),
  algorithm: column.integer('algorithm'),
  signCount: column.bigint('sign_count'),
  aaguid: column.uuid('aaguid'),
  attestationFormat: column.text('attestation_format'),
  attestationTrusted: column.boolean('attestation_trusted'),
  aaguidVerified: column.boolean('aaguid_verified'),
  backupEligible: column.boolean('backup_eligible'),
  backedUp: column.boolean('backed_up'),
  transports: column.textArray('transports'),
  createdAt: column.timestamptz('created_at'),
};

/** Which passkeys a session may find: those of its device and of its accounts. */
export interface PasskeySearch {
  readonly deviceId: string | undefined;
  /** The requesting client. */
  readonly clientId: string;
  readonly accountIndexes: readonly Buffer[];
  /** The passkey that this payment has registered, if any. Its binding at the merchant may still wait for its issuer. */
  readonly registeredPasskey: string | null;
  /** PAYMENT leaves out a passkey with a suspended binding: see {@link livePasskeys}. An enrolment finds it, so that no second passkey is made. */
  readonly purpose: 'ENROLMENT' | 'PAYMENT';
  readonly now: Date;
}

/** A {@link PasskeySearch} as SQL expressions. */
interface SearchInSql<Name extends string> {
  readonly deviceId: Sql<Name>;
  readonly clientId: Sql<Name>;
  /** The client whose e-mail addresses and mobile numbers find passkeys: the requesting one, or none. */
  readonly contactsOf: Sql<Name>;
  readonly accountIndexes: Sql<Name>;
  readonly forPayment: Sql<Name>;
  readonly registeredPasskey: Sql<Name>;
}

/** After this time without use a passkey or a device counts as gone. */
export const IDLE: Sql<never> = sql`make_interval(months => ${IDLE_MONTHS})`;

/**
 * The parts of a statement that end in `live`: the live passkeys of a search, the most recently used first, at most 200. An e-mail address or a
 * mobile number finds only passkeys that the requesting issuer itself has bound to it, for two reasons: an issuer must not learn about another
 * bank's customers, and in a merchant's binding (one with a card) nobody has verified the address.
 *
 * For a payment, a binding that is not open finds nothing, and a passkey is left out if its binding of this card at this merchant is not open.
 */
// OFFSET 0 makes PostgreSQL look up by key. Otherwise it scans a table that it estimates as small, and the cost grows with the table.
export const livePasskeys = <Name extends string>({
  deviceId,
  clientId,
  contactsOf,
  accountIndexes,
  forPayment,
  registeredPasskey,
}: SearchInSql<Name>): Sql<Name | 'now'> => sql`
  met AS (SELECT passkey_id, bool_or(here) AS on_device, bool_or(NOT here AND open) AS of_accounts,
                 coalesce(array_agg(binding_id) FILTER (WHERE NOT here AND open), '{}') AS ways
          FROM (SELECT passkey_id, true AS here, true AS open, false AS barred, '' AS binding_id FROM device JOIN device_passkey USING (device_id)
                WHERE device_id = ${deviceId} AND device.last_used_at > ${'now'}::timestamptz - ${IDLE}
                UNION ALL
                SELECT bound.passkey_id, false, NOT closed, closed AND card_index <> '' AND client_id = ${clientId}, account.binding_id
                FROM binding_account AS account,
                  LATERAL (SELECT passkey_id, client_id, card_index,
                                  ${forPayment} AND NOT ${bindingIsOpen(sql`(client_id = ${clientId} AND coalesce(passkey_id = ${registeredPasskey}, false))`)} AS closed
                           FROM binding WHERE binding.binding_id = account.binding_id OFFSET 0) AS bound
                WHERE account_index = ANY (${accountIndexes}::bytea[])
                  AND (kind = 'CARD' OR (card_index = '' AND client_id = ${contactsOf}))) AS way
          GROUP BY passkey_id HAVING bool_or(open) AND NOT bool_or(barred)),
  live AS (SELECT met.passkey_id, webauthn_id, user_handle, public_key, sign_count, transports, payment_confirmation, on_device, of_accounts,
                  ways, last_used_at
           FROM met, LATERAL (SELECT * FROM passkey WHERE passkey.passkey_id = met.passkey_id OFFSET 0) AS known
           WHERE status = 'active' AND last_used_at > ${'now'}::timestamptz - ${IDLE}
           ORDER BY last_used_at DESC LIMIT 200)`;

/** {@link livePasskeys} by the values of a search. */
const LIVE_PASSKEYS = livePasskeys({
  deviceId: sql`${'deviceId'}`,
  clientId: sql`${'clientId'}`,
  contactsOf: sql`${'clientId'}`,
  accountIndexes: sql`${'accountIndexes'}`,
  forPayment: sql`${'forPayment'}::boolean`,
  registeredPasskey: sql`${'registeredPasskey'}::text`,
});

function searchValues({ purpose, ...search }: PasskeySearch) {
  return { ...search, forPayment: purpose === 'PAYMENT' };
}

const OF_SESSION = statement({
  name: 'passkeys-of-session',
  text: sql`WITH ${LIVE_PASSKEYS} SELECT ${selectList(PASSKEY)} FROM live ORDER BY last_used_at DESC`,
  returns: PASSKEY,
});

export async function findPasskeys(pool: Pool, search: PasskeySearch): Promise<readonly Passkey[]> {
  return query(pool, OF_SESSION, searchValues(search));
}

type UseValue = 'passkeyId' | 'seenSignCount' | 'signCount' | 'backedUp' | 'backupEligible' | 'regressions' | 'now';

/**
 * A part of a statement that records a passkey's use. Records nothing if `consumed`, the session of the ceremony, has no row. `also` sets
 * other columns.
 */
export const passkeyUsed = (also: Sql<never>): Sql<UseValue> => sql`
  used AS (UPDATE passkey
           SET last_used_at = ${'now'}, backed_up = ${'backedUp'}, backup_eligible = ${'backupEligible'},
               sign_count = CASE WHEN sign_count = ${'seenSignCount'} THEN ${'signCount'} ELSE sign_count END,
               counter_regressions = counter_regressions + ${'regressions'}${also}
           FROM consumed WHERE passkey.passkey_id = ${'passkeyId'})`;

/**
 * The values of {@link passkeyUsed}, except `passkeyId` and `now`. `seenSignCount` is the count that the assertion was verified against.
 */
export function passkeyUseValues(assertion: Assertion, seenSignCount: number) {
  const { signCount, backedUp, backupEligible, counterRegressed } = assertion;
  return { seenSignCount, signCount, backedUp, backupEligible, regressions: counterRegressed ? 1 : 0 };
}

/**
 * A condition: the passkey is neither suspended nor deleted. It locks the passkey, before the session is locked. So a statement that suspends or
 * deletes the passkey comes wholly before this one or wholly after it.
 */
export const PASSKEY_IS_ACTIVE: Sql<'passkeyId'> = sql`EXISTS (SELECT FROM passkey WHERE passkey_id = ${'passkeyId'} AND status = 'active'
                                                                FOR NO KEY UPDATE)`;

const USED = {
  passkeyId: column.text('passkey_id'),
  credentialId: column.bytea('webauthn_id'),
  userHandle: column.bytea('user_handle'),
  publicKey: column.bytea('public_key'),
  signCount: column.bigint('sign_count'),
  status: column.text<'active' | 'suspended' | 'deleted'>('status'),
};
const IS_IDLE = { idle: column.boolean() };

/** A passkey that somebody claims to have used. */
export type UsedPasskey = RowOf<typeof USED & typeof IS_IDLE>;

const BY_CREDENTIAL_ID = statement({
  name: 'passkey-by-credential-id',
  text: sql`SELECT ${selectList(USED)}, last_used_at <= ${'now'}::timestamptz - ${IDLE} AS idle FROM passkey WHERE webauthn_id = ${'credentialId'}`,
  returns: { ...USED, ...IS_IDLE },
});

/** Finds a passkey of any status. The caller decides which statuses count. */
export async function findUsedPasskey(
  pool: Pool,
  use: { readonly credentialId: Buffer; readonly now: Date },
): Promise<UsedPasskey | undefined> {
  return (await query(pool, BY_CREDENTIAL_ID, use))[0];
}
