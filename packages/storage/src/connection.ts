/** Connections to a server: how values are read, how long anything may take, how a pool is set up. */
import pg from 'pg';

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

/** Takes nothing from the environment, where pg looks for PGSSLMODE, PGOPTIONS and others when a client is constructed. */
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
  /** None unless given. */
  readonly limits?: TimeLimits | undefined;
  /**
   * Whether a statement with a name is planned once for each connection, for any values, where PostgreSQL may plan it anew at each use
   * (plan_cache_mode). For statements that look rows up by key, whose plan does not depend on the values.
   */
  readonly planOnce?: boolean | undefined;
}

/** How long whoever waits for a statement is kept waiting at most, in seconds. */
export interface TimeLimits {
  /** Until a connection of the pool is free, or a new one stands. */
  readonly connectSeconds: number;
  /** PostgreSQL's statement_timeout; a transaction is given as long between its statements. */
  readonly statementSeconds: number;
  /** PostgreSQL's lock_timeout: of that, waiting for one lock. */
  readonly lockSeconds: number;
}

export interface ClientOptions extends ConnectionOptions {
  /** pg's own unless given. */
  readonly clientClass?: typeof pg.Client | undefined;
}

/** One connection outside any pool. A later loss of it is not an error of its own: the next query reports it. */
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

/** Sent at connecting, so that PostgreSQL itself ends what takes too long (57014, 55P03, 25P03) and lets go of its locks. */
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

/** For the answer of a server that has ended a statement in time to arrive. */
const ANSWER_PATIENCE_MS = 1_000;

/** For a server that is frozen or cut off, and ends nothing: the query fails here, and its connection is dropped. */
function ownLimits({ connectSeconds, statementSeconds }: TimeLimits): pg.PoolConfig {
  return {
    connectionTimeoutMillis: connectSeconds * 1000,
    query_timeout: statementSeconds * 1000 + ANSWER_PATIENCE_MS,
  };
}

export interface PoolOptions extends ConnectionOptions {
  /** Connections at most; 10 unless given. */
  readonly poolSize?: number | undefined;
  /** Of its connections; pg's own unless given. Another pool's is `options.Client` of that. */
  readonly clientClass?: pg.PoolConfig['Client'];
  /** Whether the server is told of `limits` and `planOnce`: unless false, which is for a pooler in front that takes no settings. */
  readonly serverTakesSettings?: boolean;
}

/** A pool that outlives its server's restarts: a connection that breaks is dropped, and the next query opens another. */
export function buildPool(options: PoolOptions): pg.Pool {
  const { url, name, poolSize = 10, limits, serverTakesSettings = true, clientClass } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: valueTypes(),
    ...(clientClass && { Client: clientClass }),
    ...(limits && ownLimits(limits)),
    ...(serverTakesSettings && serverSettings(options)),
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
