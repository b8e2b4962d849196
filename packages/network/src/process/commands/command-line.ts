/** The command line: it reads the arguments, runs the command, and prints what went wrong. */
import { StorageError } from '@payment-passkeys/storage';
import packageFile from '../../../package.json' with { type: 'json' };
import { RegistrationError } from '../../domain/clients/registration.ts';
import { ConfigError } from '../../platform/config/config-error.ts';
import { WorkersError } from '../workers.ts';
import { APPROVAL_COMMANDS } from './approval-commands.ts';
import { AUDIT_COMMANDS } from './audit-commands.ts';
import { CLIENT_COMMANDS } from './client-commands.ts';
import { type Call, CommandError, readCommand, UsageError, usageOf } from './command.ts';
import { EVENT_COMMANDS } from './event-commands.ts';
import { EXAMINATION_COMMANDS } from './examination-commands.ts';
import { KEY_COMMANDS } from './key-commands.ts';
import { OPERATOR_COMMANDS } from './operator-commands.ts';
import { PASSKEY_COMMANDS } from './passkey-commands.ts';
import { SANDBOX_COMMANDS } from './sandbox-commands.ts';
import { SERVICE_COMMANDS } from './service-commands.ts';
import { SESSION_COMMANDS } from './session-commands.ts';

const COMMANDS = [
  ...SERVICE_COMMANDS,
  ...CLIENT_COMMANDS,
  ...APPROVAL_COMMANDS,
  ...EVENT_COMMANDS,
  ...SESSION_COMMANDS,
  ...PASSKEY_COMMANDS,
  ...KEY_COMMANDS,
  ...AUDIT_COMMANDS,
  ...OPERATOR_COMMANDS,
  ...SANDBOX_COMMANDS,
  ...EXAMINATION_COMMANDS,
];

const ENVIRONMENT = `Environment
  PORT (4000)               HOST (127.0.0.1)
  PUBLIC_URL                the public origin; http://verify.localhost:PORT in sandbox mode
  AUDIENCE                  the proofs' aud; default: PUBLIC_URL
  DATABASE_URL              a PostgreSQL server; default: an embedded one in DATA_DIR
  DATABASE_URL_FILE         the file that holds DATABASE_URL; likewise for each setting of docs/secrets.md
  DATA_DIR (.data)          keys, and the embedded database
  MODE (sandbox)            sandbox or production
  DEMO_BANK_URL, DEMO_SHOP_URL   a bank and a shop beside a sandbox: its start page links to them
  TERMS_URI, PRIVACY_URI, TERMS_VERSION, TERMS_DATE   what cardholders agree to at shops; default: reference documents
  LOG_LEVEL (info)          fatal, error, warn, info, debug, trace, silent
  CONSOLE_PORT              where the console listens; without it there is none
  CONSOLE_URL               the console's public origin; http://console.localhost:CONSOLE_PORT on loopback in sandbox mode; required in production
  CONSOLE_APPROVALS (off; on in production)   whether sensitive changes at the console wait for a second person
  CONSOLE_OIDC_ISSUER, CONSOLE_OIDC_CLIENT_ID, CONSOLE_OIDC_CLIENT_SECRET, CONSOLE_OIDC_ROLE_CLAIM, CONSOLE_OIDC_ROLES   operators' OpenID provider
  METRICS_PORT, METRICS_HOST (127.0.0.1)   where /metrics is served; in production it is not served without METRICS_PORT
  OTEL_EXPORTER_OTLP_ENDPOINT   where traces are sent: OpenTelemetry's own variables, see docs/observability.md
  ATTESTATION_ROOTS, METADATA_BLOB, METADATA_ROOT, METADATA_SIGNER   which attestations are trusted: PEM anchors, FIDO metadata
  TRUST_PROXY               addresses or networks of the proxies in front, such as 10.0.0.0/8; required in production
  DATABASE_POOL_SIZE (20)   database connections of each process
  DATABASE_CONNECT_TIMEOUT (5), DATABASE_STATEMENT_TIMEOUT (5), DATABASE_LOCK_TIMEOUT (3)   seconds
  SHUTDOWN_DELAY (0; 5 in production)   seconds from SIGTERM to the closed port; /health/ready answers 503 meanwhile
  SHUTDOWN_TIMEOUT (30)                 seconds after that, for requests that still run
  RATE_LIMIT_PER_CLIENT (200), RATE_LIMIT_PER_ADDRESS (1000)   requests a second
  RATE_LIMIT_PER_MERCHANT (50)                                 session starts a second, by merchant of a payment service provider
  MERCHANTS_PER_PROVIDER (10000)                               merchants that a payment service provider may register
  RATE_LIMIT_PER_SESSION (300)                                 calls of the hosted page a minute
  RATE_LIMIT_SIGN_IN (60)                                      calls of a sign-in at the console a minute, by address
`;

/** What the command line reads and writes: the process's own, or a test's. */
export type Terminal = Pick<Call, 'env' | 'clock' | 'print' | 'log'>;

/**
 * Runs the command that the arguments name. Returns the exit code: 0, 2 for wrong arguments, 1 for any other failure. A failure has been
 * printed by then. `serve` resolves as soon as the service runs; with workers, when they have
 * stopped. A command may set process.exitCode itself, as `doctor` does.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  try {
    await run(args, terminal);
    return 0;
  } catch (error) {
    printError(error, terminal.log);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<void> {
  const { print } = terminal;
  const [first] = args;
  if (first === '--version') return print(packageFile.version);
  if (first === undefined || first === 'help' || args.includes('--help') || args.includes('-h')) return print(help());
  const { command, operands, options } = readCommand(args, COMMANDS);
  await command.run({ ...terminal, operands, options });
}

function help(): string {
  const width = Math.max(...COMMANDS.map((command) => usageOf(command).length));
  const lines = COMMANDS.map((command) => {
    const summary = command.summary.replaceAll('\n', `\n${' '.repeat(width + 4)}`);
    return `  ${usageOf(command).padEnd(width)}  ${summary}`;
  });
  return [
    "payment-passkeys-network: the network's service of payment passkeys",
    '',
    ...lines,
    '',
    '  The clients, approvals, webhooks, events, sessions, passkeys, operators and keys commands may run while the service runs. --version prints the version, --json prints JSON.',
    '',
    ENVIRONMENT,
  ].join('\n');
}

/** For an expected error, prints a sentence that says what to do; for any other, its stack. */
function printError(error: unknown, log: Terminal['log']): void {
  const expected =
    error instanceof ConfigError ||
    error instanceof StorageError ||
    error instanceof RegistrationError ||
    error instanceof WorkersError ||
    error instanceof CommandError ||
    error instanceof UsageError;
  if (expected) log(error.message);
  else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    log('The port is taken: set PORT to a free one, or stop what listens there.');
  } else log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (error instanceof UsageError)
    log(
      error.usage === undefined
        ? 'All commands: payment-passkeys-network --help'
        : `Usage: payment-passkeys-network ${error.usage}`,
    );
}
