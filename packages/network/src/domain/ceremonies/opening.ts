/** Opens a session: one statement decides, consumes the token, stores the challenge, and finds the passkeys to offer. */
import type { ComplianceSettings } from '@payment-passkeys/protocol';
import type { BrowserFamilyName } from '@payment-passkeys/protocol/console';
import { column, fieldsOf, nullable, query, type RowOf, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { indexVersions, type VaultKeys } from '../accounts/account-vault.ts';
import { livePasskeys, type Passkey } from '../passkeys/store.ts';
import { MAY_OPEN, STEP_OF } from '../sessions/decisions-in-sql.ts';
import { IS_BARRED, NEW_SESSION, SESSION, SESSION_ROW } from '../sessions/fields.ts';
import { appended, STEP, type StoredStep } from '../timeline/step.ts';

export interface Opening {
  readonly sessionId: string;
  readonly clientId: string;
  readonly clientSessionId: string;
  /** The hash of the session's token, which opens the session once. */
  readonly tokenHash: Buffer | undefined;
  /** The hash of the ceremony cookie, which opens the session again. */
  readonly ceremonyHash: Buffer | undefined;
  /** The hash of the cookie that is set when the token is used. */
  readonly newCeremonyHash: Buffer;
  readonly deviceId: string | undefined;
  readonly challenge: Buffer;
  readonly userHandle: Buffer;
  /** The settings of the launch; used if the session has none. */
  readonly compliance: ComplianceSettings | undefined;
  readonly browserFamily: BrowserFamilyName;
  /** The statement adds what is offered, and whether the session was open before. */
  readonly step: StoredStep;
  readonly vault: VaultKeys;
  readonly now: Date;
}

/** Facts that the session's row does not have, and that the caller has found out. */
export interface OpeningFacts {
  /** The allowed return address; used if the session has none. */
  readonly returnTo: string;
  /** The indexes of the accounts whose passkeys are offered, by every key version. */
  readonly accountIndexes: readonly Buffer[];
}

const { sessionId, clientName, reason, nextStep, state, accounts, payment } = SESSION;
const { attestation, cardLastFour, traceContext } = SESSION;
const { cardBrand, locale } = NEW_SESSION;

const ISSUER_VERIFIES = sql`(issuer.verification IS NOT NULL AND issuer.role = 'issuer' AND issuer.suspended_at IS NULL)`;

/** The columns that are read of an opened session, with their values from before. */
const BEFORE = {
  ...{ sessionId, clientName, reason, nextStep, state, accounts, payment, locale },
  ...{ attestation, cardLastFour, cardBrand, traceContext },
  consentLanguage: nullable(column.text(sql`consent ->> 'language'`)),
  issuerName: nullable(column.text('issuer.name')),
  /** The card's issuer verifies cardholders at shops, and is active. */
  issuerVerifies: column.boolean(ISSUER_VERIFIES),
};

const OPENED = {
  ...BEFORE,
  returnTo: column.text(),
  passkeys: nullable(column.jsonb<readonly FoundPasskey[]>()),
};

/** A live passkey that may be offered, or has to be excluded. */
export type OfferedPasskey = Pick<Passkey, 'credentialId' | 'transports' | 'onDevice' | 'ofAccounts'>;
type FoundPasskey = Omit<OfferedPasskey, 'credentialId'> & { readonly credentialId: string };

export type OpenedSession = Omit<RowOf<typeof OPENED>, 'passkeys'> & {
  /** The passkeys of the device and of the accounts; the one used last comes first. */
  readonly passkeys: readonly OfferedPasskey[];
};

/** The indexes whose passkeys are offered. Those of the row count only if they were made by the keys of today. */
const LOOKUP = sql`
  coalesce(${'accountIndexes'}::bytea[],
           CASE WHEN accounts IS NOT NULL THEN account_indexes ELSE ARRAY[card_index] END)`;

/** The accounts can be read: their key is still here. A passkey is made or used for accounts only. */
const ACCOUNTS_ARE_READABLE = sql`
  CASE WHEN accounts IS NULL THEN step <> 'PASSKEY'
       ELSE get_byte(accounts, 0) = ANY (${'sealVersions'}::integer[])
            AND (${'accountIndexes'}::bytea[] IS NOT NULL OR account_key_versions = ${'indexVersions'}::integer[]) END`;

const LIVE = livePasskeys({
  deviceId: sql`${'deviceId'}`,
  clientId: sql`${'clientId'}`,
  contactsOf: sql`search.contacts_of`,
  accountIndexes: sql`search.account_indexes`,
  forPayment: sql`search.step = 'PAY'`,
  registeredPasskey: sql`search.registered`,
});

/** The session, if it may be opened, and the live passkeys. */
const FOUND = sql`
  (SELECT ${selectList(BEFORE)}, coalesce(callback_uri, ${'returnTo'}) AS "returnTo", passkeys, step, uses, pays, ceremony_hash
   FROM ${SESSION_ROW} LEFT JOIN client AS issuer ON issuer.client_id = session.issuer_id,
     LATERAL (SELECT ${STEP_OF} AS step, ${LOOKUP} AS account_indexes, CASE WHEN state = 'registered' THEN passkey_id END AS registered,
                     -- In a merchant's session nobody has verified more than the card: see session-accounts.ts.
                     CASE WHEN card_index IS NULL THEN session.client_id END AS contacts_of) AS search,
     LATERAL (WITH ${LIVE}
              SELECT jsonb_agg(jsonb_build_object('credentialId', encode(webauthn_id, 'base64'), 'transports', transports, 'onDevice', on_device,
                                                  'ofAccounts', of_accounts) ORDER BY last_used_at DESC) AS passkeys,
                     coalesce(bool_or(on_device), false) AS uses, coalesce(bool_or(of_accounts), false) AS pays
              FROM live WHERE search.step <> 'VERIFY') AS offered
   WHERE session_id = ${'sessionId'} AND session.client_id = ${'clientId'} AND lower(client_session_id) = lower(${'clientSessionId'})
     AND NOT ${IS_BARRED} AND ${MAY_OPEN}
     AND coalesce(callback_uri, ${'returnTo'}) IS NOT NULL
     AND (reason <> 'ACCOUNT_LOGIN' OR coalesce(compliance, ${'compliance'}::jsonb) IS NOT NULL)
     AND (step <> 'VERIFY' OR ${ISSUER_VERIFIES}) AND ${ACCOUNTS_ARE_READABLE}) AS found`;

/** The step of the timeline, with the offer: the same as `buildOffers` makes. */
const OPEN_STEP = sql`
  ${STEP} || CASE WHEN session.state = 'created' THEN '{}' ELSE '{"decision": "REPEATED"}' END::jsonb
  || jsonb_build_object('offer', CASE WHEN step <> 'PASSKEY' THEN step WHEN uses THEN 'USE' ELSE 'CREATE' END)`;

const OPEN = statement({
  name: 'ceremony-open',
  text: sql`UPDATE session
            SET state = CASE WHEN session.state = 'created' THEN 'opened' ELSE session.state END,
                ceremony_hash = CASE WHEN session.state = 'created' THEN ${'newCeremonyHash'} ELSE session.ceremony_hash END,
                challenge = ${'challenge'}, user_handle = ${'userHandle'}, return_to = "returnTo",
                compliance = CASE WHEN session.reason = 'ACCOUNT_LOGIN' THEN coalesce(compliance, ${'compliance'}::jsonb) END,
                browser_family = ${'browserFamily'}, ${appended(OPEN_STEP)}
            FROM ${FOUND}
            -- Only if no other request was first: the row is as it was found.
            WHERE session_id = ${'sessionId'} AND session.state = found.state AND session.ceremony_hash IS NOT DISTINCT FROM found.ceremony_hash
              -- The passkeys may have been suspended, deleted or become idle since the payment's session was made.
              AND (step <> 'PAY' OR pays)
            RETURNING ${fieldsOf('found', OPENED)}`,
  returns: OPENED,
});

/**
 * Returns undefined and changes nothing if the session may not be opened, or if its row does not have enough facts: then the caller reads the
 * session and finds out why. With `facts`, undefined means that another request was first, or that a payment has no passkey left.
 */
export async function consumeOpening(
  pool: Pool,
  opening: Opening,
  facts?: OpeningFacts,
): Promise<OpenedSession | undefined> {
  const [opened] = await query(pool, OPEN, {
    ...opening,
    returnTo: facts?.returnTo,
    accountIndexes: facts?.accountIndexes,
    indexVersions: indexVersions(opening.vault),
    sealVersions: opening.vault.encryption.map(({ version }) => version),
  });
  return opened && { ...opened, passkeys: (opened.passkeys ?? []).map(readPasskey) };
}

function readPasskey(found: FoundPasskey): OfferedPasskey {
  return { ...found, credentialId: Buffer.from(found.credentialId, 'base64') };
}
