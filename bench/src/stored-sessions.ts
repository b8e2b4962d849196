/** Fills a network's database with ended sessions of 90 days, as they are after the mover has counted them. */

import { sql, statement } from '@payment-passkeys/storage';
import { ACTIVITY_COUNTED, SESSION_ACTIVITY } from '../../packages/network/src/domain/events/session-activity.ts';
import { fillInBulk } from './bulk-fill.ts';

const CLIENTS = 20;

/** Half of the clients are merchants with payments. Every tenth session fails, every tenth is cancelled, every tenth expires. */
const SESSIONS = `
  INSERT INTO session (session_id, client_id, client_session_id, src_correlation_id, reason, state, created_at, expires_at, token_hash, ceremony_hash,
    completed_at, proof_key_id, proof_hash, proof_expires_at, ended_at, end_reason, next_step, payment, order_key, browser_family, timeline)
  SELECT left(md5('session' || n), 22), client_id, md5('client' || n)::uuid::text, md5('source' || n)::uuid::text,
    CASE WHEN pays THEN 'TRANSACTION_AUTHENTICATION' ELSE 'ACCOUNT_LOGIN' END, state, at, at + interval '15 minutes', sha256(('token' || n)::bytea),
    sha256(('ceremony' || n)::bytea), done, CASE WHEN proven THEN 'key' END, CASE WHEN proven THEN sha256(('proof' || n)::bytea) END,
    CASE WHEN proven THEN at + interval '16 minutes' END, at + interval '1 minute',
    CASE state WHEN 'failed' THEN (ARRAY['CREDENTIALS_NOT_VERIFIED', 'CREDENTIALS_CREATION_NOT_ALLOWED', 'UNKNOWN_ERROR'])[1 + n / 10 % 3]
               WHEN 'cancelled' THEN 'USER_CANCELLATION' END,
    CASE WHEN pays THEN 'AUTHENTICATE' END, CASE WHEN pays THEN jsonb_build_object('merchantName', client_id, 'merchantOrigin', 'https://shop.example',
      'orderId', 'O' || n, 'amount', '12.34', 'currency', 'USD') END, CASE WHEN pays THEN 'https://shop.example O' || n END, family,
    jsonb_build_array(jsonb_build_object('at', 1764000000000, 'step', 'OPEN', 'offer', 'CREATE'),
                      jsonb_build_object('at', 1764000030000, 'step', 'RESULT', 'to', 'enrolled', 'uv', true))
  FROM generate_series(1, $1::int) AS n,
    LATERAL (SELECT now() - interval '1 hour' - (n::double precision / $1) * interval '90 days' AS at, n % ${CLIENTS} AS c) AS start,
    LATERAL (SELECT 'client-' || c AS client_id, c >= ${CLIENTS / 2} AS pays,
                    CASE n / ${CLIENTS} % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' WHEN 2 THEN 'expired'
                      ELSE CASE WHEN c >= ${CLIENTS / 2} THEN 'approved' ELSE 'bound' END END AS state,
                    (ARRAY['Chrome desktop', 'Chrome mobile', 'Safari desktop', 'Safari mobile', 'Firefox desktop', 'Edge desktop',
                           'Samsung Internet mobile', 'Other mobile'])[1 + n / 7 % 8] AS family) AS which,
    LATERAL (SELECT state IN ('approved', 'bound') AS proven,
                    CASE WHEN state IN ('approved', 'bound') THEN at + (5 + n % 60) * interval '1 second' END AS done) AS result`;

const ACCOUNTS = `
  INSERT INTO session_account (account_index, session_id)
  SELECT substr(sha256((kind || n)::bytea), 1, 8), left(md5('session' || n), 22)
  FROM generate_series(1, $1::int) AS n, unnest('{CARD,EMAIL}'::text[]) AS kind`;

const CLIENT_ROWS = `
  INSERT INTO client (client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries, updated_at)
  SELECT 'client-' || c, 'Client ' || c, 'merchant', 'key-' || c, '{none}', '{}', '{}', '{}', now() FROM generate_series(0, ${CLIENTS - 1}) AS c`;

/** The mover's own counting, of all sessions at once. */
const COUNTED = statement({
  text: sql`WITH taken AS (SELECT client_id, ${SESSION_ACTIVITY} AS activity FROM session), ${ACTIVITY_COUNTED} SELECT`,
}).text;

export async function storeSessions(options: {
  readonly databaseUrl: string;
  readonly sessions: number;
}): Promise<void> {
  const { databaseUrl, sessions } = options;
  await fillInBulk(databaseUrl, ['session', 'session_account', 'activity', 'activity_reason'], async (client) => {
    await client.query(SESSIONS, [sessions]);
    await client.query(ACCOUNTS, [sessions]);
    await client.query(CLIENT_ROWS);
  });
  await fillInBulk(databaseUrl, [], async (client) => {
    await client.query(COUNTED);
    await client.query('VACUUM (ANALYZE) activity, activity_reason');
  });
}
