/** The collection for API clients, run by Newman's own command line against what `npm start` runs. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startDemoForCollections } from './demo-for-collections.ts';

const COLLECTION = fileURLToPath(
  new URL('../../../docs/collection/payment-passkeys.postman_collection.json', import.meta.url),
);
const NEWMAN = createRequire(import.meta.url).resolve('newman/bin/newman.js');

test('every request of the collection gets the answer that it expects', async () => {
  const demo = await startDemoForCollections();
  try {
    const report = join(demo.folder, 'report.json');
    const environment = join(demo.folder, 'environment.json');
    const values = {
      ...demo.addresses,
      issuerSigningKey: await demo.keyOf('bank', 'signing-key'),
      merchantSigningKey: await demo.keyOf('shop', 'signing-key'),
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
  }
});

interface Failure {
  readonly source: { readonly name: string };
  readonly error: { readonly message: string };
}
