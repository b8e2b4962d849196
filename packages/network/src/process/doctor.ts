/** Checks a configuration and reports every problem at once, each with its remedy. Changes nothing. */
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCertificate, readPublicKey } from '@payment-passkeys/channel';
import { CLOCK_SKEW_SECONDS, isLocalhost, isPrivateUseScheme } from '@payment-passkeys/protocol';
import { type Database, StorageError } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type Client, listClients } from '../domain/clients/store.ts';
import { type Endpoint, listEndpoints } from '../domain/events/deliveries.ts';
import { KEY_USES, type KeyFile, OPTIONAL_KEY_USE, readKeyFiles } from '../domain/keys/key-file.ts';
import { keyFolderOf } from '../domain/keys/key-folder.ts';
import { type Config, isLocalDatabase, readConfig } from '../platform/config/config.ts';
import { ConfigError } from '../platform/config/config-error.ts';
import type { Environment } from '../platform/config/environment.ts';
import { MIGRATIONS, MIGRATIONS_TABLE, openServingDatabase } from './network-database.ts';

/** WRONG: the network does not start, or must not. WARNING: it starts, but the operator should act. */
export interface Finding {
  readonly verdict: 'OK' | 'WARNING' | 'WRONG';
  /** The setting or the part that it is about. */
  readonly about: string;
  readonly text: string;
}

export interface DoctorOptions {
  readonly env: Environment;
  readonly clock: () => Date;
  /** Whether a host name resolves. */
  readonly resolves: (hostname: string) => Promise<boolean>;
}

export async function examine({ env, clock, resolves }: DoctorOptions): Promise<readonly Finding[]> {
  const { config, findings, broken } = examineSettings(env);
  const database =
    broken.has('DATABASE_URL') || broken.has('DATABASE_URL_FILE') ? [] : await examineDatabase(config, clock);
  return [
    ...findings,
    ...(broken.has('PUBLIC_URL') ? [] : await examinePublicUrl(config, resolves)),
    ...examineMetrics(config),
    ...examineBranding(env, config),
    ...(await examineKeys(config, clock())),
    ...(await examinePage()),
    ...database,
  ];
}

/** Replace a wrong setting, so that the settings after it are checked too. */
const STAND_INS: Environment = { PUBLIC_URL: 'https://stand-in.example', TRUST_PROXY: 'loopback' };

function examineSettings(env: Environment) {
  const findings: Finding[] = [];
  const broken = new Set<string>();
  for (let tried = env; ; ) {
    try {
      const config = readConfig(tried);
      if (findings.length === 0)
        findings.push(ok('settings', `MODE is ${config.mode}, PUBLIC_URL ${config.publicUrl}`));
      return { config, findings, broken };
    } catch (error) {
      if (!(error instanceof ConfigError) || broken.has(error.setting)) throw error;
      findings.push(wrong(error.setting, error.message));
      broken.add(error.setting);
      tried = { ...tried, [error.setting]: STAND_INS[error.setting] };
    }
  }
}

async function examinePublicUrl(config: Config, resolves: DoctorOptions['resolves']): Promise<readonly Finding[]> {
  const { rpId, mode } = config;
  const about = 'PUBLIC_URL';
  if (isLocalhost(rpId)) {
    return mode === 'sandbox'
      ? [ok(about, `${rpId} is this machine, to every browser on it`)]
      : [wrong(about, `${rpId} is every cardholder's own machine: give the name that they reach the network by`)];
  }
  if (!rpId.includes('.')) return [wrong(about, `${rpId} has no domain: browsers refuse passkeys for it`)];
  return (await resolves(rpId))
    ? [ok(about, `${rpId} resolves`)]
    : [warning(about, `${rpId} does not resolve here: cardholders and clients need it in the public DNS`)];
}

function examineMetrics({ mode, metrics }: Config): readonly Finding[] {
  if (mode === 'sandbox' || metrics !== undefined) return [];
  return [
    warning('METRICS_PORT', 'is not set, and in production there are no metrics without it: see docs/observability.md'),
  ];
}

/** Warns about what cardholders see when name, mark and support address are not set. */
function examineBranding(env: Environment, { mode, branding, legal }: Config): readonly Finding[] {
  if (mode === 'sandbox') return [];
  const see = 'see "The network’s branding" in docs/operating-the-network.md';
  return [
    ...(env.NETWORK_NAME ? [] : [warning('NETWORK_NAME', `is not set: cardholders see ${branding.name}; ${see}`)]),
    ...(branding.supportUri
      ? []
      : [warning('NETWORK_SUPPORT_URI', `is not set: the page offers cardholders no help; ${see}`)]),
    ...(env.TERMS_URI || legal.texts.notes === undefined
      ? []
      : [warning('LEGAL_TEXTS', `is not set: cardholders are asked to agree to sample texts; ${see}`)]),
  ];
}

const MANY_MONTHS_MILLISECONDS = 400 * 24 * 60 * 60 * 1000;

async function examineKeys(config: Config, now: Date): Promise<readonly Finding[]> {
  const folder = keyFolderOf(config);
  let files: readonly KeyFile[];
  try {
    files = await readKeyFiles(folder, config.mode);
  } catch (error) {
    if (error instanceof ConfigError) return [wrong('keys', error.message)];
    throw error;
  }
  const findings = KEY_USES.map((use) => examineUse(use, files, { config, now }));
  const state = await stat(folder).catch(() => undefined);
  const open = state !== undefined && process.platform !== 'win32' && (state.mode & 0o077) !== 0;
  return open ? [...findings, warning('keys', `others may enter the folder: chmod 700 ${folder}`)] : findings;
}

function examineUse(
  use: KeyFile['use'],
  files: readonly KeyFile[],
  { config, now }: { readonly config: Config; readonly now: Date },
): Finding {
  const starts = files.filter((file) => file.use === use).map(({ activeFrom }) => new Date(activeFrom).getTime());
  const inUse = Math.max(...starts.filter((start) => start <= now.getTime()));
  if (starts.length === 0) {
    return config.mode === 'sandbox'
      ? ok(`${use} key`, 'is made at the first start')
      : use === OPTIONAL_KEY_USE
        ? warning(`${use} key`, `is missing, so no events are posted: payment-passkeys-network keys rotate ${use}`)
        : wrong(`${use} key`, 'is missing: payment-passkeys-network keys rotate');
  }
  if (inUse === Number.NEGATIVE_INFINITY) return wrong(`${use} key`, 'is not active yet, and there is no other');
  const since = new Date(inUse).toISOString().slice(0, 10);
  return now.getTime() - inUse > MANY_MONTHS_MILLISECONDS
    ? warning(`${use} key`, `is in use since ${since}: payment-passkeys-network keys rotate ${use}`)
    : ok(`${use} key`, `${starts.length} there, the one in use since ${since}`);
}

const PAGE_TEMPLATE = fileURLToPath(new URL('../../../page/dist/index.html', import.meta.url));

async function examinePage(): Promise<readonly Finding[]> {
  return (await exists(PAGE_TEMPLATE)) ? [] : [wrong('hosted page', 'is not built: node scripts/setup.mjs')];
}

async function examineDatabase(config: Config, clock: () => Date): Promise<readonly Finding[]> {
  const { databaseUrl, mode, dataDir } = config;
  const about = databaseUrl === undefined ? 'embedded database' : 'DATABASE_URL';
  if (databaseUrl === undefined && !(await exists(join(dataDir, 'postgres')))) {
    const text = `is made at the first start, in ${dataDir}`;
    return [mode === 'sandbox' ? ok(about, text) : warning('DATABASE_URL', `is not set; an embedded database ${text}`)];
  }
  let database: Database;
  try {
    database = await openServingDatabase(config);
  } catch (error) {
    if (error instanceof StorageError) return [wrong(about, error.message)];
    throw error;
  }
  try {
    return [
      ...examineConnection(config),
      await examineClock(database.pool, clock),
      ...(await examineLimits(database.pool, config)),
      ...(await examineContent(database.pool, mode, clock())),
    ];
  } finally {
    await database.close();
  }
}

function examineConnection({ databaseUrl, mode }: Config): readonly Finding[] {
  if (databaseUrl === undefined || mode === 'sandbox' || isLocalDatabase(databaseUrl)) return [];
  return new URL(databaseUrl).searchParams.get('sslmode') === 'verify-full'
    ? []
    : [warning('DATABASE_URL', 'does not insist on TLS to the server it names: add sslmode=verify-full')];
}

async function examineClock(pool: Pool, clock: () => Date): Promise<Finding> {
  const before = clock();
  const { rows } = await pool.query<{ now: Date; version: string }>(
    `SELECT clock_timestamp() AS now, current_setting('server_version') AS version`,
  );
  const [row] = rows;
  const middle = (before.getTime() + clock().getTime()) / 2;
  const seconds = Math.round(Math.abs((row?.now.getTime() ?? 0) - middle) / 1000);
  const text = `PostgreSQL ${row?.version}, its clock ${seconds} s from this one`;
  if (seconds > CLOCK_SKEW_SECONDS) return wrong('clock', `${text}: set both by NTP`);
  return seconds > 5 ? warning('clock', `${text}: set both by NTP`) : ok('database', text);
}

/** Checks the connections that serve requests, as the database server sees them. */
async function examineLimits(pool: Pool, { database }: Config): Promise<readonly Finding[]> {
  const { rows } = await pool.query<{ limited: boolean; connections: number }>(
    `SELECT current_setting('statement_timeout') <> '0' AS limited,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections`,
  );
  const { limited = true, connections = 0 } = rows[0] ?? {};
  const { poolSize, limits } = database;
  return [
    ...(limited
      ? []
      : [
          warning(
            'DATABASE_URL',
            'is a pooler that passes no time limits on, so that PostgreSQL ends no stuck statement: ' +
              `ALTER ROLE … SET statement_timeout = '${limits.statementSeconds}s', and likewise lock_timeout and idle_in_transaction_session_timeout`,
          ),
        ]),
    ...(poolSize <= connections
      ? []
      : [warning('DATABASE_POOL_SIZE', `is ${poolSize}, of each process; the server takes ${connections} from all`)]),
  ];
}

/** Needs the network's tables, so it comes last. */
async function examineContent(pool: Pool, mode: Config['mode'], now: Date): Promise<readonly Finding[]> {
  const { rows } = await pool.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [MIGRATIONS_TABLE]);
  const applied = rows[0]?.found === null ? [] : await findAppliedMigrations(pool);
  const files = (await readdir(MIGRATIONS)).toSorted();
  const newer = applied.filter(({ name }) => !files.includes(name));
  const broken = newer.filter(({ compatible }) => !compatible).map(({ name }) => name);
  if (broken.length > 0)
    return [wrong('migrations', `the database is of a newer version than this program: ${broken.join(', ')}`)];
  const pending = files.filter((file) => !applied.some(({ name }) => name === file));
  if (pending.length > 0)
    return [
      warning('migrations', `${pending.join(', ')} pending: payment-passkeys-network migrate, or the next start`),
    ];
  const clients = await listClients(pool);
  const faulty = clients.flatMap((client) => examineClient(client, mode, now));
  return [
    newer.length === 0
      ? ok('migrations', 'all applied')
      : warning(
          'migrations',
          `a newer version has migrated, and this one works too: ${newer.map(({ name }) => name).join(', ')}`,
        ),
    ...(faulty.length > 0 ? faulty : [ok('clients', `${clients.length} onboarded`)]),
    ...(await listEndpoints(pool)).flatMap(examineEndpoint),
  ];
}

async function findAppliedMigrations(pool: Pool): Promise<readonly { name: string; compatible: boolean }[]> {
  const { rows } = await pool.query<{ name: string; compatible: boolean }>(
    `SELECT name, compatible FROM ${MIGRATIONS_TABLE} ORDER BY name`,
  );
  return rows;
}

function examineEndpoint({ clientId, uri, disabledAt, dead, failure }: Endpoint): readonly Finding[] {
  const about = `webhook of ${clientId}`;
  const { host } = new URL(uri);
  if (disabledAt !== null) {
    const since = disabledAt.toISOString();
    return [
      warning(
        about,
        `${host} answered 410 and is off since ${since}: payment-passkeys-network webhooks enable ${clientId}`,
      ),
    ];
  }
  if (dead === 0) return [];
  const because = failure === null ? '' : `, last ${failure}`;
  return [
    warning(
      about,
      `${host} did not take ${dead} events for three days${because}: payment-passkeys-network events replay ${clientId}`,
    ),
  ];
}

function examineClient(client: Client, mode: Config['mode'], now: Date): readonly Finding[] {
  const about = `client ${client.clientId}`;
  const { signingKeys, verification, callbackSchemes } = client;
  const keys = [...signingKeys, ...(verification ? [verification.signingKey, verification.encryptionKey] : [])];
  const dotless = callbackSchemes.filter((scheme) => !isPrivateUseScheme(scheme));
  const local = client.callbackDomains.filter((domain) => isLocalhost(domain.split(':')[0] ?? ''));
  return [
    ...keys.flatMap((pem) => examineClientKey(pem, about, now)),
    ...(mode === 'production' && local.length > 0
      ? [warning(about, `has ${local.join(', ')} among its callbackDomains`)]
      : []),
    ...(dotless.length > 0
      ? [
          warning(
            about,
            `has ${dotless.join(', ')} among its callbackSchemes, which no registration takes any more: with a dot`,
          ),
        ]
      : []),
  ];
}

function examineClientKey(pem: string, about: string, now: Date): readonly Finding[] {
  try {
    readPublicKey(pem);
  } catch (error) {
    return [wrong(about, `has a key that cannot be used: ${error instanceof Error ? error.message : 'unreadable'}`)];
  }
  const certificate = findCertificate(pem);
  if (certificate === undefined) return [];
  const { validToDate } = certificate;
  return validToDate > now ? [] : [warning(about, `has a certificate that ended ${validToDate.toISOString()}`)];
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const ok = (about: string, text: string): Finding => ({ verdict: 'OK', about, text });
const warning = (about: string, text: string): Finding => ({ verdict: 'WARNING', about, text });
const wrong = (about: string, text: string): Finding => ({ verdict: 'WRONG', about, text });
