/** `serve` with an embedded PostgreSQL: a port that is taken, a signal during the start, and what callers get while it is down. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SERVES, startServing } from './serving-process.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(dataDir, 0o711); // as root the server runs as another user, who must be able to enter the folder
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const inCluster = (name: string) => join(dataDir, 'postgres', 'data', name);

test('a taken port is told before an embedded PostgreSQL is made', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo; // it listens on TCP
  const serving = await startServing({ env: { DATA_DIR: dataDir, PORT: String(port) } });
  expect(await serving.ended).toBe(1);
  expect(serving.said()).toMatch(/^The port is taken: set PORT/);
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  other.close();
});

test('a signal during the start ends serve after it, and no PostgreSQL is left running', async () => {
  const serving = await startServing({ env: { DATA_DIR: dataDir } });
  await serving.says('Making an embedded PostgreSQL');
  serving.signal('SIGTERM');
  expect(await serving.ended).toBe(0);
  expect(existsSync(inCluster('PG_VERSION'))).toBe(true);
  expect(existsSync(inCluster('postmaster.pid'))).toBe(false);
});

test('while the embedded PostgreSQL is down, health and calls are 503, and serve still ends by SIGTERM', async () => {
  const serving = await startServing({ env: { DATA_DIR: dataDir } });
  await serving.says(SERVES);
  const version = await readFile(inCluster('PG_VERSION'), 'utf8');
  await writeFile(inCluster('PG_VERSION'), '12\n'); // with this file PostgreSQL does not start again
  process.kill(Number((await readFile(inCluster('postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL');
  await serving.says('could not be started again');
  expect((await fetch(`${serving.address}/health/live`)).status).toBe(200);
  expect((await fetch(`${serving.address}/health/ready`)).status).toBe(503);
  const publicUrl = serving.address.replace('127.0.0.1', 'verify.localhost');
  const launch = `${publicUrl}/auth/passkeys?authenticationSessionId=${'A'.repeat(32)}#${'a'.repeat(43)}`;
  const opening = await createTestBrowser({ address: serving.address, publicUrl }).open(launch);
  expect([opening.status, opening.headers.get('retry-after')]).toEqual([503, '5']);
  serving.signal('SIGTERM');
  expect(await serving.ended).toBe(0);
  await writeFile(inCluster('PG_VERSION'), version);
});
