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
  /** A connection as the user of CITUS_URL: it can read which nodes exist and which one has the schema. */
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
      await server.close();
    },
  };
}

export interface Move {
  readonly startedAt: number;
  readonly endedAt: number;
  /** The worker that has the schema now. */
  readonly to: string;
}

/** Moves the schema to a worker that does not have it, while programs use it. */
export async function moveSchema({ server, schema }: DistributedDatabase): Promise<Move> {
  const { rows } = await server.pool.query<{ nodename: string; nodeport: number }>(
    `SELECT nodename, nodeport FROM pg_dist_node WHERE shouldhaveshards AND noderole = 'primary' AND nodename || ':' || nodeport <> $1`,
    [await workerOf({ server, schema })],
  );
  const [target] = rows;
  if (target === undefined) throw new Error('The cluster has one worker: there is none to move to.');
  const startedAt = Date.now();
  await server.pool.query('SELECT citus_schema_move($1::regnamespace, $2::text, $3::integer)', [
    schema,
    target.nodename,
    target.nodeport,
  ]);
  return { startedAt, endedAt: Date.now(), to: `${target.nodename}:${target.nodeport}` };
}

/** The worker that has the schema. */
export async function workerOf({
  server,
  schema,
}: Pick<DistributedDatabase, 'server' | 'schema'>): Promise<string | undefined> {
  const { rows } = await server.pool.query<{ worker: string }>(
    `SELECT DISTINCT nodename || ':' || nodeport AS worker FROM citus_shards WHERE table_name::text LIKE $1 || '.%'`,
    [schema],
  );
  if (rows.length > 1) throw new Error(`${schema} is on several workers: ${rows.map(({ worker }) => worker).join()}`);
  return rows[0]?.worker;
}
