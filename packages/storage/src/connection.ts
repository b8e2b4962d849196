/** Connections to a server: how values are read, how a pool is set up, and what is wrong when there is no connection. */
import pg from 'pg';
import { codeOf, StorageError } from './errors.ts';

const OLDEST_SERVER = 15;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How column values arrive: `timestamptz` as Date, `int8` as number, `date` as 'YYYY-MM-DD' (pg's own default is
 * midnight of the machine's time zone), the rest as in pg. An int8 that a number cannot hold exactly fails the query.
 */
function valueTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, readInt8);
  types.setTypeParser(pg.types.builtins.DATE, (text) => text);
  return types;
}

function readInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('An int8 is too large for a number; select it as text.');
  return value;
}

export interface ConnectionOptions {
  readonly url: string;
  /** Shown as application_name in pg_stat_activity. */
  readonly name: string;
}

/** One connection outside any pool. A later loss of it is not an error of its own: the next query reports it. */
export async function connectClient({ url, name }: ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: valueTypes(),
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A pool that outlives its server's restarts: a connection that breaks is dropped, and the next query opens another. */
export function buildPool({
  url,
  name,
  poolSize = 10,
}: ConnectionOptions & { readonly poolSize?: number | undefined }) {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: valueTypes(),
  });
  pool.on('error', () => {});
  // In use too: its query rejects, and an 'error' that nobody hears would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * Ends a pool and waits until the server has let go of every connection, so that afterwards none of them counts in
 * pg_stat_activity (pg's own `end` returns as soon as the goodbyes are written).
 */
export function trackConnections(pool: pg.Pool): { endPool(): Promise<void> } {
  const goodbyes = new Set<Promise<void>>();
  pool.on('connect', (client) => {
    const goodbye = new Promise<void>((resolve) => client.once('end', resolve)).then(() => {
      goodbyes.delete(goodbye);
    });
    goodbyes.add(goodbye);
  });
  return {
    async endPool() {
      await pool.end();
      await Promise.all(goodbyes);
    },
  };
}

/**
 * Connects once to see that the server is there, lets us in and is recent enough.
 *
 * @throws StorageError DATABASE_URL_INVALID, DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION_FAILED, DATABASE_MISSING,
 * SERVER_TOO_OLD. Messages name host, port and database, never the password.
 */
export async function checkServer(options: ConnectionOptions): Promise<void> {
  const place = describeUrl(options.url);
  const client = await connectClient(options).catch((error: unknown) => {
    throw explainConnectionError(error, place);
  });
  try {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    refuseOldServer(Number(rows[0]?.server_version_num), place);
  } finally {
    await client.end();
  }
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
