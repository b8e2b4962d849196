import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openEmbedded } from '../src/embedded/open-embedded.ts';
import { choosePort } from '../src/embedded/postmaster.ts';
import { migrate, openDatabase } from '../src/index.ts';
import { clusterOf, preparedDataDir, serverPid, startHolder, temporaryDataDir } from './holding.ts';

test('two processes that start at once share one server, and the last one out stops it', async () => {
  const dataDir = await temporaryDataDir();
  const [network, bank] = await Promise.all([startHolder(dataDir, 'network'), startHolder(dataDir, 'bank')]);
  expect(new URL(network.said).port).toBe(new URL(bank.said).port);
  expect([network, bank].map(({ said }) => new URL(said).pathname)).toEqual(['/network', '/bank']);

  await network.close();
  expect(await serverPid(dataDir)).toBeDefined();
  await bank.close();
  expect(await serverPid(dataDir)).toBeUndefined();
});

test('a server that dies is started again at its port, with what was committed, and a line says so', async () => {
  const dataDir = await preparedDataDir();
  const said: string[] = [];
  const database = await openDatabase({ dataDir, name: 'network', onProgress: (line) => said.push(line) });
  const other = await openDatabase({ dataDir, name: 'bank' });
  for (let death = 1; death <= 2; death++) {
    await database.pool.query('CREATE TABLE IF NOT EXISTS kept (id int)');
    await database.pool.query('INSERT INTO kept VALUES ($1)', [death]);
    const pid = (await serverPid(dataDir)) ?? 0;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => said.filter((line) => /runs again/.test(line)), { timeout: 120_000 }).toHaveLength(death);
    // The pool may still have a connection to the server that died. A query on it fails, and the next query gets a new connection.
    const kept = async () => (await database.pool.query('SELECT id FROM kept')).rowCount;
    await expect.poll(kept, { timeout: 120_000 }).toBe(death);
    await expect.poll(async () => (await other.pool.query('SELECT 1')).rowCount, { timeout: 120_000 }).toBe(1);
    expect(await serverPid(dataDir)).not.toBe(pid);
  }
  await database.close();
  expect(await serverPid(dataDir)).toBeDefined();
  await other.close();
  expect(await serverPid(dataDir)).toBeUndefined();
});

test('a taken port is left for the next one; when all are taken, EMBEDDED_PORT_TAKEN', async () => {
  const dataDir = await preparedDataDir();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const open = (nextPort: () => Promise<number>) =>
    openEmbedded({ dataDir, name: 'network', onProgress: () => {}, nextPort });

  await expect(open(async () => taken)).rejects.toMatchObject({ code: 'EMBEDDED_PORT_TAKEN' });
  const ports = [taken, await choosePort()];
  const database = await open(async () => ports.shift() ?? 0);
  expect(Number(new URL(database.url).port)).not.toBe(taken);
  await database.close();
  await new Promise((resolve) => other.close(resolve));
});

test('a folder that cannot be written is DATA_DIR_UNUSABLE, and named', async () => {
  // No user, not even root, can make a folder in sysfs.
  const dataDir = process.getuid?.() === 0 ? '/sys/payment-passkeys' : await temporaryDataDir(0o511);
  const opening = openDatabase({ dataDir, name: 'network' });
  await expect(opening).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
  await expect(opening).rejects.toThrow(dataDir);
});

test('the server is durable and reachable by password alone; the role is no superuser; the log never holds values', async () => {
  const dataDir = await temporaryDataDir();
  const database = await openDatabase({ dataDir, name: 'network' });
  const { rows } = await database.pool.query(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
            current_setting('listen_addresses') AS listen, current_setting('application_name') AS name, rolsuper
       FROM pg_roles WHERE rolname = current_user`,
  );
  expect(rows).toEqual([{ fsync: 'on', commit: 'on', listen: '127.0.0.1', name: 'network', rolsuper: false }]);
  expect((await stat(path.join(clusterOf(dataDir), 'password'))).mode & 0o777).toBe(0o600);

  const wrong = new URL(database.url);
  wrong.password = 'wrong';
  await expect(openDatabase({ databaseUrl: wrong.href, dataDir, name: 'network' })).rejects.toMatchObject({
    code: 'DATABASE_AUTHENTICATION_FAILED',
  });

  await database.pool.query('CREATE TABLE accounts (number text PRIMARY KEY)');
  const insert = () => database.pool.query("INSERT INTO accounts VALUES ('5555555555554444')");
  await insert();
  await expect(insert()).rejects.toMatchObject({ code: '23505' });
  expect(await readFile(path.join(clusterOf(dataDir), 'server.log'), 'utf8')).not.toContain('5555555555554444');
  await database.close();
});

test('a folder that holds something else is DATA_DIR_UNUSABLE, and left alone', async () => {
  const dataDir = await temporaryDataDir();
  await mkdir(clusterOf(dataDir));
  const precious = path.join(clusterOf(dataDir), 'precious');
  await writeFile(precious, '');
  await expect(openDatabase({ dataDir, name: 'network' })).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' });
  expect(existsSync(precious)).toBe(true);
});

/** Each of these tests starts its own server, which takes seconds. */
if (process.env.DRILLS) {
  test('of two that close at once one stops the server', async () => {
    const dataDir = await preparedDataDir();
    const network = await openDatabase({ dataDir, name: 'network' });
    const bank = await openDatabase({ dataDir, name: 'bank' });
    await Promise.all([network.pool.query('SELECT 1'), bank.pool.query('SELECT 1')]);
    await Promise.all([network.close(), bank.close()]);
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  test('a server outlives the killed process that started it, and the next one attaches', async () => {
    const dataDir = await preparedDataDir();
    const killed = await startHolder(dataDir, 'network');
    const pid = await serverPid(dataDir);
    await killed.kill();
    const next = await openDatabase({ dataDir, name: 'network' });
    expect(next.url).toBe(killed.said);
    expect(await serverPid(dataDir)).toBe(pid);
    await next.close();
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  test('a killed server starts again at the next opening and has what was committed', async () => {
    const dataDir = await preparedDataDir();
    const before = await openDatabase({ dataDir, name: 'network' });
    await before.pool.query('CREATE TABLE kept (id int)');
    await before.pool.query('INSERT INTO kept VALUES (1)');
    process.kill((await serverPid(dataDir)) ?? 0, 'SIGKILL');

    const after = await openDatabase({ dataDir, name: 'network' });
    expect((await after.pool.query('SELECT id FROM kept')).rows).toEqual([{ id: 1 }]);
    await before.close();
    expect(await serverPid(dataDir)).toBeDefined();
    await after.close();
  });

  test('nothing is taken from the environment', async () => {
    const dataDir = await preparedDataDir();
    const surroundings = {
      PGSSLMODE: 'require',
      PGOPTIONS: '-c search_path=app',
      PGHOST: 'database.bank.example',
      PGPORT: '1',
      PGUSER: 'somebody',
      PGPASSWORD: 'something',
      PGDATABASE: 'another',
      PGREPLICATION: 'database',
      PGCLIENTENCODING: 'LATIN1',
      PGCLIENT_ENCODING: 'LATIN1',
      PGSSLNEGOTIATION: 'direct',
    };
    for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const database = await openDatabase({ dataDir, name: 'network' });
    const { rows } = await database.pool.query("SELECT current_setting('search_path') AS path");
    expect(rows).toEqual([{ path: '"$user", public' }]);
    const folder = path.join(dataDir, 'migrations');
    await mkdir(folder);
    await writeFile(path.join(folder, '0001-one.sql'), 'CREATE TABLE one (id int);');
    expect(await migrate({ database, folder, table: 'migrations' })).toEqual(['0001-one.sql']);
    expect(process.env).toMatchObject(surroundings);
    await database.close();
  });

  test('after a start that fails nothing is left running', async () => {
    const dataDir = await preparedDataDir();
    await (await openDatabase({ dataDir, name: 'network' })).close();
    await writeFile(path.join(clusterOf(dataDir), 'password'), 'another');
    await expect(openDatabase({ dataDir, name: 'network' })).rejects.toMatchObject({ code: '28P01' });
    expect(await serverPid(dataDir)).toBeUndefined();
  });

  test("a postmaster.pid that names another program, or another folder's server, and a dead one's lock stop nobody", async () => {
    const [dataDir, otherDir] = await Promise.all([preparedDataDir(), preparedDataDir()]);
    const other = await openDatabase({ dataDir: otherDir, name: 'network' });
    await (await openDatabase({ dataDir, name: 'network' })).close();
    for (const pid of [process.pid, await serverPid(otherDir)]) {
      await writeFile(path.join(clusterOf(dataDir), 'data', 'postmaster.pid'), `${pid}\n\n\n5432\n\n\n\nready\n`);
      await (await openDatabase({ dataDir, name: 'network' })).close();
    }
    await other.close();
    const NO_SUCH_PROCESS = 2 ** 30;
    await writeFile(`${clusterOf(dataDir)}.lock`, String(NO_SUCH_PROCESS));
    await (await openDatabase({ dataDir, name: 'network' })).close();
  });

  test('a data folder of another version is EMBEDDED_START_FAILED, and the message names the log, which says why', async () => {
    const dataDir = await preparedDataDir();
    await (await openDatabase({ dataDir, name: 'network' })).close();
    await writeFile(path.join(clusterOf(dataDir), 'data', 'PG_VERSION'), '12\n');
    const log = path.join(clusterOf(dataDir), 'server.log');
    const opening = openDatabase({ dataDir, name: 'network' });
    await expect(opening).rejects.toMatchObject({ code: 'EMBEDDED_START_FAILED' });
    await expect(opening).rejects.toThrow(log);
    expect(await readFile(log, 'utf8')).toContain('incompatible');
  });

  test('nothing half made is taken for a server', async () => {
    const dataDir = await temporaryDataDir();
    const unfinished = `${clusterOf(dataDir)}.unfinished`;
    await mkdir(clusterOf(dataDir));
    await writeFile(unfinished, 'left by a process killed on the way');
    await (await openDatabase({ dataDir, name: 'network' })).close();
    expect(existsSync(unfinished)).toBe(false);
  });
}
