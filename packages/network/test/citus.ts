/** A network's schema on the Citus cluster that CITUS_URL names: migrated, then distributed as operations/distributed says. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import { migrationsOf } from '../src/process/network-database.ts';
import { FOLDER } from './operations.ts';

/** The address of the coordinator; its user may create schemas. */
export const CITUS_URL = process.env.CITUS_URL;

export interface DistributedDatabase extends Database {
  readonly schema: string;
  /** As the user of the address: where the nodes are, and where the schema is. */
  readonly server: Database;
}

/** A schema of a random name. `close` drops it. */
export async function createDistributedDatabase(serverUrl: string): Promise<DistributedDatabase> {
  const schema = `network_${randomBytes(6).toString('hex')}`;
  const server = await openDatabase({ databaseUrl: serverUrl, dataDir: '', name: 'citus', poolSize: 1 });
  const url = new URL(serverUrl);
  url.searchParams.set('options', `-c search_path=${schema},${schema}_audit`);
  await server.pool.query(`CREATE SCHEMA ${schema}`);
  const database = await openDatabase({ databaseUrl: url.href, dataDir: '', name: schema, poolSize: 4 });
  for (const migrations of migrationsOf('sandbox')) await migrate({ database, ...migrations });
  await dropSandboxReferences(server);
  const distribution = await readFile(new URL('distributed/distribute.sql', FOLDER), 'utf8');
  for (const statement of distribution.replaceAll(/^--.*$/gm, '').split(';')) {
    if (statement.trim() !== '') await server.pool.query(statement.replaceAll(/\bnetwork(?=\b|_audit\b)/g, schema));
  }
  return {
    pool: database.pool,
    url: database.url,
    schema,
    server,
    close: async () => {
      await database.close();
      await server.pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await server.pool.query(`DROP SCHEMA IF EXISTS ${schema}_audit CASCADE`);
      await server.pool.query('DROP SCHEMA IF EXISTS sandbox CASCADE');
      await server.close();
    },
  };
}

/** The sandbox's tables are in a schema of their own and refer to the network's, which a distributed schema refuses. Production has none. */
async function dropSandboxReferences({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ drop: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop
     FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
     WHERE contype = 'f' AND relnamespace = 'sandbox'::regnamespace`,
  );
  for (const { drop } of rows) await pool.query(drop);
}
