/** Checks a configuration and reports every problem at once, each with its remedy. Changes nothing. */
import { access, readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isLocalhost } from '@payment-passkeys/protocol';
import { type Database, StorageError } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { listClients } from '../domain/clients/store.ts';
import { listEndpoints } from '../domain/events/deliveries.ts';
import { findClientProblems } from '../domain/health/clients.ts';
import { compareClocks, findDatabaseProblems } from '../domain/health/database.ts';
import { findNetworkKeyProblem } from '../domain/health/keys.ts';
import { type HealthProblem, lineOf } from '../domain/health/problem.ts';
import { findSettingProblems } from '../domain/health/settings.ts';
import { findWebhookProblems } from '../domain/health/webhooks.ts';
import { KEY_USES, type KeyFile, readKeyFiles } from '../domain/keys/key-file.ts';
import { keyFolderOf } from '../domain/keys/key-folder.ts';
import { type Config, readConfig } from '../platform/config/config.ts';
import { ConfigError } from '../platform/config/config-error.ts';
import type { Environment } from '../platform/config/environment.ts';
import { hasDatabase, type MigrationsOfMode, migrationsOf, openServingDatabase } from './network-database.ts';

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
    ...findSettingProblems(config)
      .filter(({ about }) => !broken.has(about))
      .map(findingOf),
    ...(await examineKeys(config, clock())),
    ...(await examinePage()),
    ...database,
  ];
}

/** The values that replace wrong settings, so that the other settings are checked too. */
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
  const starts = files.filter((file) => file.use === use).map(({ activeFrom }) => new Date(activeFrom));
  const problem = findNetworkKeyProblem(use, starts, { mode: config.mode, now });
  if (problem !== undefined) return findingOf(problem);
  if (starts.length === 0) return ok(`${use} key`, 'is made at the first start');
  const inUse = new Date(Math.max(...starts.filter((start) => start <= now).map((start) => start.getTime())));
  return ok(`${use} key`, `${starts.length} there, the one in use since ${inUse.toISOString().slice(0, 10)}`);
}

const PAGE_TEMPLATE = fileURLToPath(new URL('../../../page/dist/index.html', import.meta.url));

async function examinePage(): Promise<readonly Finding[]> {
  return (await exists(PAGE_TEMPLATE)) ? [] : [wrong('hosted page', 'is not built: node scripts/setup.mjs')];
}

async function examineDatabase(config: Config, clock: () => Date): Promise<readonly Finding[]> {
  const { databaseUrl, mode, dataDir } = config;
  const about = databaseUrl === undefined ? 'embedded database' : 'DATABASE_URL';
  if (!hasDatabase(config)) {
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
      await examineClock(database.pool, clock),
      ...(await findDatabaseProblems(database.pool, config.database)).map(findingOf),
      ...(await examineContent(database.pool, mode, clock())),
    ];
  } finally {
    await database.close();
  }
}

async function examineClock(pool: Pool, clock: () => Date): Promise<Finding> {
  const { text, problem } = await compareClocks(pool, clock);
  return problem === undefined ? ok('database', text) : findingOf(problem);
}

/** Needs the network's tables, so it comes last. */
async function examineContent(pool: Pool, mode: Config['mode'], now: Date): Promise<readonly Finding[]> {
  const compared = await Promise.all(migrationsOf(mode).map((migrations) => compareMigrations(pool, migrations)));
  const newer = compared.flatMap((folder) => folder.newer);
  const pending = compared.flatMap((folder) => folder.pending);
  const broken = newer.filter(({ compatible }) => !compatible).map(({ name }) => name);
  if (broken.length > 0)
    return [wrong('migrations', `the database is of a newer version than this program: ${broken.join(', ')}`)];
  if (pending.length > 0)
    return [
      warning('migrations', `${pending.join(', ')} pending: payment-passkeys-network migrate, or the next start`),
    ];
  const clients = await listClients(pool);
  const faulty = clients.flatMap((client) => findClientProblems(client, mode, now)).map(findingOf);
  return [
    newer.length === 0
      ? ok('migrations', 'all applied')
      : warning(
          'migrations',
          `a newer version has migrated, and this one works too: ${newer.map(({ name }) => name).join(', ')}`,
        ),
    ...(faulty.length > 0 ? faulty : [ok('clients', `${clients.length} onboarded`)]),
    ...(await listEndpoints(pool)).flatMap((endpoint) => findWebhookProblems(endpoint, now)).map(findingOf),
  ];
}

/** `newer`: migrations that only the database has. `pending`: migrations that only the folder has. */
async function compareMigrations(pool: Pool, { folder, table }: MigrationsOfMode) {
  const { rows } = await pool.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [table]);
  const applied = rows[0]?.found === null ? [] : await findAppliedMigrations(pool, table);
  const files = (await readdir(folder)).toSorted();
  return {
    newer: applied.filter(({ name }) => !files.includes(name)),
    pending: files.filter((file) => !applied.some(({ name }) => name === file)),
  };
}

/** The table of an earlier version has no column `compatible`: the next migration adds it. */
async function findAppliedMigrations(
  pool: Pool,
  table: string,
): Promise<readonly { name: string; compatible: boolean }[]> {
  const { rows } = await pool.query<{ name: string; compatible: boolean }>(
    `SELECT name, coalesce((to_jsonb(applied) ->> 'compatible')::boolean, false) AS compatible
     FROM ${table} AS applied ORDER BY name`,
  );
  return rows;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const findingOf = (problem: HealthProblem): Finding => ({
  verdict: problem.severity,
  about: problem.about,
  text: lineOf(problem),
});
const ok = (about: string, text: string): Finding => ({ verdict: 'OK', about, text });
const warning = (about: string, text: string): Finding => ({ verdict: 'WARNING', about, text });
const wrong = (about: string, text: string): Finding => ({ verdict: 'WRONG', about, text });
