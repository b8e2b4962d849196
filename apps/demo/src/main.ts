/** The entry point of `npm start`. Only the entry points, this one and traffic.ts, read process.env. */
import { resolve } from 'node:path';
import { ConfigError, endWithLauncher, RegistrationError, readConfig } from '@payment-passkeys/network';
import { StorageError } from '@payment-passkeys/storage';
import { type Demo, startDemo } from './index.ts';

const log = (line: string) => console.log(line);

function readPort(name: string, absent: number): number {
  const text = process.env[name];
  const port = text ? Number(text) : absent;
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new ConfigError(name, 'has to be a port from 1 to 65535.');
  return port;
}

/** OpenTelemetry's own variables: traces are exported if OTEL_EXPORTER_OTLP_ENDPOINT is set. */
function readTracing() {
  const given = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
  return readConfig(Object.fromEntries(given)).tracing;
}

function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StorageError || error instanceof RegistrationError)
    return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${error.port} is taken: stop what listens there, or set NETWORK_PORT, BANK_PORT, SHOP_PORT and CONSOLE_PORT to free ports.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function announce({ networkUrl, bankUrl, shopUrl, consoleUrl, invitation }: Demo): void {
  log(`Up in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  log('');
  log(`  The bank       ${bankUrl}       sign in as avery, password passkey-demo`);
  log(`  The shop       ${shopUrl}       sign in as robin, password passkey-demo`);
  log(`  The network    ${networkUrl}     its page leads to all of this, and to the API`);
  log(`  The console    ${consoleUrl}    for the people who run the network`);
  if (invitation !== undefined) {
    log('');
    log('  The console has no operator yet. Open this address within 15 minutes, and make your passkey:');
    log(`  ${invitation}`);
  }
  log('');
  log('  Open the bank, and set up a payment passkey; or add a card at the shop. Then pay there.');
  log('  Ctrl-C stops everything; what was enrolled is kept.');
}

const begun = performance.now();

async function start(): Promise<Demo> {
  return startDemo({
    ports: {
      network: readPort('NETWORK_PORT', 4000),
      bank: readPort('BANK_PORT', 4001),
      shop: readPort('SHOP_PORT', 4002),
      console: readPort('CONSOLE_PORT', 4003),
    },
    ...(process.env.DATA_DIR && { dataDir: resolve(process.env.DATA_DIR) }),
    ...(process.env.DATABASE_URL && { databaseUrl: process.env.DATABASE_URL }),
    ...(process.env.LOG_LEVEL && { logLevel: process.env.LOG_LEVEL }),
    approvals: process.env.CONSOLE_APPROVALS,
    tracing: readTracing(),
    clock: () => new Date(),
    onProgress: log,
  });
}

function fail(error: unknown): void {
  console.error(explain(error));
  process.exitCode = 1;
}

const starting = start();
/** Waits for a running start, so that no PostgreSQL process remains. */
const stop = () => {
  log('Stopping …');
  void starting.then(
    (demo) => demo.stop().catch(fail),
    () => {}, // the error is reported below
  );
};
endWithLauncher(process.env);
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
await starting.then(announce, fail);
