/** Our network, run by the bench: the command line's `serve` in production mode, on a database of its own, with one onboarded issuer. */

import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@payment-passkeys/testkit';
import type { BenchClient } from './bench-client.ts';
import { PROXY_ADDRESS, PUBLIC_URL } from './production.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const WITHOUT_METRICS = fileURLToPath(new URL('without-metrics.ts', import.meta.url));
const WITHOUT_EVENTS = fileURLToPath(new URL('without-events.ts', import.meta.url));
const PROFILED = fileURLToPath(new URL('profiled.ts', import.meta.url));

export interface NetworkSettings {
  readonly databaseUrl: string;
  /** The folder of keys. */
  readonly dataDir: string;
  /** The checkout that the network is run from; this repository by default. */
  readonly checkout?: string;
  readonly observed?: boolean;
  /** Whether events are stored. */
  readonly events?: boolean;
  /** The address of an OTLP collector, when traces are on. */
  readonly traceEndpoint?: string;
  /** The console, when there is one. */
  readonly console?: { readonly port: number; readonly url: string };
  /** Writes a processor profile (--cpu-prof) of the whole run into this folder. */
  readonly profileFolder?: string | undefined;
  /** The file for a processor profile of the time between two signals: see profiled.ts. */
  readonly profileFile?: string;
}

/** A network that serves its metrics. */
export interface NetworkProcess extends ServerProcess {
  readonly metricsAddress: string;
}

function environment(settings: NetworkSettings): Record<string, string> {
  const { databaseUrl, dataDir, observed = true, traceEndpoint, console } = settings;
  return {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PUBLIC_URL,
    MODE: 'production',
    TRUST_PROXY: PROXY_ADDRESS,
    SHUTDOWN_DELAY: '0',
    LOG_LEVEL: observed ? 'info' : 'silent',
    ...(traceEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: traceEndpoint }),
    ...(console !== undefined && { CONSOLE_PORT: String(console.port), CONSOLE_URL: console.url }),
    // High rate limits, so that they do not limit the measured throughput.
    RATE_LIMIT_PER_CLIENT: '1000000',
    RATE_LIMIT_PER_ADDRESS: '1000000',
    RATE_LIMIT_PER_SESSION: '1000000',
    // On a busy machine a statement may take long; a refusal would end the run.
    DATABASE_CONNECT_TIMEOUT: '60',
    DATABASE_STATEMENT_TIMEOUT: '60',
    DATABASE_LOCK_TIMEOUT: '60',
  };
}

/** Makes the keys, migrates the database and onboards the client. */
export async function prepareNetwork(settings: NetworkSettings, client: BenchClient): Promise<void> {
  await mkdir(settings.dataDir, { recursive: true });
  const file = path.join(settings.dataDir, 'client.json');
  await writeFile(file, JSON.stringify(client.registration));
  await runCommand(settings, ['keys', 'rotate']);
  await runCommand(settings, ['clients', 'add', file]);
}

export async function startNetworkProcess(settings: NetworkSettings): Promise<NetworkProcess> {
  const { observed = true, events = true, profileFolder, profileFile } = settings;
  const metricsPort = await freePort();
  const server = await startServer({
    script: mainOf(settings),
    args: ['serve'],
    nodeArgs: [
      ...(observed ? [] : ['--import', WITHOUT_METRICS]),
      ...(events ? [] : ['--import', WITHOUT_EVENTS]),
      ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
      ...(profileFile === undefined ? [] : ['--import', PROFILED]),
    ],
    env: {
      ...environment(settings),
      METRICS_PORT: String(metricsPort),
      ...(profileFile !== undefined && { PROFILE_FILE: profileFile }),
    },
    port: await freePort(),
    readyPath: '/health/ready',
  });
  return { ...server, metricsAddress: `http://127.0.0.1:${metricsPort}` };
}

function mainOf({ checkout = REPOSITORY }: NetworkSettings): string {
  return path.join(checkout, 'packages/network/src/main.ts');
}

async function runCommand(settings: NetworkSettings, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', mainOf(settings), ...args], {
    env: { ...process.env, ...environment(settings) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} failed: ${said}`);
}
