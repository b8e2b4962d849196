/** What a ceremony changes. Each step is one statement that holds only if the session is still what it was judged to be. */
import type { ComplianceSettings, EndReason } from '@payment-passkeys/protocol';
import type { Assertion, Registration } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import { type Device, deviceInstanceId } from '../devices/device.ts';

export interface Opening {
  readonly sessionId: string;
  /** How the session may be opened: by its token once, or again by the ceremony cookie. */
  readonly tokenHash: Buffer | undefined;
  readonly ceremonyHash: Buffer | undefined;
  readonly newCeremonyHash: Buffer;
  readonly challenge: Buffer;
  readonly userHandle: Buffer;
  readonly returnTo: string;
  readonly compliance: ComplianceSettings;
  readonly now: Date;
}

/** Spends the access token, stores the challenge and sets the ceremony cookie. False when somebody else was first. */
export async function takeOpening(pool: Pool, opening: Opening): Promise<boolean> {
  const opened = await pool.query({
    name: 'ceremony-open',
    text: `UPDATE session
           SET state = 'opened', ceremony_hash = $4, challenge = $5, user_handle = $6, return_to = $7, compliance = $8
           WHERE session_id = $1 AND expires_at > $9
             AND ((state = 'created' AND token_hash = $2) OR (state = 'opened' AND ceremony_hash = $3))`,
    values: [
      opening.sessionId,
      opening.tokenHash,
      opening.ceremonyHash,
      opening.newCeremonyHash,
      opening.challenge,
      opening.userHandle,
      opening.returnTo,
      opening.compliance,
      opening.now,
    ],
  });
  return opened.rowCount === 1;
}

export interface Enrolment {
  readonly sessionId: string;
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly device: Device;
  readonly passkeyId: string;
  readonly proof: { readonly keyId: string; readonly hash: Buffer; readonly expiresAt: Date };
  readonly now: Date;
}

/** `condition` is what has to hold besides, in SQL. */
const takeChallenge = (condition: string) => `
  taken AS (UPDATE session
            SET state = 'enrolled', challenge = NULL, credential_hash = $3, passkey_id = $6, device_id = $4, completed_at = $11,
                proof_key_id = $8, proof_hash = $9, proof_expires_at = $10
            WHERE session_id = $1 AND state = 'opened' AND challenge = $2 AND expires_at > $11 AND ${condition}
            RETURNING session_id),
  used_device AS (INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
                  SELECT $4, $5, $11, $11 FROM taken
                  ON CONFLICT (device_id) DO UPDATE SET last_used_at = $11
                  RETURNING device_id),
  attached AS (INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
               SELECT device_id, $6, $7, $11 FROM used_device
               ON CONFLICT (device_id, passkey_id) DO NOTHING)`;

function takeValues(enrolment: Enrolment): unknown[] {
  const { device, passkeyId, proof } = enrolment;
  return [
    enrolment.sessionId,
    enrolment.challenge,
    enrolment.credentialHash,
    device.deviceId,
    device.cookieHash,
    passkeyId,
    deviceInstanceId(device.deviceId, passkeyId),
    proof.keyId,
    proof.hash,
    proof.expiresAt,
    enrolment.now,
  ];
}

/** 2A: uses the challenge up, stores the new passkey and attaches it to the device. False when the challenge was gone. */
export async function takeCreation(
  pool: Pool,
  enrolment: Enrolment,
  { registration, userHandle }: { readonly registration: Registration; readonly userHandle: Buffer },
): Promise<boolean> {
  const taken = await pool.query({
    name: 'ceremony-create',
    text: `WITH ${takeChallenge('true')},
           created AS (INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid,
                                            attestation_format, attestation_trusted, backup_eligible, backed_up, transports,
                                            created_at, last_used_at)
                       SELECT $6, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $11, $11 FROM taken)
           SELECT session_id FROM taken`,
    values: [
      ...takeValues(enrolment),
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
  const taken = await pool.query({
    name: 'ceremony-use',
    text: `WITH ${takeChallenge(`EXISTS (SELECT FROM passkey WHERE passkey_id = $6 AND status = 'active')`)},
           used AS (UPDATE passkey
                    SET last_used_at = $11, backed_up = $14, backup_eligible = $15,
                        sign_count = CASE WHEN sign_count = $12 THEN $13 ELSE sign_count END,
                        counter_regressions = counter_regressions + $16
                    FROM taken WHERE passkey.passkey_id = $6)
           SELECT session_id FROM taken`,
    values: [
      ...takeValues(enrolment),
      seenSignCount,
      assertion.signCount,
      assertion.backedUp,
      assertion.backupEligible,
      assertion.counterRegressed ? 1 : 0,
    ],
  });
  return taken.rowCount === 1;
}

/** A challenge that was answered wrongly is used up as well. */
export async function dropChallenge(pool: Pool, sessionId: string, challenge: Buffer): Promise<void> {
  await pool.query({
    name: 'ceremony-drop-challenge',
    text: `UPDATE session SET challenge = NULL WHERE session_id = $1 AND state = 'opened' AND challenge = $2`,
    values: [sessionId, challenge],
  });
}

/** Ends a session without a passkey; its account references go. False when it was over already. */
export async function takeEnd(
  pool: Pool,
  end: {
    readonly sessionId: string;
    readonly state: 'cancelled' | 'failed';
    readonly reason: EndReason;
    readonly now: Date;
  },
): Promise<boolean> {
  const ended = await pool.query({
    name: 'ceremony-end',
    text: `UPDATE session SET state = $2, end_reason = $3, ended_at = $4, accounts = NULL, challenge = NULL
           WHERE session_id = $1 AND state = 'opened' AND expires_at > $4`,
    values: [end.sessionId, end.state, end.reason, end.now],
  });
  return ended.rowCount === 1;
}
