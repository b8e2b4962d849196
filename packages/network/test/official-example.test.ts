/** examples/official-clients, run as a reader does: registration, session, passkey, binding, against a running network. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateSigningKey } from '@payment-passkeys/channel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';
import { PROGRAM_ENV } from './serving-process.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/official-clients/', import.meta.url));
const BIN = fileURLToPath(new URL('../bin/payment-passkeys-network.mjs', import.meta.url));
let network: TestNetwork;
let folder: string;
beforeAll(async () => {
  network = await startTestNetwork({}, MACHINE_CLOCK); // the libraries use this clock
  folder = await mkdtemp(join(tmpdir(), 'official-example-'));
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true });
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...PROGRAM_ENV, ...env } };
    execFile(process.execPath, [...args], options, (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
    );
  });
}

test.each(['RSA-SHA256', 'RSA-PSS-SHA256'])('the example, step by step, by %s', async (method) => {
  const { privateKey } = await generateSigningKey();
  const signingKey = join(folder, 'signing-key.pem');
  await writeFile(signingKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const registration = join(folder, 'client.json');
  await writeFile(registration, await run([join(EXAMPLE, 'make-registration.mjs'), signingKey]));
  await run(['--conditions=source', BIN, 'clients', 'add', registration], {
    DATABASE_URL: network.database.url,
    DATA_DIR: network.dataDir,
  });

  const env = {
    NETWORK_URL: network.publicUrl,
    CONNECT_TO: network.address,
    CONSUMER_KEY: 'official-client!example',
    SIGNING_KEY: signingKey,
    SIGNATURE_METHOD: method,
  };
  const session = JSON.parse(await run([join(EXAMPLE, 'start-session.mjs')], env));
  const browser = network.browser();
  const { redirect } = (await browser.result(browser.answer((await browser.open(session.uri)).body))).body;
  const bind = () => run([join(EXAMPLE, 'bind-passkey.mjs'), session.authenticationSessionId, redirect], env);
  const bound = JSON.parse(await bind());
  expect(bound).toMatchObject({ credentialId: expect.any(String), bindingId: expect.any(String) });
  expect(JSON.parse(await bind())).toEqual(bound);

  // The script prints what is wrong.
  const refused = run([join(EXAMPLE, 'start-session.mjs')], { ...env, CONSUMER_KEY: 'nobody' });
  await expect(refused).rejects.toThrow(/The consumer key is not known here/);
});
