/** The requirements of a server or pooler, and the reason when there is no connection. */
import type pg from 'pg';
import { type ConnectionOptions, connectClient } from './connection.ts';
import { codeOf, StorageError } from './errors.ts';
import { findFaultOfParameters } from './url-parameters.ts';

const OLDEST_SERVER = 15;

export interface ServerFacts {
  /** Whether it accepts the settings of a connection, which a pooler may refuse. */
  readonly serverTakesSettings: boolean;
  /** Whether the database is one of a Citus cluster. */
  readonly distributed: boolean;
}

/**
 * Connects once to check that the server is reachable, accepts the login and is recent enough; and whether it accepts the settings, which a
 * pooler refuses unless it is set to ignore them (PgBouncer's ignore_startup_parameters).
 * @throws StorageError DATABASE_URL_INVALID, DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION_FAILED, DATABASE_MISSING, SERVER_TOO_OLD.
 * Messages name host, port and database, never the password.
 */
export async function checkServer(options: ConnectionOptions): Promise<ServerFacts> {
  const place = describeUrl(options.url);
  const { client, serverTakesSettings } = await connectWithOrWithoutSettings(options).catch((error: unknown) => {
    throw explainConnectionError(error, place);
  });
  try {
    // With a name, like the pool's first statement: see checkPreparedStatements.
    const { rows } = await client.query<{ number: string; distributed: boolean }>(VERSION);
    refuseOldServer(Number(rows[0]?.number), place);
    return { serverTakesSettings, distributed: rows[0]?.distributed === true };
  } catch (error) {
    throw explainPreparedStatement(error, place);
  } finally {
    await client.end();
  }
}

async function connectWithOrWithoutSettings(options: ConnectionOptions) {
  try {
    return { client: await connectClient(options), serverTakesSettings: true };
  } catch (error) {
    if (!refusesSettings(error)) throw error;
    const { url, name } = options;
    return { client: await connectClient({ url, name }), serverTakesSettings: false };
  }
}

const VERSION = {
  name: 'server-version',
  text: `SELECT current_setting('server_version_num') AS number, EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS distributed`,
};

/**
 * Checks that a pooler keeps the prepared statements of each client apart, which every frequent statement needs. Otherwise a
 * client can get a connection on which another client has prepared the name (42P05), or on which nobody has (26000). Called after {@link
 * checkServer}, which has prepared the same name. A busy pooler may hide the fault; a server itself never has it.
 * @throws StorageError POOLER_UNSUITABLE.
 */
export async function checkPreparedStatements(pool: pg.Pool, url: string): Promise<void> {
  await pool.query(VERSION).catch((error: unknown) => {
    throw explainPreparedStatement(error, describeUrl(url));
  });
}

function explainPreparedStatement(error: unknown, place: string): unknown {
  if (!['42P05', '26000'].includes(codeOf(error))) return error;
  return new StorageError(
    'POOLER_UNSUITABLE',
    `The pooler at ${place} mixes up the prepared statements of its clients: PgBouncer 1.21 or newer with ` +
      'max_prepared_statements above 0 is needed, or pool_mode = session, or DATABASE_URL names PostgreSQL itself.',
    { cause: error },
  );
}

/** PgBouncer, 08P01 (protocol_violation): "unsupported startup parameter: statement_timeout", "… in options: plan_cache_mode". */
function refusesSettings(error: unknown): boolean {
  return codeOf(error) === '08P01' || (error instanceof Error && /unsupported startup parameter/.test(error.message));
}

/** @param versionNumber `server_version_num`, such as 150004 for 15.4. */
export function refuseOldServer(versionNumber: number, place: string): void {
  if (versionNumber >= OLDEST_SERVER * 10_000) return;
  throw new StorageError(
    'SERVER_TOO_OLD',
    `The server at ${place} is PostgreSQL ${Math.floor(versionNumber / 10_000)}; ${OLDEST_SERVER} or newer is needed.`,
  );
}

function describeUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw malformedUrl();
  }
  const fault = findFaultOfParameters(url);
  if (fault) throw new StorageError('DATABASE_URL_INVALID', `DATABASE_URL ${fault}`);
  const host = parsed.hostname || (parsed.searchParams.get('host') ?? 'localhost');
  return `${host}:${parsed.port || '5432'}${parsed.pathname}`;
}

function malformedUrl(options?: ErrorOptions): StorageError {
  return new StorageError(
    'DATABASE_URL_INVALID',
    'DATABASE_URL is not an address like postgres://user:password@host:5432/database ' +
      '(characters such as @, /, # and % in the password have to be percent-encoded).',
    options,
  );
}

/** SQLSTATEs of the classes 28 and 3D, PostgreSQL documentation, appendix A. */
function explainConnectionError(error: unknown, place: string): StorageError {
  const options = { cause: error };
  if (error instanceof URIError) return malformedUrl(options);
  switch (codeOf(error)) {
    case '28P01':
    case '28000':
      return new StorageError(
        'DATABASE_AUTHENTICATION_FAILED',
        `The server at ${place} refuses the user or password of DATABASE_URL, or asks for TLS (?sslmode=require).`,
        options,
      );
    case '3D000':
      return new StorageError(
        'DATABASE_MISSING',
        `The database of ${place} does not exist; create it (createdb) or name another in DATABASE_URL.`,
        options,
      );
    default:
      return new StorageError(
        'DATABASE_UNREACHABLE',
        `No PostgreSQL answers at ${place} (${codeOf(error) || 'no answer'}); check DATABASE_URL and that the server runs.`,
        options,
      );
  }
}
