import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdFolder, makeFolder } from './folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a folder is made', () => {
  test('with those above it, of the mode that was asked for; again, it stays as it is', async () => {
    const deep = path.join(folder, 'a', 'b');
    await makeFolder(deep, 0o700);
    await makeFolder(deep, 0o755);
    for (const made of [deep, path.dirname(deep)]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  test.runIf(process.platform === 'linux').each(['/proc/payment-passkeys', '/proc/payment-passkeys/deeper'])(
    '%s cannot be: an error, and no wait without an end',
    (impossible) => expect(makeFolder(impossible)).rejects.toMatchObject({ code: 'ENOENT' }),
  );

  test('not where a file has its name', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(path.join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('a folder is held by one at a time', () => {
  const lock = () => path.join(folder, 'in-use.lock');

  test('a second one is told who holds it; once it is let go of, it is taken', async () => {
    const letGo = await holdFolder({ folder, holder: 'npm start at http://verify.localhost:4000' });
    const second = holdFolder({ folder, holder: 'another' });
    await expect(second).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await expect(second).rejects.toThrow(`by npm start at http://verify.localhost:4000 (process ${process.pid})`);
    await letGo();
    expect(existsSync(lock())).toBe(false);
    await (await holdFolder({ folder, holder: 'another' }))();
  });

  test('of many at once one gets it', async () => {
    const takers = Array.from({ length: 20 }, () => holdFolder({ folder, holder: 'one of many' }));
    const outcomes = await Promise.allSettled(takers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test.each([
    ['a process that has died', { pid: 2 ** 30, birth: 'then', holder: 'somebody' }],
    ['another process that had our id before', { pid: process.pid, birth: 'then', holder: 'somebody' }],
    ['nobody that can be read', 'torn'],
  ])('the lock of %s does not count', async (_, content) => {
    await writeFile(lock(), JSON.stringify(content));
    const letGo = await holdFolder({ folder, holder: 'the next' });
    expect(JSON.parse(await readFile(lock(), 'utf8')).holder).toBe('the next');
    await letGo();
  });
});
