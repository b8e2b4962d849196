/** Runs the peers of bench/peers, each on a database of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@payment-passkeys/testkit';
import type { BenchClient } from './bench-client.ts';
import { PUBLIC_URL } from './production.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface PeerSettings {
  readonly databaseUrl: string;
  readonly dataDir: string;
}

/** The same five steps, assembled from libraries. It has the same onboarded issuer as the network. */
export async function startAssembledPeer(
  { databaseUrl, dataDir }: PeerSettings,
  { registration }: BenchClient,
): Promise<ServerProcess> {
  await mkdir(dataDir, { recursive: true });
  const clientFile = path.join(dataDir, 'client.json');
  await writeFile(clientFile, JSON.stringify(registration));
  return startPeer('assembled', {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    CLIENT_FILE: clientFile,
    DECRYPTION: 'official', // only the official library reads the payloads of official clients
  });
}

/** A node:http server with the exchanges, the writes and the cryptography of an enrolment, and nothing else. */
export function startBareServer({ databaseUrl }: Pick<PeerSettings, 'databaseUrl'>): Promise<ServerProcess> {
  return startPeer('bare', { DATABASE_URL: databaseUrl });
}

async function startPeer(name: string, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  return startServer({
    script: fileURLToPath(new URL(`../peers/${name}/server.ts`, import.meta.url)),
    env: { ...env, PUBLIC_URL, NODE_ENV: 'production' },
    port: await freePort(),
    readyPath: '/health',
  });
}
