/** A demonstration against which a collection for API clients is run. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { startDemo } from '../src/index.ts';
import { freePorts } from './free-ports.ts';

export interface DemoForCollections {
  /** The addresses, which differ from those of `npm start`. */
  readonly addresses: { readonly baseUrl: string; readonly merchantOrigin: string };
  /** Answers the private key in PEM. */
  readonly keyOf: (party: 'bank' | 'shop', name: 'signing-key' | 'oauth2-key') => Promise<string>;
  /** The folder for the report. */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startDemoForCollections(): Promise<DemoForCollections> {
  const database = await createThrowawayDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'demo-collection-'));
  const demo = await startDemo({
    ports: await freePorts(),
    dataDir,
    databaseUrl: database.url,
    logLevel: 'silent',
    clock: () => new Date(),
  });
  return {
    addresses: { baseUrl: demo.networkUrl, merchantOrigin: demo.shopUrl },
    keyOf: (party, name) => readFile(join(dataDir, party, `${name}.pem`), 'utf8'),
    folder: dataDir,
    async stop() {
      await demo.stop();
      await database.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
