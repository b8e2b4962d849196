/** A start that fails says why, and changes nothing. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startDemo } from '../src/index.ts';
import { freePorts } from './free-ports.ts';

const clock = () => new Date();
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'demo-start-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

test('a second one on the same DATA_DIR with other ports is told who holds the folder, and the first goes on as it was', async () => {
  const database = await createThrowawayDatabase();
  const options = { dataDir, databaseUrl: database.url, logLevel: 'silent', clock };
  const registered = async () =>
    (await database.pool.query('SELECT to_jsonb(client) AS client FROM client ORDER BY client_id')).rows;
  const demo = await startDemo({ ...options, ports: await freePorts() });
  try {
    const before = await registered();
    const second = startDemo({ ...options, ports: await freePorts() });
    await expect(second).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await expect(second).rejects.toThrow(`npm start at ${demo.networkUrl} (process ${process.pid})`);
    expect(await registered()).toEqual(before);
  } finally {
    await demo.stop();
    await database.close();
  }
  expect(await readdir(dataDir)).not.toContain('in-use.lock');
});

test('a taken port is told before PostgreSQL is started', async () => {
  const ports = await freePorts();
  const other = createServer().listen(ports.shop, '127.0.0.1');
  await once(other, 'listening');
  const starting = startDemo({ ports, dataDir, logLevel: 'silent', clock });
  await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE', port: ports.shop });
  expect(await readdir(dataDir)).toEqual([]);
  other.close();
  await once(other, 'close');
});
