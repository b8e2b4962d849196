/** Fills a network's database with passkeys that were made, bound and used long ago, so that indexes have a realistic size. */
import pg from 'pg';

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

/** Drops indexes and foreign keys first and creates them again afterwards, checked: this is several times faster. */
export async function storePasskeys(options: {
  readonly databaseUrl: string;
  readonly passkeys: number;
  readonly clientId: string;
}): Promise<void> {
  const client = new pg.Client({ connectionString: options.databaseUrl });
  await client.connect();
  try {
    await client.query("SET maintenance_work_mem = '256MB'");
    const constraints = await findConstraints(client);
    const indexes = await findIndexes(client);
    for (const { table, name } of constraints.toReversed())
      await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    for (const statement of FILL) {
      await client.query(
        statement,
        statement.includes('$2') ? [options.passkeys, options.clientId] : [options.passkeys],
      );
    }
    for (const { table, name, definition } of constraints) {
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    }
    for (const { definition } of indexes) await client.query(definition);
    await client.query(`VACUUM (ANALYZE) ${TABLES.join(', ')}`);
  } finally {
    await client.end();
  }
}

interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Primary keys, unique ones, then foreign keys of or to these tables: the order of creation; they are dropped in reverse. */
async function findConstraints(client: pg.Client): Promise<readonly Constraint[]> {
  const found = await client.query<Constraint>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE (conrelid::regclass::text = ANY ($1) OR confrelid::regclass::text = ANY ($1)) AND contype IN ('p', 'u', 'f')
     ORDER BY array_position('{p,u,f}', contype::text)`,
    [TABLES],
  );
  return found.rows;
}

/** The indexes that belong to no constraint. */
async function findIndexes(
  client: pg.Client,
): Promise<readonly { readonly name: string; readonly definition: string }[]> {
  const found = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid::regclass::text = ANY ($1) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
    [TABLES],
  );
  return found.rows;
}
