/** Production has nothing of the sandbox (contract §19): no route, no value, no field, no table, and no file of it is loaded. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';
import { PROGRAM_ENV, SERVES, startServing } from './serving-process.ts';

const PRODUCTION = { MODE: 'production', PUBLIC_URL: 'https://verify.network.example' };
let dataDir: string;
let network: TestNetwork;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'production-'));
  await rotateKeys({ folder: join(dataDir, 'keys'), mode: 'production', now: new Date() });
  network = await startTestNetwork({ ...PRODUCTION, DATA_DIR: dataDir });
});
afterAll(async () => {
  await network.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('no route', async () => {
  const { client } = network;
  const posted = ['sessions/8Tn5w1VlVm5zVwXvXmcx0g1u7oD2kq4Y/age', 'events', 'cardholder', 'examinations'];
  const answers = [
    ...(await Promise.all(posted.map((path) => client.send({ path: `/sandbox/${path}`, body: '{}' })))),
    await client.read('/sandbox/examinations/8Tn5w1VlVm5zVwXvXmcx0g1u7oD2kq4Y'),
    await client.read('/docs'),
    await client.read('/docs/collection.json'),
    await client.read('/docs/bruno-collection.tar.gz'),
  ];
  for (const { status, body } of answers)
    expect([status, body.errordetail[0].reason]).toEqual([404, 'ROUTE_NOT_FOUND']);
});

test('no word of it in the document of the API', async () => {
  const document = await (await fetch(`${network.address}/openapi.json`)).text();
  expect(document).toContain('startSession');
  expect(document).not.toMatch(/sandbox/i);
});

test('no table', async () => {
  const { rows } = await network.database.pool.query(
    `SELECT nspname FROM pg_namespace WHERE nspname = 'sandbox'
     UNION ALL SELECT relname FROM pg_class WHERE relname LIKE 'sandbox%'`,
  );
  expect(rows).toEqual([]);
});

/** Prints on standard error which files of the network a process loads. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    const file = url.split('/network/src/')[1];
    if (file !== undefined) process.stderr.write('LOADED ' + file + '\\n');
    return next(url, context);
  } });
`)}`;

test('no file of it is loaded', async () => {
  const serving = await startServing({
    env: {
      ...PRODUCTION,
      DATABASE_URL: network.database.url,
      DATA_DIR: dataDir,
      TRUST_PROXY: 'loopback',
      CONSOLE_PORT: String(await freePort()),
      CONSOLE_URL: 'https://console.network.example',
      NODE_OPTIONS: `${PROGRAM_ENV.NODE_OPTIONS} --import=${WATCH}`,
    },
  });
  await serving.says(SERVES);
  serving.signal('SIGTERM');
  await serving.ended;
  const loaded = [...serving.said().matchAll(/^LOADED (.*)$/gm)].map(([, file]) => file);
  expect(loaded).toEqual(expect.arrayContaining(['server.ts', 'console-server.ts']));
  expect(loaded.filter((file) => file?.startsWith('sandbox/'))).toEqual([]);
});
