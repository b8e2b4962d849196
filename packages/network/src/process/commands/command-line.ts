/** The command line: it reads the words, runs the command, and says what went wrong. */
import { StorageError } from '@payment-passkeys/storage';
import packageFile from '../../../package.json' with { type: 'json' };
import { RegistrationError } from '../../domain/clients/registration.ts';
import { ConfigError } from '../../platform/config/config.ts';
import { WorkersError } from '../workers.ts';
import { CLIENT_COMMANDS } from './client-commands.ts';
import { type Call, readCommand, UsageError, usageOf } from './command.ts';
import { KEY_COMMANDS } from './key-commands.ts';
import { SERVICE_COMMANDS } from './service-commands.ts';

const COMMANDS = [...SERVICE_COMMANDS, ...CLIENT_COMMANDS, ...KEY_COMMANDS];

const ENVIRONMENT = `Environment
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

/** What the command line reads and writes: the process's own, or a test's. */
export type Surface = Pick<Call, 'env' | 'clock' | 'print' | 'say'>;

/**
 * Runs the command that the words name, and answers the exit code: 0, 2 for a wrong use, 1 for any other failure, which has then been
 * said. `serve` resolves when it serves. A command may set process.exitCode itself, as `doctor` does.
 */
export async function runCommandLine(words: readonly string[], surface: Surface): Promise<0 | 1 | 2> {
  try {
    await run(words, surface);
    return 0;
  } catch (error) {
    explain(error, surface.say);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(words: readonly string[], surface: Surface): Promise<void> {
  const { print } = surface;
  const [first] = words;
  if (first === '--version') return print(packageFile.version);
  if (first === undefined || first === 'help' || words.includes('--help') || words.includes('-h')) return print(help());
  const { command, operands, options } = readCommand(words, COMMANDS);
  await command.run({ ...surface, operands, options });
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
    '  clients and keys work beside a running service. --version says which one this is. --json prints for programs.',
    '',
    ENVIRONMENT,
  ].join('\n');
}

/** Prints an error: a sentence that says what to do, or, for an unexpected error, its stack. */
function explain(error: unknown, say: Surface['say']): void {
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
  if (error instanceof UsageError)
    say(
      error.usage === undefined
        ? 'All commands: payment-passkeys-network --help'
        : `Usage: payment-passkeys-network ${error.usage}`,
    );
}
