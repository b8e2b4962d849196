/** A server in a separate process, so that its cost is separate from the cost of the requests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchByHttps } from './production.ts';

export interface ServerProcess {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  stop(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 120_000;

/** Waits until `readyPath` answers 200. Throws, with the server's output, if the server ends first or is not ready within two minutes. */
export async function startServer(options: {
  readonly script: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly readyPath: string;
}): Promise<ServerProcess> {
  const { script, args = [], nodeArgs = [], env, port, readyPath } = options;
  const address = `http://127.0.0.1:${port}`;
  const command = ['--conditions=source', ...nodeArgs, script, ...args];
  // Log lines go to /dev/null: their cost is measured without that of a disk.
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (!(await isReady(address + readyPath))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`A server ended at once: ${said}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`A server was not ready in time: ${said}`);
    }
    await sleep(50);
  }
  return { pid: child.pid as number, address, stop: () => stop(child) }; // it has a pid, since it answered
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetchByHttps(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(patience);
}
