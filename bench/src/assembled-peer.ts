/** Runs the assembled peer (bench/peers/assembled) on its own database, with the same onboarded issuer as the network. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@payment-passkeys/testkit';
import type { BenchClient } from './bench-client.ts';
import { PUBLIC_URL } from './network-under-test.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const SERVER = fileURLToPath(new URL('../peers/assembled/server.ts', import.meta.url));

export interface AssembledPeerSettings {
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** The library that decrypts payloads. Only the official one can read the payloads of official clients. */
  readonly decryption?: 'official' | 'jose';
}

export async function startAssembledPeer(
  { databaseUrl, dataDir, decryption = 'official' }: AssembledPeerSettings,
  { registration }: BenchClient,
): Promise<ServerProcess> {
  const clientFile = path.join(dataDir, 'client.json');
  await writeFile(clientFile, JSON.stringify(registration));
  return startServer({
    script: SERVER,
    env: {
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      PUBLIC_URL,
      CLIENT_FILE: clientFile,
      DECRYPTION: decryption,
      NODE_ENV: 'production',
    },
    port: await freePort(),
    readyPath: '/health',
  });
}
