/**
 * Ages a network's database without a network: writes days of sessions through all their states, with the columns of the network's own
 * statements.
 */
import type { Pool } from 'pg';

/** In each group of twenty sessions, nine are bound, three are approved and one is enrolled but never bound. The others have no result. */
export const WITH_RESULT = 12 / 20;

export interface Day {
  /** The start of the day; its sessions begin within the next hours. */
  readonly from: Date;
  /** The number of the first session. Each number is used once. */
  readonly first: number;
  readonly count: number;
}

/** How every statement below computes a session from its number. $1 is the first number, $2 how many, $3 the start of the day. */
const NUMBERED = `numbered AS (
  SELECT n, n % 20 AS kind, md5('session' || n) AS session_id, $3::timestamptz + (n - $1::int) * interval '8 hours' / $2::int AS at,
         -- A quarter makes a passkey on a new device; the others use one that was made lately.
         CASE WHEN n % 4 = 0 THEN n ELSE greatest(0, n - n % 4 - 4 * (n % 500)) END AS maker
  FROM generate_series($1::int, $1::int + $2::int - 1) AS n)`;
const deviceOf = "left(md5('device' || maker), 22) || '000000000010US'";
const passkeyOf = "md5('passkey' || maker)::uuid::text";

const STEPS = [
  `WITH ${NUMBERED}
   INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at, callback_uri, locale,
                        verification, consent, accounts, token_hash, payment, order_key, next_step, card_index, card_last_four)
   SELECT session_id, 'aging', md5('client' || n)::uuid::text, md5('correlation' || n)::uuid::text,
          CASE WHEN pays THEN 'TRANSACTION_AUTHENTICATION' ELSE 'ACCOUNT_LOGIN' END, 'created', at, at + interval '15 minutes',
          'https://bank.example/passkeys/callback?state=' || md5('state' || n), 'en-US',
          CASE WHEN NOT pays THEN '{"method": "ISSUER_LOGIN", "verifiedAt": "2026-01-01T00:00:00Z"}'::jsonb END,
          CASE WHEN NOT pays THEN '{"country": "US", "language": "en", "acceptedAt": "2026-01-01T00:00:00Z"}'::jsonb END,
          '\\x01'::bytea || decode(repeat(md5('accounts' || n), 12), 'hex'), sha256(('token' || n)::bytea),
          CASE WHEN pays THEN '{"merchantName": "Shop", "merchantOrigin": "https://shop.example", "orderId": "1", "amount": "10.00", "currency": "EUR"}'::jsonb END,
          CASE WHEN pays THEN 'https://shop.example ' || n END, CASE WHEN pays THEN 'AUTHENTICATE' END,
          CASE WHEN pays THEN sha256(('card' || maker)::bytea) END, CASE WHEN pays THEN '4444' END
   FROM numbered, LATERAL (SELECT kind IN (9, 10, 11, 19) AS pays) AS paying`,
  `WITH ${NUMBERED}
   INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
   SELECT ${deviceOf}, sha256(('cookie' || maker)::bytea), at, at FROM numbered WHERE kind <= 11 ORDER BY n
   ON CONFLICT DO NOTHING`,
  `WITH ${NUMBERED}
   INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid, attestation_format,
                        attestation_trusted, backup_eligible, backed_up, transports, created_at, last_used_at)
   SELECT ${passkeyOf}, sha256(('credential' || maker)::bytea), sha256(('user' || maker)::bytea),
          sha256(('x' || maker)::bytea) || sha256(('y' || maker)::bytea), -7, 1, '00000000-0000-0000-0000-000000000000', 'none', false, true, true,
          '{internal}', at, at FROM numbered WHERE kind <= 11 ORDER BY n
   ON CONFLICT DO NOTHING`,
  `WITH ${NUMBERED}
   UPDATE session SET state = 'opened', ceremony_hash = sha256(('ceremony' || n)::bytea), challenge = sha256(('challenge' || n)::bytea),
                      user_handle = sha256(('user' || n)::bytea), return_to = callback_uri
   FROM numbered WHERE session.session_id = numbered.session_id AND kind <= 16`,
  `WITH ${NUMBERED}
   UPDATE session SET state = CASE WHEN kind IN (9, 10, 11) THEN 'approved' ELSE 'enrolled' END, challenge = NULL,
                      accounts = CASE WHEN kind IN (9, 10, 11) THEN NULL ELSE accounts END,
                      ended_at = CASE WHEN kind IN (9, 10, 11) THEN at + interval '1 minute' END,
                      credential_hash = sha256(('hash' || n)::bytea), passkey_id = ${passkeyOf}, device_id = ${deviceOf},
                      completed_at = at + interval '1 minute', proof_key_id = 'key', proof_hash = sha256(('proof' || n)::bytea),
                      proof_expires_at = at + interval '16 minutes'
   FROM numbered WHERE session.session_id = numbered.session_id AND (kind <= 11 OR kind = 15)`,
  `WITH ${NUMBERED}, latest AS (SELECT ${passkeyOf} AS passkey_id, ${deviceOf} AS device_id, max(at) AS at FROM numbered WHERE kind <= 11 GROUP BY 1, 2),
        used AS (UPDATE device SET last_used_at = at FROM latest WHERE device.device_id = latest.device_id)
   UPDATE passkey SET last_used_at = at, sign_count = sign_count + 1 FROM latest WHERE passkey.passkey_id = latest.passkey_id`,
  `WITH ${NUMBERED}
   INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
   SELECT ${deviceOf}, ${passkeyOf}, left(md5('instance' || maker), 22) || '000000000010US', at FROM numbered WHERE kind <= 11
   ON CONFLICT DO NOTHING`,
  `WITH ${NUMBERED}
   INSERT INTO binding (binding_id, passkey_id, client_id, created_at, updated_at)
   SELECT md5('binding' || maker)::uuid::text, ${passkeyOf}, 'aging', at, at FROM numbered WHERE kind <= 8
   ON CONFLICT DO NOTHING`,
  `WITH ${NUMBERED}
   INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
   SELECT md5('binding' || maker)::uuid::text, sha256((account || maker)::bytea), 1, account, at
   FROM numbered, unnest('{CARD,EMAIL,MOBILE}'::text[]) AS account WHERE numbered.kind <= 8
   ON CONFLICT DO NOTHING`,
  `WITH ${NUMBERED}
   UPDATE session SET state = CASE WHEN kind <= 8 THEN 'bound' WHEN kind = 14 THEN 'failed' WHEN kind = 19 THEN 'superseded' ELSE 'cancelled' END,
                      end_reason = CASE WHEN kind = 14 THEN 'CREDENTIALS_NOT_VERIFIED' WHEN kind IN (12, 13) THEN 'USER_CANCELLATION' END,
                      ended_at = at + interval '2 minutes', accounts = NULL, challenge = NULL
   FROM numbered WHERE session.session_id = numbered.session_id AND kind IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 19)`,
] as const;

/** The client that the sessions belong to. */
export async function addAgingClient(pool: Pool): Promise<void> {
  await pool.query(
    `INSERT INTO client (client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries, updated_at)
     VALUES ('aging', 'A bank of long ago', 'issuer', 'aging!key', '{none}', '{}', '{}', '{US}', now())`,
  );
}

/** Writes the sessions of one day with their results. The sweep ends those that expire. */
export async function liveDay(pool: Pool, { from, first, count }: Day): Promise<void> {
  for (const step of STEPS) await pool.query(step, [first, count, from]);
}
