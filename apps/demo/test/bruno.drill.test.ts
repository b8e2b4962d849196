/** The collection in Bruno's format, as a sandbox offers it, run by Bruno's own command line against what `npm start` runs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoForCollections, startDemoForCollections } from './demo-for-collections.ts';

/** scripts/setup-programs.mjs installs it for the drills. */
const BRUNO = fileURLToPath(
  new URL(
    '../../../node_modules/.cache/payment-passkeys/@usebruno/cli@4.1.0/node_modules/@usebruno/cli/bin/bru.js',
    import.meta.url,
  ),
);
const REQUESTS = 15;
const SIGNED = 11;

let demo: DemoForCollections;
let collection: string;
beforeAll(async () => {
  demo = await startDemoForCollections();
  const archive = join(demo.folder, 'collection.tar.gz');
  // Node may not resolve names below localhost.
  const address = demo.addresses.baseUrl.replace('verify.localhost', '127.0.0.1');
  const answer = await fetch(`${address}/docs/bruno-collection.tar.gz`);
  await writeFile(archive, Buffer.from(await answer.arrayBuffer()));
  await promisify(execFile)('tar', ['xzf', archive], { cwd: demo.folder });
  collection = join(demo.folder, 'payment-passkeys');
});
afterAll(() => demo.stop());

interface Result {
  readonly name: string;
  readonly status: string;
  readonly error: string | null;
  readonly testResults: readonly { readonly status: string; readonly description: string; readonly error?: string }[];
}

async function run(environment: string, sandbox: 'safe' | 'developer', keys: Readonly<Record<string, string>>) {
  const report = join(demo.folder, `${environment}-${sandbox}.json`);
  // A value on the command line has to be one line.
  const oneLine = Object.entries(keys).map(([name, pem]) => [name, pem.replaceAll('\n', '')]);
  const { merchantOrigin } = demo.addresses;
  const values = [['merchantOrigin', merchantOrigin], ...oneLine].flatMap(([name, value]) => [
    '--env-var',
    `${name}=${value}`,
  ]);
  const options = ['--env', environment, ...values, '--sandbox', sandbox, '--noproxy', '--reporter-json', report];
  await promisify(execFile)(process.execPath, [BRUNO, 'run', '-r', ...options], { cwd: collection }).catch(
    () => undefined, // the report says more
  );
  const [{ results }] = JSON.parse(await readFile(report, 'utf8')) as [{ readonly results: readonly Result[] }];
  expect(results).toHaveLength(REQUESTS);
  return results.map(({ name, error, testResults }) => ({
    name,
    faults: [
      ...(error ? [error] : []),
      ...(testResults.length === 0 ? ['no test'] : []),
      ...testResults.filter(({ status }) => status !== 'pass').map((result) => result.error ?? result.description),
    ],
  }));
}

const signingKeys = async () => ({
  issuerSigningKey: await demo.keyOf('bank', 'signing-key'),
  merchantSigningKey: await demo.keyOf('shop', 'signing-key'),
});

const oauth2Keys = async () => ({
  issuerOauth2Key: await demo.keyOf('bank', 'oauth2-key'),
  merchantOauth2Key: await demo.keyOf('shop', 'oauth2-key'),
});

test.skipIf(!existsSync(BRUNO)).each(['safe', 'developer'] as const)(
  'signed by OAuth 1.0a in Bruno’s %s mode, every request gets the answer that it expects',
  async (sandbox) => {
    const results = await run('sandbox', sandbox, await signingKeys());
    expect(results.filter(({ faults }) => faults.length > 0)).toEqual([]);
  },
);

test.skipIf(!existsSync(BRUNO))('by OAuth 2.0 in developer mode, too', async () => {
  const results = await run('sandbox-oauth2', 'developer', await oauth2Keys());
  expect(results.filter(({ faults }) => faults.length > 0)).toEqual([]);
});

test.skipIf(!existsSync(BRUNO))(
  'in safe mode, which has no WebCrypto, OAuth 2.0 is refused with that reason',
  async () => {
    const results = await run('sandbox-oauth2', 'safe', await oauth2Keys());
    const refused = results.filter(({ faults }) => faults.some((fault) => fault.includes('OAuth 2.0 needs WebCrypto')));
    expect(refused).toHaveLength(SIGNED);
  },
);
