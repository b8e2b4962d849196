/** The collection for API clients, run by Newman's own command line against what `npm start` runs. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { expect, test } from 'vitest';
import { startDemo } from '../src/index.ts';
import { freePorts } from './free-ports.ts';

const COLLECTION = fileURLToPath(
  new URL('../../../docs/collection/payment-passkeys.postman_collection.json', import.meta.url),
);
const NEWMAN = createRequire(import.meta.url).resolve('newman/bin/newman.js');

test('every request of the collection gets the answer that it expects', async () => {
  const database = await createThrowawayDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'demo-collection-'));
  const clock = () => new Date();
  const demo = await startDemo({
    ports: await freePorts(),
    dataDir,
    databaseUrl: database.url,
    logLevel: 'silent',
    clock,
  });
  try {
    const report = join(dataDir, 'report.json');
    const environment = join(dataDir, 'environment.json');
    const keyOf = (party: string) => readFile(join(dataDir, party, 'signing-key.pem'), 'utf8');
    const values = {
      baseUrl: demo.networkUrl,
      merchantOrigin: demo.shopUrl,
      issuerSigningKey: await keyOf('bank'),
      merchantSigningKey: await keyOf('shop'),
    };
    await writeFile(
      environment,
      JSON.stringify({ values: Object.entries(values).map(([key, value]) => ({ key, value })) }),
    );
    const options = ['--environment', environment, '--reporters', 'json', '--reporter-json-export', report];
    const ended = await promisify(execFile)(process.execPath, [NEWMAN, 'run', COLLECTION, ...options]).catch(
      (error: unknown) => error, // the report says more
    );
    const { run } = JSON.parse(await readFile(report, 'utf8'));
    expect(run.failures.map(({ source, error }: Failure) => `${source.name}: ${error.message}`)).toEqual([]);
    expect(run.stats.assertions.total).toBeGreaterThan(10);
    expect(ended).not.toBeInstanceOf(Error);
  } finally {
    await demo.stop();
    await database.close();
    await rm(dataDir, { recursive: true });
  }
});

interface Failure {
  readonly source: { readonly name: string };
  readonly error: { readonly message: string };
}
