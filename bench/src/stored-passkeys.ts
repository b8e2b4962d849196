/** Fills a network's database with passkeys that were made, bound and used long ago, so that indexes have a realistic size. */
import { fillInBulk } from './bulk-fill.ts';

/** In the order of their references. */
const TABLES = ['device', 'passkey', 'device_passkey', 'binding', 'binding_account'];

/**
 * Each passkey has a device, a binding of the client `clientId`, and two accounts. Ids are hashes, so that they are spread over the whole
 * index.
 */
const FILL = [
  `INSERT INTO device (device_id, cookie_hash, created_at, last_used_at)
   SELECT left(md5('device' || n), 22) || '000000000010US', sha256(('cookie' || n)::bytea), at, at
   FROM generate_series(1, $1::int) AS n, LATERAL (SELECT now() - (n % 300) * interval '1 day' AS at)`,
  `INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid, attestation_format,
                        attestation_trusted, backup_eligible, backed_up, transports, created_at, last_used_at)
   SELECT md5('passkey' || n)::uuid::text, sha256(('credential' || n)::bytea), sha256(('user' || n)::bytea),
          sha256(('x' || n)::bytea) || sha256(('y' || n)::bytea) || '\\x00010203040506070809101112'::bytea, -7, 1,
          '00000000-0000-0000-0000-000000000000', 'none', false, true, true, '{internal}', at, at
   FROM generate_series(1, $1::int) AS n, LATERAL (SELECT now() - (n % 300) * interval '1 day' AS at)`,
  `INSERT INTO device_passkey (device_id, passkey_id, instance_id, attached_at)
   SELECT left(md5('device' || n), 22) || '000000000010US', md5('passkey' || n)::uuid::text, left(md5('instance' || n), 22) || '000000000010US', now()
   FROM generate_series(1, $1::int) AS n`,
  `INSERT INTO binding (binding_id, passkey_id, client_id, created_at, updated_at)
   SELECT md5('binding' || n)::uuid::text, md5('passkey' || n)::uuid::text, $2, now(), now() FROM generate_series(1, $1::int) AS n`,
  `INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
   SELECT md5('binding' || n)::uuid::text, sha256((kind || n)::bytea), 1, kind, now()
   FROM generate_series(1, $1::int) AS n, unnest('{CARD,EMAIL}'::text[]) AS kind`,
];

export async function storePasskeys(options: {
  readonly databaseUrl: string;
  readonly passkeys: number;
  readonly clientId: string;
}): Promise<void> {
  const { databaseUrl, passkeys, clientId } = options;
  await fillInBulk(databaseUrl, TABLES, async (client) => {
    for (const statement of FILL) {
      await client.query(statement, statement.includes('$2') ? [passkeys, clientId] : [passkeys]);
    }
  });
}
