/** Starts holder.ts, so that several processes of a test use one embedded server. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { findPostmaster, stopPostmaster } from '../src/embedded/postmaster.ts';
import { openDatabase } from '../src/index.ts';

export interface Holder {
  /** The database's URL, or the code of the error. */
  readonly said: string;
  close(): Promise<void>;
  /** SIGKILL: no time to close anything. */
  kill(): Promise<void>;
}

/** @param prefix a program that runs node, with its arguments. */
export async function startHolder(dataDir: string, name: string, prefix: readonly string[] = []): Promise<Holder> {
  const script = fileURLToPath(new URL('holder.ts', import.meta.url));
  const [file = '', ...args] = [...prefix, process.execPath, '--conditions=source', script, dataDir, name];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const [said] = (await once(createInterface(child.stdout), 'line')) as [string];
  const end = (action: () => void) => async () => {
    action();
    await exit;
  };
  return { said, close: end(() => child.stdin.end()), kill: end(() => child.kill('SIGKILL')) };
}

/** A folder that every user may enter. After the test, a server that still runs in it is ended, and the folder is deleted. */
export async function temporaryDataDir(mode = 0o711): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'payment-passkeys-storage-'));
  await chmod(folder, mode);
  onTestFinished(async () => {
    await stopPostmaster(clusterOf(folder));
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

let template: Promise<string> | undefined;

/** Like {@link temporaryDataDir}, with a server's files. A test file makes these files once, because it takes seconds. */
export async function preparedDataDir(): Promise<string> {
  template ??= makeTemplate();
  const folder = await temporaryDataDir();
  execFileSync('cp', ['-a', clusterOf(await template), folder]); // -a keeps the files' owners if root runs this
  return folder;
}

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'payment-passkeys-storage-'));
  await chmod(folder, 0o711);
  process.once('exit', () => rmSync(folder, { recursive: true }));
  await (await openDatabase({ dataDir: folder, name: 'template' })).close();
  return folder;
}

export function clusterOf(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}

/** The running server's process id. */
export async function serverPid(dataDir: string): Promise<number | undefined> {
  return (await findPostmaster(clusterOf(dataDir)))?.pid;
}

/** A field of /proc/PID/status, proc(5). */
export async function procStatus(pid: number | undefined, field: string): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${field}:\\s+(\\S+)`, 'm').exec(status)?.[1];
}
