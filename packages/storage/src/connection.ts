/** Connections to a server: value types, time limits, and the pool. */
import pg from 'pg';
import { KnownQuery } from './sql/known-query.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The types of column values: `timestamptz` is a Date, `int8` a number, `date` a text 'YYYY-MM-DD' (pg's default is midnight in the
 * machine's time zone); the others as in pg. An int8 that a number cannot hold exactly fails the query.
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

/** Reads nothing from the environment; pg itself reads PGSSLMODE, PGOPTIONS and others when a client is constructed. */
export class OwnClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('PG'));
    for (const [name] of hidden) delete process.env[name];
    try {
      super(config);
    } finally {
      Object.assign(process.env, Object.fromEntries(hidden));
    }
  }
}

export interface ConnectionOptions {
  readonly url: string;
  /** Shown as application_name in pg_stat_activity. */
  readonly name: string;
  /** No limits by default. */
  readonly limits?: TimeLimits | undefined;
  /**
   * Whether a statement with a name is planned only once per connection, for any values. Otherwise PostgreSQL may plan it again at each use
   * (plan_cache_mode). It is meant for statements that look up rows by key: their plan does not depend on the values.
   */
  readonly planOnce?: boolean | undefined;
}

/** The time limits of a statement, in seconds. */
export interface TimeLimits {
  /** Until a connection of the pool is free, or a new one is open. */
  readonly connectSeconds: number;
  /** PostgreSQL's statement_timeout; also the longest pause between two statements of a transaction. */
  readonly statementSeconds: number;
  /** PostgreSQL's lock_timeout: the part of the statement's time that it may wait for one lock. */
  readonly lockSeconds: number;
}

export interface ClientOptions extends ConnectionOptions {
  /** pg's own class by default. */
  readonly clientClass?: typeof pg.Client | undefined;
}

/** One connection outside any pool. Losing it later is not an error in itself: the next query reports it. */
export async function connectClient(options: ClientOptions): Promise<pg.Client> {
  const { clientClass: Client = pg.Client } = options;
  const client = new Client({
    connectionString: options.url,
    application_name: options.name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: valueTypes(),
    ...serverSettings(options),
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Sent on connecting, so that PostgreSQL itself ends what takes too long (57014, 55P03, 25P03) and releases its locks. */
function serverSettings({ limits, planOnce }: Pick<ConnectionOptions, 'limits' | 'planOnce'>): pg.ClientConfig {
  return {
    ...(limits && {
      statement_timeout: limits.statementSeconds * 1000,
      lock_timeout: limits.lockSeconds * 1000,
      idle_in_transaction_session_timeout: limits.statementSeconds * 1000,
    }),
    ...(planOnce && { options: '-c plan_cache_mode=force_generic_plan' }),
  };
}

/** Extra time for the answer of a server that has ended a statement in time. */
const ANSWER_PATIENCE_MS = 1_000;

/**
 * For a server that is frozen or cut off, and so ends nothing: the query fails here, and its connection is dropped. A {@link KnownQuery} keeps its
 * limit itself; the other queries leave that to pg.
 */
function limitQueries(client: pg.PoolClient, { statementSeconds }: TimeLimits): void {
  const milliseconds = statementSeconds * 1000 + ANSWER_PATIENCE_MS;
  const withLimit = (query: string | pg.QueryConfig | KnownQuery) => {
    if (query instanceof KnownQuery) return query.within(milliseconds);
    return { ...(typeof query === 'string' ? { text: query } : query), query_timeout: milliseconds };
  };
  const send = client.query.bind(client) as (...args: unknown[]) => unknown; // bind knows one of its overloads
  const limited = (query: Parameters<typeof withLimit>[0], values: unknown, callback: unknown) =>
    send(withLimit(query), values, callback);
  client.query = limited as typeof client.query;
}

export interface PoolOptions extends ConnectionOptions {
  /** The largest number of connections; 10 by default. */
  readonly poolSize?: number | undefined;
  /** The class of its connections; pg's own by default. For another pool's class use its `options.Client`. */
  readonly clientClass?: pg.PoolConfig['Client'];
  /** Whether `limits` and `planOnce` are sent to the server; true by default. False for a pooler that accepts no settings. */
  readonly serverTakesSettings?: boolean;
}

/** A pool that survives a restart of its server: a broken connection is dropped, and the next query opens another. */
export function buildPool(options: PoolOptions): pg.Pool {
  const { url, name, poolSize = 10, limits, serverTakesSettings = true, clientClass } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: poolSize,
    connectionTimeoutMillis: limits === undefined ? CONNECT_TIMEOUT_MS : limits.connectSeconds * 1000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: valueTypes(),
    ...(clientClass && { Client: clientClass }),
    ...(serverTakesSettings && serverSettings(options)),
  });
  pool.on('error', () => {});
  // A connection in use can fail too: its query rejects, but an 'error' without a listener would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => {});
    if (limits) limitQueries(client, limits);
  });
  return pool;
}

/**
 * Ends a pool and waits until the server has closed every connection, so that none is left in pg_stat_activity (pg's own `end` resolves as soon as
 * the messages that end them are written).
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
