/** `payment-passkeys-network serve` as an operator starts it: in processes of its own, controlled by signals. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@payment-passkeys/testkit';

const BIN = fileURLToPath(new URL('../bin/payment-passkeys-network.mjs', import.meta.url));
const END_WITH_PARENT = new URL('../../../scripts/end-with-parent.mjs', import.meta.url);

/**
 * The environment of a program that a test starts. With a pipe as its standard input the program ends when the test process ends, for any
 * reason. All processes share a compile cache: those after the first start in half the time.
 */
export const PROGRAM_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'payment-passkeys-compile-cache'),
  NODE_OPTIONS: `--import=${END_WITH_PARENT.href}`,
};

export interface ServingProcess {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly pid: number;
  /** The process's output for operators so far. */
  said(): string;
  /** Resolves when the output contains the text; rejects, with the output, when the process ends before. */
  says(words: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** The process's exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** The line that `serve` prints when its port is open. */
export const SERVES = 'The network listens on';

/**
 * `env` is added to the environment of `serve`, a sandbox without noticeable limits. Resolves before the port is open: see {@link SERVES}.
 */
export async function startServing(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The program of another checkout. */
  readonly program?: string;
}): Promise<ServingProcess> {
  const port = options.env.PORT ?? String(await freePort());
  const env = {
    ...PROGRAM_ENV,
    ...UNLIMITED,
    LOG_LEVEL: 'silent',
    ...options.env,
    PORT: port,
  };
  const command = ['--conditions=source', options.program ?? BIN, 'serve', ...(options.args ?? [])];
  const child = spawn(process.execPath, command, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'exit').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  const says = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const listen = () => said.includes(words) && resolve();
      child.stderr.on('data', listen);
      listen();
      void ended.then((how) => reject(new Error(`It has ended (${how}), having said: ${said}`)));
    });
  return {
    address: `http://127.0.0.1:${port}`,
    pid: child.pid as number, // spawn cannot fail here: it starts the running Node
    said: () => said,
    says,
    signal: (name) => void child.kill(name),
    ended,
  };
}

export const UNLIMITED = {
  RATE_LIMIT_PER_CLIENT: '100000',
  RATE_LIMIT_PER_ADDRESS: '100000',
  RATE_LIMIT_PER_SESSION: '100000',
} as const;
