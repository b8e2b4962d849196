/** The command line: serve, migrate, clients, keys. The only reader of process.env. */
import cluster from 'node:cluster';
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Database, StorageError } from '@payment-passkeys/storage';
import { RegistrationError, readRegistration } from './clients/registration.ts';
import { listClients, saveClient, setClientSuspended } from './clients/store.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { examine } from './doctor.ts';
import { KEY_USES, type KeyUse } from './keys/key-file.ts';
import { rotateKeys } from './keys/key-folder.ts';
import { serve } from './serve.ts';
import { keyFolderOf, migrateNetwork, openNetworkDatabase } from './start.ts';
import { WorkersError } from './workers.ts';

const USAGE = `payment-passkeys-network: the network's service of payment passkeys

  serve [--workers N|auto]  run the service; the port opens when it is ready. In N processes, or as many as there are
                            processors: SIGHUP replaces them one by one
  migrate                   bring the database up to date
  clients add FILE.json     onboard an issuer or a merchant, or replace a known one
  clients suspend ID        refuse its requests and its cardholders' sessions
  clients resume ID         take them again
  clients list              who is onboarded
  keys rotate [USE …]       make the next keys, or the first ones: signing, encryption, account-encryption,
                            account-index; all of them where none is named
  doctor                    say what is wrong with the configuration; exit code 1 where something is

  clients and keys work beside a running service.

Environment
  PORT (4000)               HOST (127.0.0.1)
  PUBLIC_URL                the public origin; http://verify.localhost:PORT in sandbox mode
  AUDIENCE                  the proofs' aud; PUBLIC_URL where it is not set
  DATABASE_URL              a PostgreSQL server; an embedded one in DATA_DIR where it is not set
  DATA_DIR (.data)          keys, and the embedded database
  MODE (sandbox)            sandbox or production
  TERMS_URI, PRIVACY_URI, TERMS_VERSION, TERMS_DATE   what cardholders agree to at shops; reference documents where not set
  LOG_LEVEL (info)          fatal, error, warn, info, debug, trace, silent
  METRICS_PORT, METRICS_HOST (127.0.0.1)   where Prometheus finds /metrics; in production nowhere where it is not set
  OTEL_EXPORTER_OTLP_ENDPOINT   where traces are sent: OpenTelemetry's own variables, see docs/observability.md
  ATTESTATION_ROOTS, METADATA_BLOB, METADATA_ROOT, METADATA_SIGNER   what attestations are trusted by: PEM anchors, FIDO metadata
  TRUST_PROXY               addresses or networks of the proxies in front, such as 10.0.0.0/8; required in production
  DATABASE_POOL_SIZE (20)   connections of each process
  DATABASE_CONNECT_TIMEOUT (5), DATABASE_STATEMENT_TIMEOUT (5), DATABASE_LOCK_TIMEOUT (3)   seconds
  SHUTDOWN_DELAY (0; 5 in production)   seconds from SIGTERM, when /health/ready turns to 503, to the closed port
  SHUTDOWN_TIMEOUT (30)                 seconds, after those, for requests that run
  RATE_LIMIT_PER_CLIENT (200), RATE_LIMIT_PER_ADDRESS (1000)   requests a second
  RATE_LIMIT_PER_SESSION (300)                                 calls of the hosted page a minute
`;

/** A wrong use of the command line. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const say = (line: string) => console.error(line);
const clock = () => new Date();

async function run(args: readonly string[]): Promise<void> {
  const { positionals, values } = readArguments(args);
  const [command, action, operand, ...rest] = positionals;
  if (values.workers !== undefined && command !== 'serve') throw new UsageError('--workers is of serve only.');
  if (values.help || command === undefined || command === 'help') return void console.log(USAGE);
  if (command === 'doctor') {
    noMore(action);
    return printExamination();
  }
  const config = readConfig(process.env);
  switch ([command, command === 'serve' || command === 'migrate' ? '' : (action ?? '')].join(' ').trim()) {
    case 'serve':
      noMore(action);
      return serve({ config, clock, say, workers: readWorkers(values.workers) });
    case 'migrate':
      noMore(action);
      return withDatabase(config, async () => say('The database is up to date.'));
    case 'clients add':
      return addClient(config, needed(operand, 'FILE.json', rest));
    case 'clients suspend':
      return suspendClient(config, needed(operand, 'ID', rest), clock());
    case 'clients resume':
      return suspendClient(config, needed(operand, 'ID', rest), null);
    case 'clients list':
      noMore(operand);
      return withDatabase(config, printClients);
    case 'keys rotate':
      return printRotation(config, operand === undefined ? KEY_USES : [operand, ...rest].map(readUse));
    default:
      throw new UsageError(`There is no command "${positionals.join(' ')}".`);
  }
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, workers: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const MAX_WORKERS = 256;

function readWorkers(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value === 'auto') return availableParallelism();
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count < 1 || count > MAX_WORKERS)
    throw new UsageError(`--workers has to be auto, or a number from 1 to ${MAX_WORKERS}.`);
  return count;
}

function needed(operand: string | undefined, name: string, rest: readonly string[]): string {
  if (operand === undefined) throw new UsageError(`${name} is missing.`);
  noMore(rest[0]);
  return operand;
}

function noMore(operand: string | undefined): void {
  if (operand !== undefined) throw new UsageError(`"${operand}" is one word too many.`);
}

/** Opens the database beside a running service or without one, brings it up to date, and lets go of it. */
async function withDatabase(config: Config, work: (database: Database) => Promise<void>): Promise<void> {
  const database = await openNetworkDatabase(config, say);
  try {
    for (const name of await migrateNetwork(database)) say(`Applied ${name}`);
    await work(database);
  } finally {
    await database.close();
  }
}

async function addClient(config: Config, file: string): Promise<void> {
  const client = readRegistration(await readJson(file));
  await withDatabase(config, async ({ pool }) => {
    const saved = await saveClient(pool, client, clock());
    if (typeof saved === 'string') return say(`The client ${client.clientId} was ${saved}.`);
    throw new RegistrationError([
      saved.conflict === 'CONSUMER_KEY'
        ? `/consumerKey is the client ${saved.clientId}'s already`
        : `/accountRanges overlaps the range ${saved.prefix} of the client ${saved.clientId}`,
    ]);
  });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read (${error.code}).`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new RegistrationError([`${file} is not JSON`]);
  }
}

function suspendClient(config: Config, clientId: string, suspendedAt: Date | null): Promise<void> {
  return withDatabase(config, async ({ pool }) => {
    if (!(await setClientSuspended(pool, clientId, suspendedAt)))
      throw new UsageError(`There is no client ${clientId}.`);
    say(`The client ${clientId} is ${suspendedAt === null ? 'active' : 'suspended'}.`);
  });
}

async function printClients({ pool }: Database): Promise<void> {
  const clients = await listClients(pool);
  if (clients.length === 0) return say('No client is onboarded yet: payment-passkeys-network clients add FILE.json');
  for (const { clientId, role, suspended, name, accountRanges, countries } of clients) {
    const state = suspended ? 'suspended' : 'active';
    console.log([clientId, role, state, name, accountRanges.join(' ') || '-', countries.join(' ') || '-'].join('\t'));
  }
}

function readUse(word: string): KeyUse {
  const use = KEY_USES.find((known) => known === word);
  if (use === undefined) throw new UsageError(`"${word}" is no use of a key: ${KEY_USES.join(', ')}.`);
  return use;
}

async function printRotation(config: Config, uses: readonly KeyUse[]): Promise<void> {
  const made = await rotateKeys({ folder: keyFolderOf(config), mode: config.mode, now: clock(), uses });
  for (const { use, kid, activeFrom } of made) {
    say(`Made ${use} key ${kid}, in use from ${activeFrom.toISOString()}.`);
  }
  if (uses.includes('signing') && !made.some(({ use }) => use === 'signing'))
    say('The signing key is held elsewhere: make its successor there, and add its file to keys/.');
}

async function printExamination(): Promise<void> {
  const resolves = (hostname: string) =>
    lookup(hostname).then(
      () => true,
      () => false,
    );
  const findings = await examine({ env: process.env, clock, resolves });
  for (const { verdict, about, text } of findings) console.log(`${verdict.padEnd(7)}  ${about}: ${text}`);
  if (findings.some(({ verdict }) => verdict === 'WRONG')) process.exitCode = 1;
}

/** What people are told of an error: a sentence they can act on, or, for what nobody foresaw, the error itself. */
function explain(error: unknown): void {
  const expected =
    error instanceof ConfigError ||
    error instanceof StorageError ||
    error instanceof RegistrationError ||
    error instanceof WorkersError ||
    error instanceof UsageError;
  if (expected) say(error.message);
  else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    say('The port is taken: set PORT to a free one, or stop what listens there.');
  } else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (error instanceof UsageError) say(`\n${USAGE}`);
}

await run(process.argv.slice(2)).catch((error: unknown) => {
  explain(error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
  cluster.worker?.disconnect(); // or the primary's channel would keep it alive
});
