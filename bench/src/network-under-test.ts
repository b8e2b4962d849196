/** Our network, run by the bench: the command line's `serve`, on a database of its own, with one onboarded issuer. */

import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@payment-passkeys/testkit';
import type { BenchClient } from './bench-client.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const MAIN = fileURLToPath(new URL('../../packages/network/src/main.ts', import.meta.url));
const WITHOUT_METRICS = fileURLToPath(new URL('without-metrics.ts', import.meta.url));
const WITHOUT_EVENTS = fileURLToPath(new URL('without-events.ts', import.meta.url));

/** The public address of every server under test, which signatures cover. It is never resolved. */
export const PUBLIC_URL = 'http://verify.localhost:4000';

export interface NetworkSettings {
  readonly databaseUrl: string;
  /** The folder of keys; they are made if it has none. */
  readonly dataDir: string;
  readonly observed?: boolean;
  /** Whether events are stored. */
  readonly events?: boolean;
  /** The address of an OTLP collector, when traces are on. */
  readonly traceEndpoint?: string;
  /** The console's port, when there is a console. */
  readonly consolePort?: number;
  /** Writes a processor profile (--cpu-prof) into this folder. */
  readonly profileFolder?: string | undefined;
}

function environment({
  databaseUrl,
  dataDir,
  observed = true,
  traceEndpoint,
  consolePort,
}: NetworkSettings): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PUBLIC_URL,
    MODE: 'sandbox',
    LOG_LEVEL: observed ? 'info' : 'silent',
    ...(traceEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: traceEndpoint }),
    ...(consolePort !== undefined && { CONSOLE_PORT: String(consolePort) }),
    // Raises the rate limits, so that the work is measured and not they.
    RATE_LIMIT_PER_CLIENT: '1000000',
    RATE_LIMIT_PER_ADDRESS: '1000000',
    RATE_LIMIT_PER_SESSION: '1000000',
  };
}

/** Migrates the database and onboards the client. */
export async function prepareNetwork(settings: NetworkSettings, client: BenchClient): Promise<void> {
  await mkdir(settings.dataDir, { recursive: true });
  const file = path.join(settings.dataDir, 'client.json');
  await writeFile(file, JSON.stringify(client.registration));
  await runCommand(['clients', 'add', file], environment(settings));
}

export async function startNetworkProcess(settings: NetworkSettings): Promise<ServerProcess> {
  const { observed = true, events = true, profileFolder } = settings;
  return startServer({
    script: MAIN,
    args: ['serve'],
    nodeArgs: [
      ...(observed ? [] : ['--import', WITHOUT_METRICS]),
      ...(events ? [] : ['--import', WITHOUT_EVENTS]),
      ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
    ],
    env: environment(settings),
    port: await freePort(),
    readyPath: '/health/ready',
  });
}

async function runCommand(args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} failed: ${said}`);
}
