/** The network in a process of its own, which can be killed at any moment and is replaced at once by a process on standby. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The messages of the child: it is loaded, it is listening, or it failed. */
export type ChildReport = { readonly loaded: true } | { readonly address: string } | { readonly failure: string };

export interface NetworkProcess {
  /** The address of the current process. */
  address(): string;
  /** Sends SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
  /**
   * Starts the next process on the same database and keys. Answers its address. Throws with the network's message when it does not start.
   */
  start(): Promise<string>;
  stop(): Promise<void>;
}

const CHILD = fileURLToPath(new URL('network-child.ts', import.meta.url));

/**
 * `env` is the environment of `serve`; the system chooses the port. With `standBy` the next process is loaded while the current one serves,
 * so that a start takes only the network's own work. `compileCache` is a folder that saves later processes half of their work.
 */
export async function startNetworkProcess(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly compileCache: string;
  readonly standBy: boolean;
}): Promise<NetworkProcess> {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: options.compileCache, ...options.env };
  const prepare = async (): Promise<ChildProcess> => {
    const child = fork(CHILD, {
      execArgv: ['--conditions=source'],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await tell<{ readonly loaded: true }>(child);
    return child;
  };
  let present: ChildProcess | undefined;
  let next: Promise<ChildProcess> | undefined;
  let address = '';
  const kill = async () => {
    if (present === undefined) return;
    const gone = once(present, 'exit');
    present.kill('SIGKILL');
    await gone;
    present = undefined;
  };
  const start = async () => {
    present = await (next ?? prepare());
    const listening = tell<{ readonly address: string }>(present);
    present.send('start');
    next = options.standBy ? prepare() : undefined;
    next?.catch(() => {}); // start() reports this error
    ({ address } = await listening);
    return address;
  };
  await start();
  return {
    address: () => address,
    kill,
    start,
    stop: async () => {
      await kill();
      (await next)?.kill('SIGKILL');
    },
  };
}

function tell<Report extends ChildReport>(child: ChildProcess): Promise<Report> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`The network's process ended (${code}) before it was ready.`));
    child.once('exit', onExit);
    child.once('message', (report: ChildReport) => {
      child.off('exit', onExit);
      if ('failure' in report) reject(new Error(report.failure));
      else resolve(report as Report);
    });
  });
}
