/** What a ceremony changes. Each step is one statement that holds only if the session is still what it was judged to be. */
import { type ComplianceSettings, IDLE_MONTHS, type Reason } from '@payment-passkeys/protocol';
import type { Assertion, Registration } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { BindingIndexes } from '../accounts/rekey.ts';
import { type Device, deviceInstanceId } from '../devices/device.ts';
import {
  LIVE_PASSKEYS,
  PASSKEY_COLUMNS,
  type Passkey,
  type PasskeyRow,
  type PasskeySearch,
  readPasskey,
  searchValues,
} from '../passkeys/store.ts';
import { OPTED_IN } from '../payment-confirmation/opt-out.ts';
import type { SessionState } from '../sessions/session.ts';
import { readSession, SESSION_COLUMNS, type Session, type SessionRow } from '../sessions/store.ts';

export interface Opening {
  readonly sessionId: string;
  /** As it was found, and judged. */
  readonly state: SessionState;
  /** How the session may be opened: by its token once, or again by the ceremony cookie. */
  readonly tokenHash: Buffer | undefined;
  readonly ceremonyHash: Buffer | undefined;
  readonly newCeremonyHash: Buffer;
  readonly challenge: Buffer;
  readonly userHandle: Buffer;
  readonly returnTo: string;
  /** Of an issuer's session. */
  readonly compliance: ComplianceSettings | null;
  /** Whom the offers are made of; at the time of the opening. */
  readonly search: PasskeySearch;
  readonly needsPasskey: boolean;
}

/**
 * Spends the access token, stores the challenge and sets the ceremony cookie; answers the live passkeys of the search. Undefined, and nothing
 * changed, when somebody else was first, or where a passkey of the accounts is needed and there is none.
 */
export async function takeOpening(pool: Pool, opening: Opening): Promise<readonly Passkey[] | undefined> {
  const opened = await pool.query<PasskeyRow | { readonly passkey_id: null }>({
    name: 'ceremony-open',
    text: `WITH ${LIVE_PASSKEYS},
           opened AS (UPDATE session
                      SET state = CASE WHEN state = 'created' THEN 'opened' ELSE state END, ceremony_hash = $8, challenge = $9, user_handle = $10,
                          return_to = $11, compliance = $12
                      WHERE session_id = $5 AND expires_at > $3 AND state = $13
                        AND CASE WHEN state = 'created' THEN token_hash = $6 ELSE ceremony_hash = $7 END
                        AND ($14 = false OR EXISTS (SELECT FROM live WHERE of_accounts))
                      RETURNING session_id)
           SELECT ${PASSKEY_COLUMNS} FROM opened LEFT JOIN live ON true ORDER BY last_used_at DESC`,
    values: [
      ...searchValues(opening.search),
      opening.sessionId,
      opening.tokenHash,
      opening.ceremonyHash,
      opening.newCeremonyHash,
      opening.challenge,
      opening.userHandle,
      opening.returnTo,
      opening.compliance,
      opening.state,
      opening.needsPasskey,
    ],
  });
  if (opened.rowCount === 0) return undefined;
  return opened.rows.filter((row) => row.passkey_id !== null).map(readPasskey);
}

interface CeremonySearch {
  readonly ceremonyHash: Buffer;
  /** The WebAuthn credential id of the passkey that is used. */
  readonly credentialId: Buffer;
  readonly deviceId: string;
  readonly now: Date;
}

/** The session that a ceremony cookie was made for, and the live passkey of that id where the device has it. */
export async function findCeremony(
  pool: Pool,
  { ceremonyHash, credentialId, deviceId, now }: CeremonySearch,
): Promise<{ readonly session: Session; readonly passkey: Passkey | undefined } | undefined> {
  const found = await pool.query<SessionRow & { readonly used: UsedPasskey | null }>({
    name: 'ceremony-and-passkey',
    text: `SELECT ${SESSION_COLUMNS},
                  (SELECT jsonb_build_object('passkeyId', passkey.passkey_id, 'userHandle', encode(user_handle, 'base64'),
                                             'publicKey', encode(public_key, 'base64'), 'signCount', sign_count, 'transports', transports,
                                             'paymentConfirmation', payment_confirmation)
                   FROM passkey JOIN device_passkey USING (passkey_id) JOIN device USING (device_id)
                   WHERE webauthn_id = $2 AND device_id = $3 AND status = 'active'
                     AND passkey.last_used_at > $4::timestamptz - make_interval(months => $5)
                     AND device.last_used_at > $4::timestamptz - make_interval(months => $5)) AS used
           FROM session JOIN client USING (client_id) WHERE ceremony_hash = $1`,
    values: [ceremonyHash, credentialId, deviceId, now, IDLE_MONTHS],
  });
  const [row] = found.rows;
  return (
    row && { session: readSession(row), passkey: row.used === null ? undefined : readUsed(row.used, credentialId) }
  );
}

type UsedPasskey = Pick<Passkey, 'passkeyId' | 'signCount' | 'transports' | 'paymentConfirmation'> & {
  readonly [bytes in 'userHandle' | 'publicKey']: string;
};

function readUsed({ userHandle, publicKey, ...used }: UsedPasskey, credentialId: Buffer): Passkey {
  const bytes = (text: string) => Buffer.from(text, 'base64');
  // Whether it is the accounts' as well is nobody's question here.
  return {
    ...used,
    credentialId,
    userHandle: bytes(userHandle),
    publicKey: bytes(publicKey),
    onDevice: true,
    ofAccounts: false,
  };
}

interface CeremonyTaken {
  readonly sessionId: string;
  /** The session's state as it was found, and judged. */
  readonly from: SessionState;
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly device: Device;
  readonly passkeyId: string;
  readonly now: Date;
}

/** Either with a proof that is to be bound by the Authenticators API, or, on the way to a payment, bound at once. */
export type Enrolment = CeremonyTaken &
  (
    | { readonly proof: { readonly keyId: string; readonly hash: Buffer; readonly expiresAt: Date } }
    | { readonly binding: BindingIndexes & { readonly newBindingId: string } }
  );

/** The values that every statement below begins with. */
function commonValues({ sessionId, challenge, credentialHash, device, passkeyId, now, from }: Enrolment): unknown[] {
  const { deviceId, cookieHash } = device;
  const instanceId = deviceInstanceId(deviceId, passkeyId);
  return [sessionId, challenge, credentialHash, deviceId, cookieHash, passkeyId, instanceId, now, from];
}

/** Uses the challenge up: the statement's parts, whose own values begin at `at`. `condition` is what has to hold besides, in SQL. */
function takeChallenge(enrolment: Enrolment, { at, condition }: { readonly at: number; readonly condition: string }) {
  const [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map((place) => `$${at + place}`);
  const taken = (state: string, columns: string) => `
  taken AS (UPDATE session
            SET state = '${state}', challenge = NULL, credential_hash = $3, passkey_id = $6, device_id = $4, completed_at = $8${columns}
            WHERE session_id = $1 AND state = $9 AND challenge = $2 AND expires_at > $8 AND ${condition}
            RETURNING session_id, client_id, card_index, card_last_four, card_brand, issuer_id),
  used_device AS (INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
                  SELECT $4, $5, $8, $8 FROM taken
                  ON CONFLICT (device_id) DO UPDATE SET last_used_at = $8
                  RETURNING device_id),
  attached AS (INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
               SELECT device_id, $6, $7, $8 FROM used_device
               ON CONFLICT (device_id, passkey_id) DO NOTHING)`;
  if ('proof' in enrolment) {
    const { keyId, hash, expiresAt } = enrolment.proof;
    const columns = `, proof_key_id = ${first}, proof_hash = ${second}, proof_expires_at = ${third}`;
    return { name: 'enrolled', text: taken('enrolled', columns), values: [keyId, hash, expiresAt] };
  }
  const { newBindingId, accounts, card } = enrolment.binding;
  const bound = `,
  bound AS (INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id, created_at, updated_at)
            SELECT ${first}, $6, client_id, card_index, card_last_four, card_brand, issuer_id, $8, $8 FROM taken
            ON CONFLICT (passkey_id, client_id, card_index) DO UPDATE SET updated_at = $8
            RETURNING binding_id),
  added AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
            SELECT binding_id, account_index, key_version, kind, $8
            FROM bound, unnest(${second}::bytea[], ${third}::integer[], ${fourth}::text[]) AS account (account_index, key_version, kind)
            ON CONFLICT (binding_id, account_index) DO NOTHING),${OPTED_IN}`;
  return {
    name: 'registered',
    text: taken('registered', `, card_index = ${fifth}`) + bound,
    values: [
      newBindingId,
      accounts.map(({ index }) => index),
      accounts.map(({ keyVersion }) => keyVersion),
      accounts.map(({ kind }) => kind),
      card.index,
    ],
  };
}

/** 2A: uses the challenge up, stores the new passkey and attaches it to the device. False when the challenge was gone. */
export async function takeCreation(
  pool: Pool,
  enrolment: Enrolment,
  { registration, userHandle }: { readonly registration: Registration; readonly userHandle: Buffer },
): Promise<boolean> {
  const { name, text, values } = takeChallenge(enrolment, { at: 22, condition: 'true' });
  const taken = await pool.query({
    name: `ceremony-create-${name}`,
    text: `WITH ${text},
           created AS (INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid,
                                            attestation_format, attestation_trusted, backup_eligible, backed_up, transports,
                                            aaguid_verified, created_at, last_used_at)
                       SELECT $6, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $8, $8 FROM taken)
           SELECT session_id FROM taken`,
    values: [
      ...commonValues(enrolment),
      registration.credentialId,
      userHandle,
      registration.publicKey,
      registration.algorithm,
      registration.signCount,
      registration.aaguid,
      registration.attestationFormat,
      registration.attestationTrusted,
      registration.backupEligible,
      registration.backedUp,
      registration.transports,
      registration.aaguidVerified,
      ...values,
    ],
  });
  return taken.rowCount === 1;
}

/** 2B: uses the challenge up, notes the use, and attaches the passkey to the device where it was not. False when the challenge or the passkey was gone. */
export async function takeUse(
  pool: Pool,
  enrolment: Enrolment,
  { assertion, seenSignCount }: { readonly assertion: Assertion; readonly seenSignCount: number },
): Promise<boolean> {
  const condition = `EXISTS (SELECT FROM passkey WHERE passkey_id = $6 AND status = 'active')`;
  const { name, text, values } = takeChallenge(enrolment, { at: 15, condition });
  // An enrolment at a merchant, too: what an older program has opted out everywhere comes back.
  const optedIn = 'binding' in enrolment ? ', payment_confirmation = true' : '';
  const taken = await pool.query({
    name: `ceremony-use-${name}`,
    text: `WITH ${text},
           used AS (UPDATE passkey
                    SET last_used_at = $8, backed_up = $12, backup_eligible = $13,
                        sign_count = CASE WHEN sign_count = $10 THEN $11 ELSE sign_count END,
                        counter_regressions = counter_regressions + $14${optedIn}
                    FROM taken WHERE passkey.passkey_id = $6)
           SELECT session_id FROM taken`,
    values: [
      ...commonValues(enrolment),
      seenSignCount,
      assertion.signCount,
      assertion.backedUp,
      assertion.backupEligible,
      assertion.counterRegressed ? 1 : 0,
      ...values,
    ],
  });
  return taken.rowCount === 1;
}

/** Open in a browser. */
const OPENED = `state IN ('opened', 'verifying', 'verified', 'registered')`;

/** A challenge that was answered wrongly is used up as well. */
export async function dropChallenge(pool: Pool, sessionId: string, challenge: Buffer): Promise<void> {
  await pool.query({
    name: 'ceremony-drop-challenge',
    text: `UPDATE session SET challenge = NULL WHERE session_id = $1 AND ${OPENED} AND challenge = $2`,
    values: [sessionId, challenge],
  });
}

/** Ends a session without a passkey; its account references go. False when it was over already. */
export async function takeEnd(
  pool: Pool,
  end: {
    readonly sessionId: string;
    readonly state: 'cancelled' | 'failed';
    readonly reason: Reason;
    readonly now: Date;
  },
): Promise<boolean> {
  const ended = await pool.query({
    name: 'ceremony-end',
    text: `UPDATE session SET state = $2, end_reason = $3, ended_at = $4, accounts = NULL, challenge = NULL
           WHERE session_id = $1 AND ${OPENED} AND expires_at > $4`,
    values: [end.sessionId, end.state, end.reason, end.now],
  });
  return ended.rowCount === 1;
}
