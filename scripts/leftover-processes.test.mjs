import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CAN_FIND_PROCESSES, endLeftovers, findProcesses } from './leftover-processes.mjs';

const FOREVER = 'process.stdout.write("."); setInterval(() => {}, 60_000)';
let folder;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'leftover-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts a detached process with only the given environment. Resolves when it runs. */
async function leave(args, options) {
  const child = spawn(process.execPath, ['-e', FOREVER, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {},
    ...options,
  });
  await once(child.stdout, 'data');
  return { pid: child.pid, ended: once(child, 'exit') };
}

describe.skipIf(!CAN_FIND_PROCESSES)('what a run leaves behind is found, named and ended', () => {
  test.each([
    ['by its environment', () => leave([], { env: { TMPDIR: folder } })],
    ['by its arguments', () => leave([path.join(folder, 'data')], {})],
    ['by its working directory', () => leave([], { cwd: folder })],
  ])('%s', async (_, start) => {
    const { pid, ended } = await start();
    const left = await endLeftovers(folder, 0);
    expect(left).toEqual([{ pid, command: expect.stringContaining('setInterval') }]);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(findProcesses(folder)).toEqual([]);
  });

  test('one that ends by itself in time is not named', async () => {
    const { pid, ended } = await leave([folder], {});
    const finding = endLeftovers(folder, 60_000);
    process.kill(pid, 'SIGTERM');
    expect(await finding).toEqual([]);
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  test('a process of another run is left alone', async () => {
    const { pid, ended } = await leave([`${folder}-other`.replace('leftover', 'another')], {});
    expect(await endLeftovers(folder, 0)).toEqual([]);
    process.kill(pid, 'SIGKILL');
    await ended;
  });
});
